"""The table of signing keys."""

from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from storage.tables.metadata import metadata

signing_keys: Final = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
