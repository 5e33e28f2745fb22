"""The tables of the outbox: messages, attempts, receipts, breakers and idempotency keys."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from storage.tables.apps import apps
from storage.tables.metadata import index_where, index_where_present, metadata

receipts: Final = Table(
    "receipts",
    metadata,
    Column("bot", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("stage", Integer, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("why", Text, nullable=False),
    Column("is_ours_to_mend", Boolean, nullable=False),
)


# The messages of the outbox, under their former name. One that is to be sent has ``next_at``; one that is settled none.
notices: Final = Table(
    "notices",
    metadata,
    Column("notice_id", Text, key="message_id", primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("person_id", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("tried_before", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("leased_until", BigInteger),
    Column("message_id", Text, key="platform_message_id"),
    Column("settled_at", BigInteger),
    Column("is_maybe_twice", Boolean, nullable=False),
    Column("is_bound", Boolean, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("cause", Text),
    Column("permission", Text),
    Column("is_told", Boolean),
    Index(None, "app_id", "created_at"),
)
index_where_present("ix_notices_due", notices, "bot", "priority", "next_at", only="next_at")
index_where_present("ix_notices_message", notices, "bot", "platform_message_id", only="platform_message_id")
index_where_present("ix_notices_turns", notices, "bot", "priority", "app_id", "next_at", only="next_at")
index_where_present("ix_notices_taken", notices, "app_id", "person_id", "settled_at", only="platform_message_id")
index_where_present("ix_notices_stale", notices, "expires_at", only="next_at")

IS_UNDELIVERED: Final = text("state IN ('failed', 'expired', 'unknown')")
"""The messages that may not have arrived; a query finds its index by these very words."""

HAS_TEXT: Final = text("length(content) > 0")
"""The messages whose text is not erased; a query finds its index by these very words."""
IS_TEST: Final = text("is_test")
"""The messages that a site sent with its test key; a query finds its index by this very word."""
index_where("ix_notices_tests", notices, "app_id", "created_at", only=IS_TEST)
index_where("ix_notices_undelivered", notices, "app_id", "created_at", only=IS_UNDELIVERED)
index_where("ix_notices_undelivered_of_all", notices, "created_at", "message_id", only=IS_UNDELIVERED)
index_where("ix_notices_texts", notices, "created_at", only=HAS_TEXT)
index_where("ix_notices_texts_to", notices, "app_id", "account_id", "is_bound", only=HAS_TEXT)


attempts: Final = Table(
    "attempts",
    metadata,
    Column(
        "notice_id",
        Text,
        ForeignKey(notices.c.message_id, ondelete="CASCADE"),
        key="message_id",
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("outcome", Text),
    Column("why", Text, nullable=False),
    Index(None, "began_at", "bot", "outcome"),
)


breakers: Final = Table(
    "breakers",
    metadata,
    Column("bot", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("until", BigInteger),
    Column("since", BigInteger),
    Column("why", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
)


# What an app asked under a key of its own, so that asking again does nothing again.
requests: Final = Table(
    "requests",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("accepted", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)
