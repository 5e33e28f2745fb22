"""The project dialect, described from its routes."""

from collections.abc import Iterator, Sequence
from typing import Final

from http_api.openapi.operation import Dialect, Operation, Refusal
from http_api.project.call import ProjectError, Route
from http_api.project.codes import STATUSES
from http_api.project.voice import WORDS, refusal
from http_api.words import FALLBACK

_ANYWHERE: Final = (
    "unauthorized",
    "invalid_api_key",
    "project_inactive",
    "rate_limit_project",
    "internal_error",
    "platform_busy",
)


def project_operations(routes: Sequence[Route], public_url: str) -> list[Operation]:
    """Return the operations of the dialect's routes."""
    dialect = Dialect(
        needs_key=True,
        error=ProjectError,
        code_field="code",
        worded=lambda told: refusal(told.code, FALLBACK, public_url),
        headers=("X-Request-Id", "RateLimit-Policy", "RateLimit"),
    )
    return [
        Operation(
            dialect=dialect,
            method=route.method,
            route=f"/v1{route.path}",
            summary=route.summary,
            group=route.group,
            is_once=route.is_once,
            query=route.wish if route.method == "GET" else None,
            body=route.wish if route.method != "GET" else None,
            answers={200: (route.answer, *route.other_answers)},
            refusals=tuple(Refusal(STATUSES[code], code, WORDS.say(FALLBACK, code)) for code in set(_codes(route))),
        )
        for route in routes
    ]


def _codes(route: Route) -> Iterator[str]:
    """Name everything the route may refuse with; some of it the dialect's voice says by itself."""
    yield from _ANYWHERE
    yield from route.codes
    if route.wish is not None:
        yield "validation_failed"
        if route.method != "GET":
            yield "body_too_large"
            yield "unsupported_media_type"
    if route.is_setting:
        yield "test_key_forbidden"
    if "{" in route.path:
        yield "not_found"
