"""The emulator over HTTP: the bots' side, the control API and the phone page, guarded against foreign web pages."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import web

from emulator.control import create_control
from emulator.control_answers import Handler, problem
from emulator.emulator import Emulator
from emulator.errors import ImpossibleError
from emulator.max import bot_api as max_api
from emulator.telegram.bot_api import BotApi
from emulator.whatsapp import graph_api
from emulator.whatsapp.links import parse_link

_PHONE: Final = Path(__file__).parent / "phone"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_STOP_SECONDS: Final = 2.0
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def create_app(emulator: Emulator, *, allowed_hosts: Collection[str] = ()) -> web.Application:
    """Make the application: the bot APIs, deep links, the phone page, the control API.

    The control API and the page answer only when asked by the name localhost, a loopback address or one of
    `allowed_hosts` ("*" allows all), and never for another site's page. Stopping the application closes the emulator.
    """
    guard = _Guard(allowed_hosts)
    app = web.Application(middlewares=[guard.admit])
    app.add_routes(BotApi(emulator.telegram, emulator.faults, emulator.call_log).routes())
    app.add_routes(max_api.BotApi(emulator.max.platform, emulator.faults, emulator.call_log).routes())
    app.add_routes(graph_api.GraphApi(emulator.whatsapp.platform, emulator.faults, emulator.call_log).routes())
    app.add_routes(
        [
            web.get("/", _to_phone),
            web.get("/phone", _phone_page),
            web.get("/phone/{file:[a-z]+[.](?:js|css|svg)}", _phone_file),
            web.get("/t.me/{bot}", _deep_link),
            web.get("/max.ru/{bot}", _max_link),
            web.get("/wa.me/{digits}", _whatsapp_link),
        ]
    )
    app.add_subapp("/control", create_control(emulator))

    async def release(_app: web.Application) -> None:
        emulator.release()
        guard.cancel_waiting()

    async def close(_app: web.Application) -> None:
        await emulator.close()

    app.on_shutdown.append(release)
    app.on_cleanup.append(close)
    return app


@asynccontextmanager
async def serve(
    emulator: Emulator, host: str = "127.0.0.1", port: int = 0, *, allowed_hosts: Collection[str] = ()
) -> AsyncIterator[str]:
    """Serve the emulator while the context lasts and give its base URL on this machine; port 0 takes any free one."""
    app = create_app(emulator, allowed_hosts=allowed_hosts)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound_host, bound_port = runner.addresses[0][:2]
        yield f"http://{_name_here(bound_host)}:{bound_port}"
    finally:
        await runner.cleanup()


def _name_here(bound_host: str) -> str:
    """Return the host to ask for on this machine: a server that listens everywhere answers to the loopback address."""
    if bound_host in {"0.0.0.0", "::"}:
        return "127.0.0.1" if bound_host == "0.0.0.0" else "[::1]"
    return f"[{bound_host}]" if ":" in bound_host else bound_host


class _Guard:
    """Keeps foreign pages and rebound names away from what has no password, and knows which requests are under way."""

    def __init__(self, allowed_hosts: Collection[str]) -> None:
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._under_way: set[asyncio.Task[object]] = set()

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in, or refuse it."""
        path = request.path
        if path.startswith("/bot") or max_api.is_of_api(path) or graph_api.is_of_api(path):
            return await handler(request)
        if not self._is_allowed(request.host):
            return problem(403, "foreign_host", "Ask by localhost, a loopback address or an allowed host name.")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return problem(403, "foreign_origin", "Pages of other sites may not use the emulator.")
        task = asyncio.current_task()
        if task is None:
            return await handler(request)
        self._under_way.add(task)
        try:
            return await handler(request)
        finally:
            self._under_way.discard(task)

    def cancel_waiting(self) -> None:
        """End the requests that wait for something to happen."""
        for task in self._under_way:
            task.cancel()

    def _is_allowed(self, host: str) -> bool:
        if "*" in self._allowed:
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name == "localhost" or name in self._allowed:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


async def _to_phone(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "/phone"})


async def _deep_link(request: web.Request) -> web.StreamResponse:
    """Send the visitor to the phone with the deep link in hand."""
    query = urlencode({"bot": request.match_info["bot"], "start": request.query.get("start", "")})
    return web.Response(status=302, headers={"Location": f"/phone?{query}"})


async def _max_link(request: web.Request) -> web.StreamResponse:
    """Send the visitor to the phone with the deep link to a MAX bot in hand."""
    named = {"messenger": "max", "bot": request.match_info["bot"], "start": request.query.get("start", "")}
    return web.Response(status=302, headers={"Location": f"/phone?{urlencode(named)}"})


async def _whatsapp_link(request: web.Request) -> web.StreamResponse:
    """Send the visitor to the phone with the link to a WhatsApp number in hand."""
    try:
        digits, text = parse_link(request.raw_path)
    except ImpossibleError as error:
        return problem(400, error.code, str(error))
    query = urlencode({"messenger": "whatsapp", "bot": digits, "text": text}, quote_via=quote)
    return web.Response(status=302, headers={"Location": f"/phone?{query}"})


async def _phone_page(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(_PHONE / "index.html", headers=_PAGE_HEADERS)


async def _phone_file(request: web.Request) -> web.StreamResponse:
    file = _PHONE / request.match_info["file"]
    if not file.is_file():
        return problem(404, "no_such_file", "The page has no such file.")
    return web.FileResponse(file, headers={**_PAGE_HEADERS, "Content-Type": f"{_TYPES[file.suffix]}; charset=utf-8"})
