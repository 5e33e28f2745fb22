"""The port: how long a caller may take to ask, how many connections one address may hold, and what is no HTTP at all.

A head must be there within ten seconds and a body within thirty, counted from their first byte (a connection's first
head from the connection on); between two requests it may rest for 75 seconds. What is being answered is never cut: a
long poll waits as long as it likes. Bodies are never unpacked. What the parser refuses is one line of the log: the kind
of the complaint and the caller's network, no byte of what came.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from http_api.clients import Proxies
from http_api.threshold import HEAD_LIMIT

logger = logging.getLogger(__name__)

_START: Final = 16
"""Bytes of a head that tell whether a page was asked for."""
_PAGES: Final = b"GET /login/"
_TOO_LONG: Final = 431
_UNREADABLE: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how many seconds we wait: for a head, for a body, and for the next request."""

    head: float = 10.0
    body: float = 30.0
    idle: float = 75.0


@dataclass(slots=True, kw_only=True)
class Crowd:
    """How many connections each network has open; at most ``limit`` (0 = any number), but for our own proxies."""

    proxies: Proxies
    limit: int
    _open: dict[str, int] = field(default_factory=dict, init=False)

    def enter(self, peer: str) -> bool:
        """Tell whether there is room for one more from the address ``peer``, and count it if so."""
        network = self._counted(peer)
        count = self._open.get(network, 0)
        if network and self.limit and count >= self.limit:
            return False
        if network:
            self._open[network] = count + 1
        return True

    def leave(self, peer: str) -> None:
        """Let one connection go that had been let in."""
        network = self._counted(peer)
        if self._open.get(network, 0) > 1:
            self._open[network] -= 1
        else:
            self._open.pop(network, None)

    def _counted(self, peer: str) -> str:
        return "" if self.proxies.is_trusted(peer) else self.proxies.client(peer, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all connections share. ``refused`` says no (a status) to what was no request: ``True`` = with a page."""

    crowd: Crowd
    patience: Patience
    refused: Callable[[int, bool], web.Response]


class Door(web.TCPSite):
    """The port; like the library's own, but each of its connections is a ``Connection``."""

    __slots__ = ("_house", "_place", "_queue")

    def __init__(self, runner: web.AppRunner, host: str, port: int, *, backlog: int, house: House) -> None:
        super().__init__(runner, host, port, backlog=backlog)
        self._place, self._queue, self._house = (host, port), backlog, house

    async def start(self) -> None:
        """Open the port. Raises ``OSError``."""
        await web.BaseSite.start(self)
        server = self._runner.server
        if server is None:
            raise RuntimeError("the application was not set up")
        loop = asyncio.get_running_loop()
        host, port = self._place
        self._server = await loop.create_server(
            lambda: Connection(server, self._house, loop), host, port, backlog=self._queue
        )


class Connection(RequestHandler):
    """One connection: the library's, with clocks on what the caller sends and words of our own for what is no HTTP."""

    __slots__ = ("_body", "_clock", "_head_size", "_house", "_is_in", "_peer", "_start")

    def __init__(self, server: web.Server, house: House, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # the library's own way to have none
            keepalive_timeout=house.patience.idle,
            max_line_size=HEAD_LIMIT,
            max_field_size=HEAD_LIMIT,
            auto_decompress=False,
        )
        self._house = house
        self._peer = ""
        self._is_in = False
        self._clock: asyncio.TimerHandle | None = None
        self._body: StreamReader = EMPTY_PAYLOAD
        self._start = b""
        self._head_size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the caller in, if there is room, and wait for the first head."""
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if isinstance(peer, tuple) else ""
        self._is_in = self._house.crowd.enter(self._peer)
        if not self._is_in:
            self._tell("connections")
            cast("asyncio.Transport", transport).abort()
            return
        super().connection_made(transport)
        self._wait(self._house.patience.head, "head")

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the caller."""
        self._rest()
        if self._is_in:
            self._is_in = False
            self._house.crowd.leave(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and tell for what we wait now: the rest of a body, the rest of a head, or nothing."""
        was_body, count = not self._body.is_eof(), self._request_count
        if not was_body and data:
            begun = self._start if self._head_size else b""
            self._start = (begun + data[:_START])[:_START]
            self._head_size += len(data)
        super().data_received(data)
        if self._request_count > count:
            self._head_size, newest = 0, self._messages[-1] if self._messages else None
            self._body = newest[1] if newest is not None else EMPTY_PAYLOAD
            self._rest()
            if not self._body.is_eof():
                self._wait(self._house.patience.body, "body")
        elif was_body:
            if self._body.is_eof():
                self._rest()
        elif self._head_size > 2 * HEAD_LIMIT:
            self._cut("head_too_long")
        elif data and self._clock is None:
            self._wait(self._house.patience.head, "head")

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what the parser refused; its words are not repeated, they quote what came."""
        del message
        if not isinstance(exc, HttpProcessingError):
            logger.error("a bug in answering a request", exc_info=exc)
            status = 500
        else:
            self._tell(type(exc).__name__)
            status = _TOO_LONG if isinstance(exc, LineTooLong) else _UNREADABLE
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        response = self._house.refused(status, self._start.startswith(_PAGES))
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:  # noqa: ANN401 - the library's signature
        """Log a bug; what a caller broke off or garbled is none, and one quiet line."""
        trouble = kw.get("exc_info")
        if isinstance(trouble, HttpProcessingError | web.RequestPayloadError | ConnectionError):
            self._tell(type(trouble).__name__)
        else:
            logger.error("a bug in answering a request", exc_info=trouble)
        del args

    def _wait(self, seconds: float, what: str) -> None:
        """Cut the connection unless ``what`` has come within ``seconds``."""
        self._rest()
        self._clock = self._loop.call_later(seconds, self._time_is_up, seconds, what)

    def _rest(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _time_is_up(self, seconds: float, what: str) -> None:
        """Cut, unless we are at work on an earlier request, or have ourselves stopped reading."""
        self._clock = None
        is_at_work = self._request_in_progress or bool(self._messages)
        if self._reading_paused or self._buffer_paused or (what == "head" and is_at_work):
            self._wait(seconds, what)
        else:
            self._cut(f"slow_{what}")

    def _cut(self, kind: str) -> None:
        self._tell(kind)
        self.force_close()

    def _tell(self, kind: str) -> None:
        network = self._house.crowd.proxies.client(self._peer, "")
        logger.info("turned a caller away", extra={"kind": kind, "network": network})
