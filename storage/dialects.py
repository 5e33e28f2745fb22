"""What databases say in different words: the one file where a second database adds its own.

A repository says what it means. ``unlikely`` and ``position`` become words when their statement is compiled for a
database, and a database for which no words stand here is refused then; insertions that meet a row already there are a
class of each database in SQLAlchemy, so that repositories make them for the dialect of their connection
(``storage.statements``).
"""

from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, SQLColumnExpression, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def unlikely(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition as one that few rows fulfil, so that its index is worth taking; it means the same."""
    return _Unlikely(condition)


def position(text: SQLColumnExpression[str], part: SQLColumnExpression[str]) -> ColumnElement[int]:
    """Return where a text first contains a part, from 1 on, 0 if nowhere: to the letter, without patterns."""
    return _Position(text, part)


def insertion(dialect: str, table: Table) -> sqlite.Insert:
    """Return an insertion that can say what becomes of a row with the same key; ``dialect`` is SQLAlchemy's name."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - 25 ms that a start with SQLite does not need

        return cast("sqlite.Insert", postgresql.insert(table))  # the same methods under another name
    return sqlite.insert(table)


class _Unlikely(FunctionElement[bool]):
    inherit_cache = True


class _Position(FunctionElement[int]):
    inherit_cache = True
    type = Integer()


@compiles(_Unlikely, "sqlite")
def _(condition: _Unlikely, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"unlikely({compiler.process(condition.clauses, **options)})"


@compiles(_Position, "sqlite")
def _(place: _Position, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"instr({compiler.process(place.clauses, **options)})"
