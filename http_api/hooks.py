"""Where messengers post what their users do. The adapter decides whether it really was the messenger.

The path holds a secret of its own, so that only the messenger finds the door. An update is safe before it is answered.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from aiohttp import web

from core.errors import GatepostError, Kind
from core.model.messages.errors import WebhookRefused
from http_api.voice import STATUS

BODY_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a call; WhatsApp sends up to 3 MB, a thousand updates at once."""


class Hook(Protocol):
    """One bot's door."""

    async def accept(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take what was posted; raise ``WebhookRefused``, ``Invalid`` or ``Busy``."""
        ...

    def greet(self, query: Mapping[str, str]) -> str:
        """Answer whether the door is ours; raise ``WebhookRefused`` or ``Busy``."""
        ...


def hook_handler(find: Callable[[str, str], Hook | None]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of ``/hooks/{bot}/{secret}``; ``find`` returns the door, ``None`` if there is none."""

    async def handle(request: web.Request) -> web.Response:
        hook = find(request.match_info["bot"], request.match_info["secret"])
        if hook is None:
            return web.Response(status=404)
        try:
            await hook.accept(request.headers, await request.clone(client_max_size=BODY_LIMIT).read())
        except GatepostError as trouble:
            # What is not an update never will be: refusing it would only make the messenger send it again.
            return web.Response(status=200 if trouble.kind is Kind.INVALID else STATUS[trouble.kind])
        return web.Response()

    return handle


def greeting_handler(find: Callable[[str, str], Hook | None]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of ``GET`` on the same path: a messenger asks whether the address it was told is ours.

    What it must hear comes from its own question, so it goes out as plain text that no browser takes for a page.
    """

    async def handle(request: web.Request) -> web.Response:
        hook = find(request.match_info["bot"], request.match_info["secret"])
        if hook is None:
            return web.Response(status=404)
        try:
            answer = hook.greet(request.query)
        except WebhookRefused:
            return web.Response(status=403)
        except GatepostError as trouble:
            return web.Response(status=STATUS[trouble.kind])
        return web.Response(text=answer, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    return handle
