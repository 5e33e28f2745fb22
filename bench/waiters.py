"""Many browsers that only wait: what each costs in memory, and whether they slow down the one who confirms."""

import asyncio

_AT_ONCE = 50
_HEAD = b"Host: bench\r\n\r\n"


class Waiter(asyncio.Protocol):
    """One connection that asks ``path`` again as soon as it is answered, with next to no memory of its own."""

    def __init__(self, path: str) -> None:
        self._request = b"GET " + path.encode() + b" HTTP/1.1\r\n" + _HEAD
        self._transport: asyncio.Transport | None = None
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Ask again; an answer is small and comes whole."""
        if data.startswith(b"HTTP/1.1 200") and self._transport is not None:
            self.answers += 1
            self._transport.write(self._request)

    def leave(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()


async def gather_waiters(port: int, paths: list[str], seconds: float) -> list[Waiter]:
    """Open a waiting connection for each path, spread over ``seconds`` as people are."""
    loop = asyncio.get_running_loop()
    waiters: list[Waiter] = []

    async def connect(path: str) -> None:
        _, waiter = await loop.create_connection(lambda: Waiter(path), "127.0.0.1", port)
        waiters.append(waiter)

    for start in range(0, len(paths), _AT_ONCE):
        await asyncio.gather(*(connect(path) for path in paths[start : start + _AT_ONCE]))
        await asyncio.sleep(seconds * _AT_ONCE / len(paths))
    return waiters
