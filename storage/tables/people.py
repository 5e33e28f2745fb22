"""The tables of people, their accounts and what happened to them.

Phones, and the user ids and chats that may be phones, are kept sealed, and found by their digests (``storage.vault``).
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint

from storage.tables.metadata import metadata

persons: Final = Table(
    "persons",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("line_digest", LargeBinary, unique=True),
    Column("line", LargeBinary),
)


accounts: Final = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey(persons.c.person_id), nullable=False, index=True),
    Column("bot", Text, nullable=False),
    Column("messenger", Text, nullable=False),
    Column("user_digest", LargeBinary, nullable=False),
    Column("whereabouts", LargeBinary, nullable=False),
    Column("language", Text),
    Column("phone_verified_at", BigInteger),
    Column("contact_asked_at", BigInteger),
    Column("spoke_at", BigInteger),
    Column("told_language", Text),
    Column("reachable", Boolean, nullable=False),
    Column("reachable_since", BigInteger, nullable=False),
    UniqueConstraint("bot", "user_digest"),
    Index(None, "messenger", "user_digest"),
)


events: Final = Table(
    "events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("messenger", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("former_person_id", Text, nullable=False),
)
