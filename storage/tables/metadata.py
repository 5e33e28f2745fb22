"""What all tables share: names of constraints, and partial indexes."""

from typing import Final

from sqlalchemy import (
    Index,
    MetaData,
    Table,
    TextClause,
)
from sqlalchemy.sql.schema import SchemaItem

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _present(name: str, table: Table, *columns: str, only: str) -> SchemaItem:
    """Add an index over the rows where the column ``only`` is not null."""
    condition = table.c[only].is_not(None)
    return Index(name, *(table.c[column] for column in columns), sqlite_where=condition, postgresql_where=condition)


def _where(name: str, table: Table, *columns: str, only: TextClause) -> SchemaItem:
    """Add an index over the rows that a condition is true of."""
    return Index(name, *(table.c[column] for column in columns), sqlite_where=only, postgresql_where=only)
