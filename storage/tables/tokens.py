"""The tables of keys: those that sign, and those that are left of former master keys."""

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


# The keys under which digests stay recognisable after a new master key, sealed; one row at most.
digest_keys: Final = Table(
    "digest_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
