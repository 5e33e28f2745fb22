"""How the site dialect says yes and no: JSON, stable error codes, message tokens, and CORS for the app's own pages.

Errors are flat: ``{"success": false, "error": CODE, "message": …, "correlation_id": …}``. The same id is in the log.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, assert_never

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import ValidationError

from core.apps.administration import Apps
from core.apps.api_keys import Caller
from core.entropy import Entropy, hex_id
from core.errors import GatepostError, Invalid
from core.model.apps.app import App, KeyKind
from core.model.apps.errors import InvalidApiKey, Unauthorized
from http_api.complaints import complaints_of
from http_api.route import Access, HttpRoute
from http_api.routing import lay
from http_api.site.answers import SiteError
from http_api.unknown import FROM_ANYWHERE, IGNORED_HEADER
from http_api.voice import (
    APP,
    CALLER,
    CODE,
    STATUS,
    Callers,
    ignored_of,
    json_response,
    refusal_headers,
    request_id_of,
    with_ignored,
)

logger = logging.getLogger(__name__)

PREFIX: Final = "/api/v1"
"""What stands before every path of the dialect."""
ANSWERED_FOR: Final = web.RequestKey("answered_for", App)
"""The app a request turned out to be about: its pages may read the answer."""
_KINDS: Final = frozenset({KeyKind.MESSAGE})
_WHO: Final = "The message token is missing or wrong. Send it as X-Authorization: token gp_msg_…"
_HTTP_CODES: Final = {
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
    415: "VALIDATION_ERROR",
    431: "HEADERS_TOO_LARGE",
}
_UNREADABLE: Final[dict[int, tuple[str, str]]] = {
    400: (Invalid.code, "This is no HTTP request that can be read."),
    431: ("HEADERS_TOO_LARGE", "The headers are too large: 32 KiB are the most."),
    500: ("INTERNAL_ERROR", "Something went wrong on our side. Try again later."),
}
_APPS_SECONDS: Final = 5.0
_ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}


@dataclass(slots=True, kw_only=True)
class Voice:
    """The dialect's one middleware, and the way from a route to its handler. ``public_origin`` is our own pages'."""

    apps: Apps
    callers: Callers
    entropy: Entropy
    public_origin: str
    _all_apps: tuple[App, ...] = field(default=(), init=False)
    _read_at: float = field(default=-_APPS_SECONDS, init=False)

    def application(self, routes: Sequence[HttpRoute]) -> web.Application:
        """Return the dialect's sub-application. Raises ``ValueError`` for a route that asks for a project's key."""
        app = web.Application(middlewares=[self._middleware()])
        for route in routes:
            lay(app, route.method, route.path, self._handler(route), route.unknown)
        for path in dict.fromkeys(route.path for route in routes if route.access is Access.PAGE):
            lay(app, "OPTIONS", path, _preflight, FROM_ANYWHERE)
        return app

    def _middleware(self) -> Middleware:
        @web.middleware
        async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Exception as trouble:  # noqa: BLE001 - this is where every trouble becomes an answer
                return await self.refuse(request, trouble)
            await self._share(request, response)
            return response

        return speak

    async def refuse(self, request: web.Request, trouble: Exception) -> web.StreamResponse:
        """Say no, because of ``trouble``."""
        response = refusal(request, trouble, self.entropy)
        await self._share(request, response)
        return response

    def _handler(self, route: HttpRoute) -> Handler:
        """Return the route's handler, behind the questions who calls, if the route asks it, and what is not known."""

        async def heeding(request: web.Request) -> web.StreamResponse:
            ignored = await ignored_of(route, request)
            return with_ignored(await route.handler(request), ignored)

        async def authenticated(request: web.Request) -> web.StreamResponse:
            request[CALLER] = await self._authenticated(request)
            request[APP] = request[CALLER].app.app_id
            return await heeding(request)

        match route.access:
            case Access.MESSAGE_TOKEN:
                return authenticated
            case Access.PAGE | Access.ANYONE:
                return heeding
            case Access.API_KEY | Access.LIVE_KEY:
                raise ValueError(f"{route.method} {route.path}: this dialect knows no project's keys")
            case _:
                assert_never(route.access)

    async def _authenticated(self, request: web.Request) -> Caller:
        """Return whose message token it is: ``X-Authorization: token …``."""
        try:
            return await self.callers.find(request, "X-Authorization", "token", _KINDS)
        except (Unauthorized, InvalidApiKey):
            raise Unauthorized(_WHO) from None

    async def _share(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the page that called read the answer, if it is a page of the app that the request is about."""
        origin = request.headers.get("Origin")
        if origin is None:
            return
        response.headers["Vary"] = "Origin"
        if origin == self.public_origin or await self._may_read(origin, request.get(ANSWERED_FOR)):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = f"Retry-After, {IGNORED_HEADER}"

    async def _may_read(self, origin: str, app: App | None) -> bool:
        """Tell whether the app allows the origin; without an app, whether any app does (as of five seconds ago)."""
        if app is not None:
            return app.allows_origin(origin)
        now = asyncio.get_running_loop().time()
        if now - self._read_at >= _APPS_SECONDS:
            self._read_at = now
            try:
                self._all_apps = tuple(await self.apps.list_all())
            except GatepostError:
                logger.warning("could not look up the allowed origins")
        return any(each.allows_origin(origin) for each in self._all_apps)


def refusal(request: web.Request, trouble: Exception, entropy: Entropy) -> web.Response:
    """Say no as this dialect does, because of ``trouble``."""
    request_id = request_id_of(request, entropy)
    status, code, message = _worded(trouble, request_id)
    request[CODE] = code
    if ANSWERED_FOR in request:
        request[APP] = request[ANSWERED_FOR].app_id
    body = SiteError(success=False, error=code, message=message, correlation_id=request_id)
    return json_response(body, status, refusal_headers(trouble))


def unreadable(status: int, entropy: Entropy) -> web.Response:
    """Say no to what was no request at all."""
    code, message = _UNREADABLE.get(status, _UNREADABLE[HTTPStatus.BAD_REQUEST])
    body = SiteError(success=False, error=code, message=message, correlation_id=hex_id(entropy))
    return json_response(body, status)


def _worded(trouble: Exception, request_id: str) -> tuple[int, str, str]:
    """Return the status, the dialect's code and the words for a trouble."""
    match trouble:
        case GatepostError():
            return STATUS[trouble.kind], trouble.code, str(trouble)
        case ValidationError() | web.RequestPayloadError():
            return STATUS[Invalid.kind], Invalid.code, complaints_of(trouble)
        case web.HTTPException():
            return trouble.status, _HTTP_CODES.get(trouble.status, "ERROR"), trouble.reason
        case _:
            logger.error("a bug in answering a request", exc_info=trouble, extra={"correlation_id": request_id})
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            return status, "INTERNAL_ERROR", "Something went wrong on our side. Try again later."


async def _preflight(_request: web.Request) -> web.Response:
    """Answer a browser that asks whether a page may call the route (Fetch standard, CORS preflight)."""
    return web.Response(status=204, headers=_ALLOWED)
