"""What this machine could do at best: signatures, bare HTTP, durable commits. Everything else is judged against it."""

import asyncio
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

_SECONDS = 2.0
_REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"


def signatures_per_second() -> float:
    """Measure RS256 signatures with PyJWT and the key object kept."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"sub": "0" * 24, "iat": 1, "exp": 2}
    return _rate(lambda: jwt.encode(claims, key, algorithm="RS256"))


def commits_per_second() -> float:
    """Measure one-row commits with ``synchronous=FULL`` through the standard library."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "bench.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
        rate = _rate(lambda: database.execute("INSERT INTO row (text) VALUES ('x')"))
        database.close()
        return rate


async def serve_bare(port: int) -> None:
    """Serve an empty answer with nothing but aiohttp, for ever; started as a process of its own."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=b"{}")

    async def hold(_request: web.Request) -> web.Response:
        await asyncio.sleep(600)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", answer)
    app.router.add_get("/hold", hold)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


async def requests_per_second(port: int, path: str = "/", clients: int = 16) -> float:
    """Measure GET requests over kept connections, with a client that does next to nothing."""
    done = 0
    deadline = time.perf_counter() + _SECONDS
    request = _REQUEST.replace(b"GET /", b"GET " + path.encode(), 1)

    async def client() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.perf_counter() < deadline:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            done += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return done / (time.perf_counter() - began)


def _rate(step: Callable[[], object]) -> float:
    """Return how often ``step`` can be done in a second."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < _SECONDS:
        step()
        done += 1
    return done / (time.perf_counter() - began)
