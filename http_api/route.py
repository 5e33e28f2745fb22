"""A route as the router, the checks, the OpenAPI document and the pages for developers see it.

A dialect lists its routes once. Its voice makes the router of the list and asks who calls; ``openapi`` describes the
same list, and ``docs`` shows what it describes. So none of them can tell what another does not do. What a handler is
differs by dialect; everything else is said in the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar

from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict

from core.errors import GatepostError
from http_api.unknown import Unknown


class RequestBody(BaseModel):
    """A body or query that a site sends; what is not in it is done with as the route says (``Route.unknown``)."""

    model_config = ConfigDict(frozen=True)


class ResponseBody(BaseModel):
    """A body that a site gets."""

    model_config = ConfigDict(frozen=True)


class Access(Enum):
    """Who may call a route."""

    API_KEY = auto()
    """A site's server, with the project's key, live or test (RFC 6750)."""
    LIVE_KEY = auto()
    """The same, but not with the test key: the route changes settings."""
    MESSAGE_TOKEN = auto()
    """A site's server, with the app's message token in ``X-Authorization``."""
    PAGE = auto()
    """A site's page in a visitor's browser, without a key; the route answers preflights (Fetch standard, CORS)."""
    ANYONE = auto()
    """Any program, without a key."""


H_co = TypeVar("H_co", covariant=True)
Answers = Mapping[int, tuple[type[BaseModel], ...]]
"""By status, the shapes that an answer may have."""


def ok(*shapes: type[BaseModel]) -> Answers:
    """Return the answers of a route that says yes with 200, in one of the shapes."""
    return {200: shapes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[H_co]):
    """One route. ``path`` is what follows the dialect's prefix, ``group`` the heading it is described under.

    ``body`` is the JSON it reads, ``query`` what follows the ``?``; ``None`` = it reads none. ``unknown`` is what is
    done with fields that are in neither. ``refusals`` are those of its own: what any route of the dialect may answer,
    the dialect knows. ``is_poll`` = it is asked again and again for one thing, and counted for that thing; ``is_once``
    = it heeds ``Idempotency-Key``.
    """

    method: str
    path: str
    handler: H_co
    summary: str
    group: str
    answers: Answers
    unknown: Unknown
    access: Access = Access.API_KEY
    body: type[RequestBody] | None = None
    query: type[RequestBody] | None = None
    refusals: tuple[type[GatepostError], ...] = ()
    is_poll: bool = False
    is_once: bool = False


HttpRoute = Route[Handler]
"""A route whose handler reads the HTTP request itself."""
