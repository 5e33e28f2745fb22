"""The port: how long callers may take, how many of one address there may be, and what is no HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from aiohttp import web

from http_api.clients import Proxies
from http_api.door import Crowd, Door, House, Patience
from tests.ports import free_port
from tests.waiting import patience

QUICK = Patience(head=0.2, body=0.2, idle=0.2)
WHOLE = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def doors(limits: Patience = QUICK, limit: int = 0, trusted: str = "10.0.0.0/8") -> AsyncIterator[int]:
    """Open a port behind which ``/slow`` takes three times as long as anybody may, and ``/read`` reads a body."""

    async def slow(_request: web.Request) -> web.Response:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.6, future.set_result, None)
        await future
        return web.Response(text="at last")

    async def read(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    app = web.Application()
    app.router.add_get("/slow", slow)
    app.router.add_post("/read", read)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
    await runner.setup()
    crowd = Crowd(proxies=Proxies([ip_network(trusted)]), limit=limit)

    def refused(status: int, with_page: bool) -> web.Response:  # noqa: FBT001 - as the door calls it
        return web.Response(status=status, text="page" if with_page else "words")

    port = free_port()
    await Door(
        runner, "127.0.0.1", port, backlog=16, house=House(crowd=crowd, patience=limits, refused=refused)
    ).start()
    try:
        yield port
    finally:
        await runner.cleanup()


async def said(port: int, *pieces: bytes) -> bytes:
    """Send the pieces and return all that comes until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    async with patience():
        try:
            answer = await reader.read()
        except ConnectionError:
            answer = b""
    writer.close()
    return answer


@pytest.mark.parametrize(
    "piece", [b"", b"G", b"GET /slow HTTP/1.1\r\nHost: x\r\nX-Long: "], ids=["none", "one", "most"]
)
async def test_a_head_that_does_not_come_ends_the_connection(piece: bytes) -> None:
    """Whoever sends a head by and by, or none, is let go; nothing is answered (faults 7.6)."""
    async with doors() as port:
        assert await said(port, piece) == b""


async def test_bytes_now_and_then_do_not_hold_a_connection() -> None:
    """The time is counted from the first byte, so that another byte buys none (faults 7.6)."""
    async with doors() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        started = asyncio.get_running_loop().time()
        async with patience():
            while not reader.at_eof():
                writer.write(b"G")
                try:
                    async with asyncio.timeout(0.05):
                        await reader.read(1)
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
        assert asyncio.get_running_loop().time() - started < 5
        writer.close()


async def test_a_body_that_does_not_come_ends_the_connection() -> None:
    """A body announced and not sent, whole or in chunks, holds nobody up (faults 7.6)."""
    async with doors() as port:
        head = b"POST /read HTTP/1.1\r\nHost: x\r\n"
        assert await said(port, head + b"Content-Length: 5\r\n\r\nab") == b""
        assert await said(port, head + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n") == b""


async def test_an_answer_in_progress_is_not_cut() -> None:
    """A long poll is answered, whatever it takes, also when the next request is half there (faults 7.6)."""
    async with doors() as port:
        assert (await said(port, WHOLE)).endswith(b"at last")
        assert (await said(port, WHOLE, b"GE")).endswith(b"at last")


async def test_a_kept_connection_may_rest_for_its_time_only() -> None:
    """After an answer the connection waits for the next request, and then closes by itself (faults 7.6)."""
    async with doors() as port:
        answer = await said(port, b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n", b"ab")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"2")


async def test_an_address_holds_so_many_connections() -> None:
    """The one too many is closed at once; our own proxies are not counted; who goes leaves room (faults 7.6)."""
    rest = Patience(head=5, body=5, idle=5)
    async with doors(rest, limit=2) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert await said(port, WHOLE) == b""
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with patience():
            while not (await said(port, WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))):
                pass
    async with doors(rest, limit=2, trusted="127.0.0.0/8") as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        assert b"at last" in await said(port, WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        for _, writer in held:
            writer.close()


SECRET = "s3ssion-of-the-site"
UNREADABLE = {
    "two lengths": f"POST /read?{SECRET} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "no number": f"POST /read HTTP/1.1\r\nHost: x\r\nCookie: {SECRET}\r\nContent-Length: {SECRET}\r\n\r\nab",
    "a bad chunk": f"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n",
    "a NUL": f"GET /read HTTP/1.1\r\nHost: x\r\nCookie: {SECRET}\0\r\n\r\n",
    "a long header": f"GET /login/x HTTP/1.1\r\nHost: x\r\nCookie: {SECRET * 3000}\r\n\r\n",
    "a long line": f"GET /{SECRET * 3000} HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": f"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03{SECRET}",
    "another protocol": f"SSH-2.0-{SECRET}\r\n",
    "packed transfer": f"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n{SECRET}",
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_is_no_request_is_one_quiet_line(sent: str, caplog: pytest.LogCaptureFixture) -> None:
    """One line at info with kind and network, no trace, no byte of what was sent (faults 3.1)."""
    caplog.set_level(logging.DEBUG)
    async with doors() as port:
        answer = await said(port, sent.encode("latin-1"))
    assert answer == b"" or answer.split()[1] in {b"400", b"431"}
    assert SECRET not in caplog.text
    assert SECRET[:8] not in str([record.__dict__ for record in caplog.records])
    assert not [record for record in caplog.records if record.levelno > logging.INFO or record.exc_info]
    (line,) = [record for record in caplog.records if record.message == "turned a caller away"]
    assert vars(line)["network"] == "127.0.0.0/24"


async def test_a_page_that_cannot_be_read_is_refused_with_a_page() -> None:
    """A head that is too long gets words for people where a page was asked for (faults 1.7)."""
    async with doors() as port:
        answer = await said(port, UNREADABLE["a long header"].encode())
        assert answer.split()[1] == b"431"
        assert answer.endswith(b"page")
        assert (await said(port, UNREADABLE["a long line"].encode())).endswith(b"words")
