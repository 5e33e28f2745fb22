"""The site dialect as the description sees it, and the routes of no dialect: keys and health."""

from collections.abc import Iterator, Sequence
from typing import Final

from core.errors import Busy, GatepostError, Invalid, TooManyRequests
from core.model.apps.errors import AppDisabled, Unauthorized
from http_api.openapi.operation import Dialect, Refusal
from http_api.route import Access, HttpRoute, Route
from http_api.site.answers import SiteError
from http_api.site.voice import PREFIX
from http_api.unknown import UnknownFieldError
from http_api.voice import STATUS

_INTERNAL: Final = Refusal(500, "INTERNAL_ERROR", "Something went wrong on our side.")
_TOO_LARGE: Final = Refusal(413, "BODY_TOO_LARGE", "The body is too large: 64 KiB are the most.")
_NOT_FOUND: Final = Refusal(404, "NOT_FOUND", "There is no such route.")


def site_dialect(routes: Sequence[HttpRoute]) -> Dialect:
    """Return the dialect."""
    return Dialect(prefix=PREFIX, routes=routes, refusals=_refusals, error=SiteError, worded=_worded)


def open_dialect(routes: Sequence[HttpRoute]) -> Dialect:
    """Return the routes of no dialect, which refuse nothing."""
    return Dialect(prefix="", routes=routes, refusals=lambda _: (), error=SiteError, worded=_worded)


def _refusals(route: Route[object]) -> Iterator[Refusal]:
    """Return all refusals of the route; some of them the dialect's voice gives by itself."""
    yield from map(_refusal, (Invalid, TooManyRequests, Busy))
    yield from map(_refusal, route.refusals)
    yield _INTERNAL
    if route.access is Access.MESSAGE_TOKEN:
        yield from map(_refusal, (Unauthorized, AppDisabled))
    if route.body or route.query:
        yield _refusal(UnknownFieldError)
    if route.body:
        yield _TOO_LARGE
    if "{" in route.path:
        yield _NOT_FOUND


def _refusal(trouble: type[GatepostError]) -> Refusal:
    return Refusal(STATUS[trouble.kind], trouble.code, trouble.text)


def _worded(refusal: Refusal) -> SiteError:
    return SiteError(success=False, error=refusal.code, message=refusal.text, correlation_id="683f1a2b3c4d5e6f7a8b9c0d")
