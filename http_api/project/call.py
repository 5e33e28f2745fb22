"""A call of the project dialect as a handler sees it, and a route as the router and the description see it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from core.apps.api_keys import Caller
from core.model.sending.idempotency import Once


class RequestBody(BaseModel):
    """A body or query that a site sends; what it does not know it ignores."""

    model_config = ConfigDict(frozen=True)


class StrictBody(RequestBody):
    """A body in which a misspelt field would do harm, such as a filter that then lets everybody through."""

    model_config = ConfigDict(extra="forbid")


class ResponseBody(BaseModel):
    """A body that a site gets."""

    model_config = ConfigDict(frozen=True)


class ProjectError(ResponseBody):
    """A refusal; branch on ``code``."""

    error: Annotated[str, Field(description="For people, in the language of Accept-Language: Russian or English.")]
    code: Annotated[str, Field(description="Stable.")]
    retryable: Annotated[bool, Field(description="Whether the same request may go well later.")]
    docs_url: Annotated[str, Field(description="What the code means, and what to do.")]


class Updated(ResponseBody):
    """Something was changed."""

    updated: bool


class Deleted(ResponseBody):
    """Something is no more."""

    deleted: bool


Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}", return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time as the contract writes it, in UTC to the second: ``2026-03-05T12:00:00Z``."""

W = TypeVar("W", bound=RequestBody)


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and what with: ``path`` holds the parts of the path, ``wish`` the body or the query.

    ``once`` is the request's idempotency key, where the route has a use for one.
    """

    caller: Caller
    path: Mapping[str, str]
    wish: RequestBody | None
    once: Once | None = None

    def read(self, shape: type[W]) -> W:
        """Return the body or query, which the route promised to be of this shape."""
        if not isinstance(self.wish, shape):
            raise TypeError(f"the route reads {type(self.wish).__name__}, its handler {shape.__name__}")
        return self.wish


Handler = Callable[[Call], Awaitable[ResponseBody]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route: ``wish`` is the body's shape, or the query's of a GET; ``answer`` what comes back.

    ``other_answers`` may come back instead. ``is_setting`` = it changes settings, which a test key must not;
    ``is_poll`` = it is asked again and again for one thing, and counted for that thing; ``is_once`` = it heeds
    ``Idempotency-Key``. ``codes`` are refusals of its own, apart from those that any route may give.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    group: str
    answer: type[ResponseBody]
    other_answers: tuple[type[ResponseBody], ...] = ()
    wish: type[RequestBody] | None = None
    is_setting: bool = False
    is_poll: bool = False
    is_once: bool = False
    codes: tuple[str, ...] = ()
