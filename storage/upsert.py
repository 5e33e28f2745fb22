"""Statements that write whole rows: insertions, also such as meet a row with the same key, and changes.

Their columns come from the table, so that one that is new is written without a line here or in a repository.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Insert, Table, Update, bindparam, insert, update

from storage.dialects import insertion


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
