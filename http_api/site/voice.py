"""How the site dialect says yes and no: JSON, stable error codes, and CORS for the app's own pages.

Errors are flat: ``{"success": false, "error": CODE, "message": …, "correlation_id": …}``. The same id is in the log.
"""

import asyncio
import logging
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import ValidationError

from core.apps.administration import Apps
from core.entropy import Entropy, hex_id
from core.errors import GatepostError, Kind, TooManyRequests
from core.model.apps.app import App
from http_api.site.answers import SiteAnswer, SiteError
from http_api.voice import STATUS, body_of, complaints_of

logger = logging.getLogger(__name__)

ANSWERED_FOR: Final = web.RequestKey("answered_for", App)
"""The app a request turned out to be about: its pages may read the answer."""
_JSON: Final = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_HTTP_CODES: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE", 415: "VALIDATION_ERROR"}
_APPS_SECONDS: Final = 5.0
_ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}


def json_response(answer: SiteAnswer, status: int = 200) -> web.Response:
    """Answer with JSON that nobody keeps."""
    return web.Response(body=body_of(answer), status=status, headers=_JSON)


class Voice:
    """The dialect's one middleware, and its answer to preflights."""

    def __init__(self, apps: Apps, entropy: Entropy, public_origin: str) -> None:
        self._apps = apps
        self._entropy = entropy
        self._public_origin = public_origin
        self._known: tuple[App, ...] = ()
        self._read_at = -_APPS_SECONDS

    def middleware(self) -> Middleware:
        """Return the middleware for the dialect's sub-application."""

        @web.middleware
        async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Exception as trouble:  # noqa: BLE001 - this is where every trouble becomes an answer
                response = self._refusal(trouble)
            await self._share(request, response)
            return response

        return speak

    async def preflight(self, _request: web.Request) -> web.Response:
        """Answer a browser that asks before it asks (Fetch standard, CORS preflight)."""
        return web.Response(status=204, headers=_ALLOWED)

    async def _share(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the page that called read the answer, if it is a page of the app; of any app where none is known."""
        origin = request.headers.get("Origin")
        if origin is None:
            return
        response.headers["Vary"] = "Origin"
        if origin == self._public_origin or await self._may_read(origin, request.get(ANSWERED_FOR)):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"

    async def _may_read(self, origin: str, app: App | None) -> bool:
        """Tell whether the app allows the origin; if none is known, whether any does (as of five seconds ago)."""
        if app is not None:
            return app.allows_origin(origin)
        now = asyncio.get_running_loop().time()
        if now - self._read_at >= _APPS_SECONDS:
            self._read_at = now
            try:
                self._known = tuple(await self._apps.list_all())
            except GatepostError:
                logger.warning("could not look up the allowed origins")
        return any(known.allows_origin(origin) for known in self._known)

    def _refusal(self, trouble: Exception) -> web.Response:
        request_id = hex_id(self._entropy)
        match trouble:
            case TooManyRequests():
                response = _refuse(STATUS[trouble.kind], trouble.code, str(trouble), request_id)
                response.headers["Retry-After"] = str(trouble.retry_after)
                return response
            case GatepostError():
                return _refuse(STATUS[trouble.kind], trouble.code, str(trouble), request_id)
            case ValidationError():
                return _refuse(STATUS[Kind.INVALID], "VALIDATION_ERROR", complaints_of(trouble), request_id)
            case web.RequestPayloadError():
                return _refuse(STATUS[Kind.INVALID], "VALIDATION_ERROR", "body: cannot be read", request_id)
            case web.HTTPException():
                code = _HTTP_CODES.get(trouble.status, "ERROR")
                response = _refuse(trouble.status, code, trouble.reason, request_id)
                if "Allow" in trouble.headers:
                    response.headers["Allow"] = trouble.headers["Allow"]
                return response
            case _:
                logger.error("a bug in answering a request", exc_info=trouble, extra={"correlation_id": request_id})
                return _refuse(500, "INTERNAL_ERROR", "Something went wrong on our side. Try again later.", request_id)


def _refuse(status: int, code: str, message: str, request_id: str) -> web.Response:
    body = SiteError(success=False, error=code, message=message, correlation_id=request_id)
    return json_response(body, status)
