"""Runs SQLAlchemy Core statements on SQLite's own cursor: each is compiled once, and a call costs what SQLite costs.

The repositories say *what* in Core, which is portable and checked against the schema; going through SQLAlchemy's
execution as well would triple the price of a lookup (16 µs against 5 µs), some thirty times in a login. So values are
what the driver knows: texts, whole numbers, bytes, ``None``.

Below are the statements that write whole rows. Their columns come from the table, so that one that is new is written
without a line here or in a repository.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.dialects import sqlite

from storage.dialects import insertion

_DIALECT: Final = sqlite.dialect(paramstyle="named")

Values = Mapping[str, object]
Row = tuple[Any, ...]


class Statements:
    """A connection as the repositories see it; statements must be made once and kept, since they are remembered."""

    dialect: Final = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.cursor().execute

    def first(self, statement: Executable, values: Values) -> Row | None:
        """Return the first row, or ``None``. All are fetched: a cursor left open would hold its view of the data."""
        sql, constants = _compiled(statement)
        rows = self._execute(sql, {**constants, **values} if constants else values).fetchall()
        return rows[0] if rows else None

    def all(self, statement: Executable, values: Values) -> Sequence[Row]:
        """Return all rows."""
        sql, constants = _compiled(statement)
        return self._execute(sql, {**constants, **values} if constants else values).fetchall()

    def change(self, statement: Executable, values: Values) -> int:
        """Insert, update or delete; return how many rows that concerned."""
        sql, constants = _compiled(statement)
        return self._execute(sql, {**constants, **values} if constants else values).rowcount


@cache
def _compiled(statement: Executable) -> tuple[str, Values]:
    """Return the statement's SQL, and the values that are part of it."""
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}


def insert_all(table: Table) -> Insert:
    """Build an insertion of a value for every column, the parameters being named by the columns' keys."""
    return insert(table).values(_parameters([column.key for column in table.columns]))


def update_all(table: Table, *, but_for: Collection[str]) -> Update:
    """Build a change of every column but those, the parameters being named by the columns' keys; no row is chosen yet.

    Name what a change must leave alone: a column that is new is changed with all the others.
    """
    left_alone = {table.c[name] for name in but_for}
    return update(table).values(_parameters([column.key for column in table.columns if column not in left_alone]))


def insert_or_skip(dialect: str, table: Table, columns: Sequence[str], key: Sequence[str]) -> Insert:
    """Build an insertion of ``columns`` that leaves an existing row with the same ``key`` alone."""
    return (
        insertion(dialect, table)
        .values(_parameters(columns))
        .on_conflict_do_nothing(index_elements=[table.c[name] for name in key])
    )


def insert_or_replace(dialect: str, table: Table, key: Sequence[str]) -> Insert:
    """Build an insertion that gives an existing row with the same ``key`` all the other new values."""
    names = [column.key for column in table.columns]
    statement = insertion(dialect, table)
    return statement.values(_parameters(names)).on_conflict_do_update(
        index_elements=[table.c[name] for name in key],
        set_={table.c[name]: statement.excluded[name] for name in names if name not in key},
    )


def _parameters(names: Sequence[str]) -> dict[str, object]:
    return {name: bindparam(name) for name in names}
