"""Variables of a text, ``{{name}}`` or ``{{name|what stands there if it is not known}}``, and the places they stand in.

While a text is read, each variable is one character, its mark: a half of a surrogate pair, which no text can hold. So
the readers of markup see a word there, whatever will stand in it, and no value is ever read as markup. The mark tells
the variable's number and its place; the place tells how a value is escaped.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Final
from urllib.parse import quote

from core.complaints import Spot, Wrong
from core.errors import Invalid
from core.model.text.addresses import checked_address

DEFAULT_LIMIT: Final = 100
VARIABLES_LIMIT: Final = 256
"""How many different variables a text may have: as many as there are marks."""
_FIRST: Final = 0xD800
MARK: Final = re.compile("[\ud800-\udbff]")
_VARIABLE: Final = re.compile(r"\{\{\s*+([A-Za-z_][A-Za-z0-9_]{0,63}+)\s*+(?:\|([^{}\n]*+))?+\}\}")
_HEAD: Final = re.compile(r"[^:/?#\\]*+:(?://[^/?#\\]*+)?+")
"""What of an address says how and where it leads: its scheme, and the host."""
_QUERY: Final = re.compile(r"[?#]")
_RUN: Final = re.compile(r"[!#-;=?-_a-~\w\ud800-\udbff]++")
"""What an address in a text may consist of; punctuation of other scripts ends it."""
_BEGIN: Final = re.compile(r"://|(?<![A-Za-z0-9.-])(?:[A-Za-z0-9-]++\.)++[A-Za-z]{2,}+(?::[0-9]++)?+(?=[/?#])")


class Place(IntEnum):
    """Where a variable stands: among words, or in which part of an address."""

    WORDS = 0
    PATH = 1
    QUERY = 2
    RECIPIENT = 3
    """Whom a ``mailto:`` or ``tel:`` is for."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as it is written in the text, its name, and what stands there if nothing is known."""

    spelling: str
    name: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A text as its site wrote it, with marks for the variables."""

    text: str
    variables: tuple[Variable, ...] = ()

    def spelled(self, text: str) -> str:
        """Return a part of the source as the site wrote it."""
        return MARK.sub(lambda mark: variable_of(mark[0], self.variables).spelling, text) if self.variables else text


def source_of(text: str) -> Source:
    """Find the variables of a text without half characters; raise ``Invalid`` if there are too many."""
    variables: dict[str, Variable] = {}

    def mark(found: re.Match[str]) -> str:
        default = None if found[2] is None else found[2].strip()
        if default is not None and len(default) > DEFAULT_LIMIT:
            raise Invalid("text", Wrong.DEFAULT_TOO_LONG, variable=f"{{{{{found[1]}}}}}", most=DEFAULT_LIMIT)
        if found[0] not in variables and len(variables) == VARIABLES_LIMIT:
            raise Invalid("text", Wrong.TOO_MANY_VARIABLES, most=VARIABLES_LIMIT)
        variable = variables.setdefault(found[0], Variable(found[0], found[1], default))
        numbers.setdefault(variable.spelling, len(numbers))
        return chr(_FIRST + len(Place) * numbers[variable.spelling])

    numbers: dict[str, int] = {}
    marked = _VARIABLE.sub(mark, text)
    return Source(marked, tuple(variables.values()))


def is_mark(character: str) -> bool:
    """Tell whether a character stands for a variable."""
    return "\ud800" <= character <= "\udbff"


def variable_of(mark: str, variables: tuple[Variable, ...]) -> Variable:
    """Return the variable that a mark stands for."""
    return variables[(ord(mark) - _FIRST) // len(Place)]


def escaped(value: str, mark: str) -> str:
    """Return a value as it is written in the place where the mark stands.

    Dots alone would lead out of a path, and there is no way to escape them, so they are left out there.
    """
    match Place((ord(mark) - _FIRST) % len(Place)):
        case Place.WORDS:
            return value
        case Place.PATH if not value.strip("."):
            return ""
        case Place.RECIPIENT:
            return quote(value, safe="@+", errors="replace")
        case _:
            return quote(value, safe="", errors="replace")


def checked_pattern(url: object, schemes: Collection[str], where: str | Spot) -> str:
    """Return an address that may have variables behind its host, each marked with its place; raise ``Invalid``."""
    if not isinstance(url, str) or not MARK.search(url):
        return checked_address(url, schemes, where)
    checked_address(MARK.sub("x", url), schemes, where)
    head = _HEAD.match(url)
    end = head.end() if head else 0
    if head is None or MARK.search(head[0]):
        raise Invalid(where, Wrong.VARIABLE_BEFORE_PATH)
    return url[:end] + _placed(url[end:], Place.PATH if "//" in head[0] else Place.RECIPIENT)


def with_addresses_placed(text: str) -> str:
    """Return a text in which the marks that stand in addresses among its words say so."""
    return _RUN.sub(_address_placed, text) if MARK.search(text) else text


def with_value(text: str, name: str, value: str) -> str:
    """Return a plain text with one of its variables filled in; others stay as they are written."""
    source = source_of(text)

    def said(mark: re.Match[str]) -> str:
        variable = variable_of(mark[0], source.variables)
        return escaped(value, mark[0]) if variable.name == name else variable.spelling

    return MARK.sub(said, with_addresses_placed(source.text))


def _address_placed(run: re.Match[str]) -> str:
    begin = _BEGIN.search(run[0]) if MARK.search(run[0]) else None
    if begin is None:
        return run[0]
    return run[0][: begin.end()] + _placed(run[0][begin.end() :], Place.PATH)


def _placed(url: str, first: Place) -> str:
    """Return what stands behind a host, its marks placed: the first part, and what is behind ``?`` or ``#``."""
    query = _QUERY.search(url)
    end = query.start() if query else len(url)
    return _moved(url[:end], first) + _moved(url[end:], Place.QUERY)


def _moved(text: str, place: Place) -> str:
    def move(mark: re.Match[str]) -> str:
        return chr(ord(mark[0]) - (ord(mark[0]) - _FIRST) % len(Place) + place)

    return MARK.sub(move, text)
