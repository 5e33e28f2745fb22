"""What a description is made of: both dialects are put into these words, and ``document`` makes OpenAPI of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

Json = dict[str, Any]
_PLACE: Final = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")
"""A part of a route's path that stands for a value, with or without a pattern of its own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to be refused; ``text`` says in English what it means."""

    status: int
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How operations are called and refuse.

    ``error`` is the shape of a refusal, ``code_field`` where its code stands, and ``worded`` makes one. ``headers`` are
    on every answer.
    """

    needs_key: bool
    error: type[BaseModel]
    code_field: str
    worded: Callable[[Refusal], BaseModel]
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route: what it is for, what it reads, and each answer's shapes by status.

    ``needs_token`` = it is called with the app's message token; ``is_once`` = it heeds ``Idempotency-Key``.
    """

    dialect: Dialect
    method: str
    route: str
    summary: str
    group: str
    answers: Mapping[int, tuple[type[BaseModel], ...]]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    needs_token: bool = False
    is_once: bool = False
    refusals: tuple[Refusal, ...] = field(default=())

    @property
    def path(self) -> str:
        """The path as OpenAPI writes it."""
        return _PLACE.sub(r"{\1}", self.route)

    @property
    def places(self) -> dict[str, Json]:
        """The schemas of the path's parts, by name."""
        return {
            name: {"type": "string", "pattern": f"^(?:{pattern})$"} if pattern else {"type": "string", "minLength": 1}
            for name, pattern in _PLACE.findall(self.route)
        }

    @property
    def name(self) -> str:
        """What no other operation is called, in letters that fit everywhere."""
        return re.sub(r"[^a-z0-9]+", "_", f"{self.method} {self.path}".lower()).strip("_")
