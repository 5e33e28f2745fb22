"""What all tables share: names of constraints, and partial indexes."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Index, MetaData, Table, TextClause

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def index_where_present(name: str, table: Table, *columns: str, only: str, unique: bool = False) -> None:
    """Add an index over the rows where the column ``only`` is not NULL; columns are named by their keys."""
    _index(name, table, columns, table.c[only].is_not(None), unique=unique)


def index_where(name: str, table: Table, *columns: str, only: TextClause) -> None:
    """Add an index over the rows that fulfil a condition; columns are named by their keys."""
    _index(name, table, columns, only)


def _index(
    name: str, table: Table, columns: Sequence[str], only: ColumnElement[bool] | TextClause, *, unique: bool = False
) -> None:
    indexed = [table.c[column] for column in columns]
    Index(name, *indexed, unique=unique, sqlite_where=only, postgresql_where=only)
