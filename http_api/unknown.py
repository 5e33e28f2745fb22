"""Fields that a request brings and its route does not know: refused, or named beside the answer.

A query's are refused, since a filter that is not heeded shows everything. A body's are named, for older clients may
send more, unless they are a slip of the pen: one letter or one swap away from a field there is.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar, Final

from pydantic import AliasChoices, BaseModel

from core.errors import GatepostError, Kind

_SHORTEST: Final = 5
"""Letters of a name that can be a misspelt one; shorter ones are near to too many."""
_SHOWN: Final = 20
_SHOWN_LENGTH: Final = 64


class UnknownFieldError(GatepostError):
    """A field that the route does not know; the detail names it, and the nearest that there is."""

    code: ClassVar[str] = "UNKNOWN_FIELD"
    kind: ClassVar[Kind] = Kind.INVALID
    text: ClassVar[str] = "There is no such field."


def refuse_unknown(shape: type[BaseModel], query: Collection[str]) -> None:
    """Raise ``UnknownFieldError`` for the first name of a query that its shape does not have."""
    known = _names(shape)
    for name in query:
        if name not in known:
            nearest = next((each for each in known if is_near(name, each)), None)
            raise UnknownFieldError(_said(name, nearest or ", ".join(sorted(known))))


def ignored_in(shape: type[BaseModel], body: Mapping[str, object]) -> list[str]:
    """Name what a body has and its shape does not, some of it; raise ``UnknownFieldError`` for a slip of the pen."""
    known = _names(shape)
    unknown = [name for name in body if name not in known]
    for name in unknown:
        nearest = next((each for each in known if is_near(name, each)), None)
        if nearest is not None:
            raise UnknownFieldError(_said(name, nearest))
    return [_shown(name) for name in unknown[:_SHOWN]]


def is_near(name: str, known: str) -> bool:
    """Tell whether a name is one letter more, less or other than a known one, or has two neighbours swapped."""
    if len(known) < _SHORTEST or abs(len(name) - len(known)) > 1 or name == known:
        return False
    start = next((at for at, (one, other) in enumerate(zip(name, known, strict=False)) if one != other), len(known))
    rest, wanted = name[start:], known[start:]
    is_swapped = len(rest) > 1 and rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:] or is_swapped


def _names(shape: type[BaseModel]) -> list[str]:
    return [name for field, about in shape.model_fields.items() for name in _spellings(field, about.validation_alias)]


def _spellings(field: str, alias: object) -> Iterator[str]:
    yield field
    if isinstance(alias, str):
        yield alias
    elif isinstance(alias, AliasChoices):
        yield from (choice for choice in alias.choices if isinstance(choice, str))


def _said(name: str, known: str) -> str:
    return f"{_shown(name)}: unknown; there is {known}"


def _shown(name: str) -> str:
    return name[:_SHOWN_LENGTH].encode("ascii", "replace").decode()
