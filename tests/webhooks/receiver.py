"""A site's own server, which webhooks are posted to: it answers as the test says, and tells what it got."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.waiting import PATIENCE

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PIECE = b"x" * 65536


@dataclass(frozen=True)
class Received:
    """One call."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def delivery_id(self) -> str:
        """Return the id that is the same over all attempts."""
        return self.headers["X-Gatepost-Delivery-Id"]


@dataclass
class Receiver:
    """The server; ``answer`` is how it answers from now on."""

    port: int = 0
    calls: list[Received] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Answer = field(init=False)
    _queue: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.answer = status(200)

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def next(self, within: float = PATIENCE) -> Received:
        """Wait for the next call."""
        async with asyncio.timeout(within):
            return await self._queue.get()

    async def hang(self, _request: web.Request) -> web.StreamResponse:
        """Answer nothing until ``released``."""
        await self.released.wait()
        return web.Response()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take a call, and answer it."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            received = Received(request.path_qs, dict(request.headers), await request.read())
            self.calls.append(received)
            self._queue.put_nowait(received)
            return await self.answer(request)
        finally:
            self.at_once -= 1


def status(code: int, **headers: str) -> Answer:
    """Answer with a status."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def endless(megabytes: int) -> Answer:
    """Answer 200 and a body of this size."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(megabytes * 16):
            await response.write(_PIECE)
        return response

    return answer


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[Receiver]:
    """Run the server for the length of the block, on its port, or on a free one if it has none yet."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.take)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", receiver.port).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        receiver.released.set()
        await runner.cleanup()
