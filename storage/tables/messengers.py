"""The tables of the updates that messengers send us, and of our bots."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, UniqueConstraint

from storage.tables.metadata import index_where_present, metadata

# ``number`` keeps the order in which updates came; an update without a body was worked on.
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
index_where_present("ix_inbox_waiting", inbox, "bot", "number", only="body")


bots: Final = Table(
    "bots",
    metadata,
    Column("name", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("marker", Text),
)
