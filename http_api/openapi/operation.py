"""What the description is made of: a dialect's list of routes, and what none of these says by itself."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from http_api.route import Route

Json = dict[str, Any]
_PLACE: Final = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")
"""A part of a route's path that stands for a value, with or without a pattern of its own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to be refused; ``text`` says in English what it means."""

    status: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that sites are told by a webhook; ``body`` is the shape of the whole of it."""

    name: str
    summary: str
    body: type[BaseModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Routes that begin with the same ``prefix`` and refuse in the same way.

    ``refusals`` returns all refusals of a route, in any order; ``error`` is the shape of one, and ``worded``
    makes one. ``headers`` are on every answer, ``events`` what sites are told unasked.
    """

    prefix: str
    routes: Sequence[Route[object]]
    refusals: Callable[[Route[object]], Iterable[Refusal]]
    error: type[BaseModel]
    worded: Callable[[Refusal], BaseModel]
    headers: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of a dialect, as OpenAPI names its parts."""

    dialect: Dialect
    route: Route[object]

    @property
    def path(self) -> str:
        """The whole path as OpenAPI writes it."""
        return _PLACE.sub(r"{\1}", self.dialect.prefix + self.route.path)

    @property
    def places(self) -> dict[str, Json]:
        """The schemas of the path's parts, by name."""
        return {
            name: {"type": "string", "pattern": f"^(?:{pattern})$"} if pattern else {"type": "string", "minLength": 1}
            for name, pattern in _PLACE.findall(self.route.path)
        }

    @property
    def name(self) -> str:
        """The operation's id: unlike any other, in letters that fit everywhere."""
        return re.sub(r"[^a-z0-9]+", "_", f"{self.route.method} {self.path}".lower()).strip("_")

    @property
    def refusals(self) -> list[Refusal]:
        """The route's refusals, each once, by status and code."""
        return sorted(set(self.dialect.refusals(self.route)), key=lambda refusal: (refusal.status, refusal.code))
