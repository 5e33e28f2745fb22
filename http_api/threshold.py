"""What every request passes before any handler, whatever it asks for, and what every refusal passes on its way out.

A packed body (``Content-Encoding``) and a head that is too long are refused here, before a byte of a body is looked at.
What a handler refused or broke on becomes an answer here, where no dialect has made one of it already; and each answer
that says no is one line of the log, with the id that it carries: kind, route and app, nothing of what was sent.
"""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from core.entropy import Entropy
from http_api.voice import APP, CODE, request_id_of

logger = logging.getLogger(__name__)

HEAD_LIMIT: Final = 32 * 1024
"""Bytes of a request's first line and headers: browsers send a visitor every cookie of the parent domain."""
_PACKED: Final = "Send the body as it is: no Content-Encoding is taken, and of Transfer-Encoding chunked alone."
_LINE_ENDS: Final = 4
_REFUSED: Final = 400

Refuse = Callable[[web.Request, Exception], Awaitable[web.StreamResponse]]
"""Makes an answer of what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The application's one middleware. ``voices`` says no by the beginning of the path, ``voice`` anywhere else.

    ``refusals`` counts what was refused since the start, by status and code.
    """

    entropy: Entropy
    voices: Mapping[str, Refuse]
    voice: Refuse
    refusals: Counter[tuple[int, str]] = field(default_factory=Counter)

    def middleware(self) -> Middleware:
        """Return it as the HTTP library wants it."""

        @web.middleware
        async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                check(request)
                response = await handler(request)
            except web.HTTPRedirection:
                raise
            except Exception as trouble:  # noqa: BLE001 - what no dialect has worded becomes an answer here
                response = await self._voice_of(request.path)(request, trouble)
            if response.status >= _REFUSED:
                self._tell(request, response)
            return response

        return pass_through

    def _voice_of(self, path: str) -> Refuse:
        return next((voice for start, voice in self.voices.items() if path.startswith(start)), self.voice)

    def _tell(self, request: web.Request, response: web.StreamResponse) -> None:
        """Write the line of one refusal."""
        request_id = request_id_of(request, self.entropy)
        if not response.prepared:
            response.headers.setdefault("X-Request-Id", request_id)
        self.refusals[response.status, request.get(CODE, "")] += 1
        resource = request.match_info.route.resource
        logger.info(
            "refused a request",
            extra={
                "request_id": request_id,
                "status": response.status,
                "kind": request.get(CODE, ""),
                "route": resource.canonical if resource is not None else "",
                "app": request.get(APP, ""),
            },
        )


def check(request: web.Request) -> None:
    """Raise ``web.HTTPException`` for a head that is too long (431) and a body that is packed in any way (415)."""
    if sum(len(name) + len(value) + _LINE_ENDS for name, value in request.raw_headers) > HEAD_LIMIT:
        raise web.HTTPRequestHeaderFieldsTooLarge
    coding = request.headers.get("Transfer-Encoding", "chunked")
    if "Content-Encoding" in request.headers or coding.strip().lower() != "chunked":
        raise web.HTTPUnsupportedMediaType(reason=_PACKED)
