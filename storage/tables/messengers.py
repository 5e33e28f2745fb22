"""The tables of what messengers told us and what we know of our bots."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.metadata import _present, metadata

# ``number`` keeps the order in which updates were told; an update without a body was worked on.
inbox: Final = Table(
    "inbox",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("bot", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary),
    Column("taken_at", BigInteger, nullable=False, index=True),
    UniqueConstraint("bot", "key"),
)


_present("ix_inbox_waiting", inbox, "bot", "number", only="body")


bots: Final = Table(
    "bots",
    metadata,
    Column("name", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("marker", Text),
)
