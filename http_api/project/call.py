"""A call of the project dialect as its handlers see it, and the bodies that many of them read and answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import Field, PlainSerializer, WithJsonSchema

from core.apps.api_keys import Caller
from core.model.sending.idempotency import Once
from http_api.route import RequestBody, ResponseBody, Route

ExternalId = Annotated[str, Field(min_length=1, max_length=128)]
"""What a site calls a subscriber."""


class ProjectError(ResponseBody):
    """A refusal; branch on ``code``."""

    error: Annotated[str, Field(description="For people, in the language of Accept-Language: Russian or English.")]
    code: Annotated[str, Field(description="Stable.")]
    retryable: Annotated[bool, Field(description="Whether the same request may go well later.")]
    docs_url: Annotated[str, Field(description="What the code means, and what to do.")]
    reason: Annotated[str | None, Field(description="Of a one-time code: why it was not taken.")] = None
    attempts_left: Annotated[int | None, Field(description="Of a one-time code: how many guesses are left.")] = None


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

B = TypeVar("B", bound=RequestBody)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: ``path`` holds the values of the path's parts, ``payload`` the body or the query.

    ``once`` is the request's idempotency key, where the route heeds one.
    """

    caller: Caller
    path: Mapping[str, str]
    payload: RequestBody | None
    once: Once | None = None

    def read(self, shape: type[B]) -> B:
        """Return the body or query, which the route promised to be of this shape."""
        if not isinstance(self.payload, shape):
            raise TypeError(f"the route reads {type(self.payload).__name__}, its handler {shape.__name__}")
        return self.payload


ProjectHandler = Callable[[Call], Awaitable[ResponseBody]]
ProjectRoute = Route[ProjectHandler]
