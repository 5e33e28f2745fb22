"""What a request brings and its route does not know: each route names what is done with it.

A query's unknown field is refused where a filter that nobody heeds would show everything. A body's is named beside the
answer, for older clients may send more. Pages and scripts pass over it. Whatever the policy, a slip of the pen (one
letter or one swap away from a field there is) is refused before anything else is said of the request, so that whoever
misspelt a field that must be there hears of the slip.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache
from typing import ClassVar, Final, get_args, get_origin

from pydantic import AliasChoices, BaseModel

from core.errors import GatepostError, Kind

IGNORED_HEADER: Final = "Gatepost-Ignored"
"""The header that names what nobody read, as JSON strings with commas between them."""
IGNORED: Final = "ignored"
"""The field of an answer that names the same."""
_SHORTEST: Final = 5
"""Letters of a name that can be a misspelt one; shorter ones are near to too many."""
_MOST: Final = 200
"""So many unknown fields are no older client, and looking at each takes a while."""
_SHOWN: Final = 20
_SHOWN_LENGTH: Final = 64


class UnknownFieldError(GatepostError):
    """A field that the route does not know; the detail names it, and the nearest that there is."""

    code: ClassVar[str] = "UNKNOWN_FIELD"
    kind: ClassVar[Kind] = Kind.INVALID
    text: ClassVar[str] = "There is no such field."


class Policy(Enum):
    """What is done with a field that is not known, and not near to one that is."""

    REFUSE = auto()
    NAME = auto()
    """Beside the answer, and in a header."""
    IGNORE = auto()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A route's policies: of what follows the ``?``, and of its body."""

    query: Policy
    body: Policy


FROM_SERVERS: Final = Unknown(query=Policy.REFUSE, body=Policy.NAME)
"""For what sites' servers call with the project's key."""
TO_MANY: Final = replace(FROM_SERVERS, body=Policy.REFUSE)
"""For what is sent to many: a filter that nobody heeds would send it to all."""
FROM_PAGES: Final = Unknown(query=Policy.IGNORE, body=Policy.NAME)
"""For what pages in browsers call, which may add something to an address so that no cache answers."""
FROM_ANYWHERE: Final = Unknown(query=Policy.IGNORE, body=Policy.IGNORE)
"""For pages, scripts, forms, public documents, and what messengers post."""


def heed(policy: Policy, shape: type[BaseModel] | None, sent: object) -> list[str]:
    """Do with what was sent and is not in its shape as the policy says, and return what is to be named, some of it.

    ``shape`` ``None`` has no fields. Raises ``UnknownFieldError`` for a slip of the pen, or as the policy wants it.
    """
    named: list[str] = []
    for count, (place, name, known) in enumerate(_unknown_in(shape, sent)):
        if count >= _MOST:
            raise UnknownFieldError(f"{_shown(place + name)}: and more than {_MOST} others that are not known")
        nearest = next((each for each in known if is_near(name, each)), None)
        if nearest is not None or policy is Policy.REFUSE:
            raise UnknownFieldError(_said(f"{place}{name}", nearest or ", ".join(sorted(known)) or "none"))
        if len(named) < _SHOWN:
            named.append(_shown(f"{place}{name}"))
    return named if policy is Policy.NAME else []


def is_near(name: str, known: str) -> bool:
    """Tell whether a name is one letter more, less or other than a known one, or has two neighbours swapped."""
    if len(known) < _SHORTEST or abs(len(name) - len(known)) > 1 or name == known:
        return False
    start = next((at for at, (one, other) in enumerate(zip(name, known, strict=False)) if one != other), len(known))
    rest, wanted = name[start:], known[start:]
    is_swapped = len(rest) > 1 and rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:] or is_swapped


_Fields = Mapping[str, type[BaseModel] | None]
"""The names that a shape knows, and the shapes of what is inside them; ``None`` = it is not looked into."""


def _unknown_in(shape: type[BaseModel] | None, sent: object, place: str = "") -> Iterator[tuple[str, str, _Fields]]:
    """Return each unknown name with the place it stands in, such as ``buttons[0][1].``, and the names known there."""
    if not isinstance(sent, Mapping):
        return
    known = _fields(shape) if shape else {}
    for name, value in sent.items():
        if name not in known:
            yield place, name, known
        else:
            yield from _inside(known[name], value, f"{place}{name}")


def _inside(shape: type[BaseModel] | None, value: object, place: str) -> Iterator[tuple[str, str, _Fields]]:
    if shape is None:
        return
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _inside(shape, each, f"{place}[{number}]")
    else:
        yield from _unknown_in(shape, value, f"{place}.")


@cache
def _fields(shape: type[BaseModel]) -> _Fields:
    return {
        name: _shape_in(about.annotation)
        for field, about in shape.model_fields.items()
        for name in _spellings(field, about.validation_alias)
    }


def _shape_in(annotation: object) -> type[BaseModel] | None:
    """Return the shape that a field holds, by itself, or in lists; what has names of its own choice has none."""
    origin = get_origin(annotation)
    if origin is dict:
        return None
    if origin is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((shape for each in get_args(annotation) if (shape := _shape_in(each))), None)


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
