"""The project dialect as the description sees it: routes, codes in English, what any route may refuse, and events."""

from collections.abc import Iterator, Sequence
from typing import Final

from http_api.openapi.events import EVENTS
from http_api.openapi.operation import Dialect, Refusal
from http_api.project.call import ProjectError, ProjectRoute
from http_api.project.codes import STATUSES, code_of
from http_api.project.voice import PREFIX, WORDS, refusal
from http_api.route import Access, Route
from http_api.words import FALLBACK

_ANYWHERE: Final = (
    "unauthorized",
    "invalid_api_key",
    "project_inactive",
    "rate_limit_project",
    "internal_error",
    "platform_busy",
)


def project_dialect(routes: Sequence[ProjectRoute], public_url: str) -> Dialect:
    """Return the dialect; ``public_url`` is where refusals point to, without a slash at the end."""
    return Dialect(
        prefix=PREFIX,
        routes=routes,
        refusals=_refusals,
        error=ProjectError,
        worded=lambda shown: refusal(shown.code, FALLBACK, public_url),
        headers=("X-Request-Id", "RateLimit-Policy", "RateLimit"),
        events=EVENTS,
    )


def _refusals(route: Route[object]) -> Iterator[Refusal]:
    for code in _codes(route):
        yield Refusal(STATUSES[code], code, WORDS.say(FALLBACK, code))


def _codes(route: Route[object]) -> Iterator[str]:
    """Name all codes the route may refuse with; some of them the dialect's voice gives by itself."""
    yield from _ANYWHERE
    yield from map(code_of, route.refusals)
    yield "unknown_field"
    if route.query or route.body:
        yield "validation_failed"
    if route.body:
        yield "body_too_large"
        yield "unsupported_media_type"
    if route.access is Access.LIVE_KEY:
        yield "test_key_forbidden"
    if "{" in route.path:
        yield "not_found"
