# ruff: noqa: PLC0415 - `gatepost --help` must not wait for rich
"""Prints what commands have to say, for people or as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence

import typer

_WIDER_THAN_ANY_TABLE = 10_000


def say(text: str = "", *, err: bool = False) -> None:
    """Print a line or more, such that nothing in it can do more than be read."""
    typer.echo(printable(text), err=err)


def printable(text: str) -> str:
    """Return a text with escapes (as JSON writes them) for all that a terminal would obey or could not write.

    Names and titles come from strangers: control sequences, marks of direction, halves of emoji.
    """
    return "".join(mark if mark.isprintable() or mark == "\n" else json.dumps(mark)[1:-1] for mark in text)


def print_json(value: object) -> None:
    """Print one JSON value."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def print_rows(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table with a title over each column."""
    _print(titles, rows, show_header=True)


def print_pairs(pairs: Mapping[str, str]) -> None:
    """Print a table of two columns, a name and its value."""
    _print(("", ""), pairs.items(), show_header=False)


def _print(titles: Sequence[str], rows: Iterable[Sequence[str]], *, show_header: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD if show_header else None, show_header=show_header, pad_edge=False)
    for title in titles:
        table.add_column(title, no_wrap=True)
    for row in rows:
        table.add_row(*(printable(cell) for cell in row))
    # Never cut or wrapped by us: people copy these values.
    Console(width=_WIDER_THAN_ANY_TABLE, markup=False, emoji=False, highlight=False).print(table)
