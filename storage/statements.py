"""Runs SQLAlchemy Core statements on SQLite's own cursor: each is compiled once, and a call costs what SQLite costs.

The repositories say *what* in Core, which is portable and checked against the schema; going through SQLAlchemy's
execution as well would triple the price of a lookup (16 µs against 5 µs), some thirty times in a login. So values are
what the driver knows: texts, whole numbers, bytes, ``None``.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite

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
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def all(self, statement: Executable, values: Values) -> Sequence[Row]:
        """Return all rows."""
        sql, constants = _compiled(statement)
        return self._execute(sql, {**constants, **values}).fetchall()

    def change(self, statement: Executable, values: Values) -> int:
        """Insert, update or delete; return how many rows that concerned."""
        sql, constants = _compiled(statement)
        return self._execute(sql, {**constants, **values}).rowcount


@cache
def _compiled(statement: Executable) -> tuple[str, Values]:
    """Return the statement's SQL, and the values that are part of it."""
    compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}
