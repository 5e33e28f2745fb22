"""Keeps to a messenger's rates: so many calls a second in all, and so many into one chat. Callers wait their turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from gatepost.core.ports import TryLater

_LONGEST_WAIT: Final = 10.0
"""Who would have to wait longer is told to come back, so that no endless line forms in memory."""
_CHATS_REMEMBERED: Final = 10_000


class Pace:
    """Spaces calls evenly; ``per_second`` in all, ``chat_per_second`` into each chat."""

    def __init__(self, per_second: float, chat_per_second: float) -> None:
        self._all = _Line(1 / per_second)
        self._chat_gap = 1 / chat_per_second
        self._chats: dict[str, _Line] = {}

    async def turn(self, chat: str | None = None) -> None:
        """Wait for the caller's turn, in ``chat`` too if one is named; raise ``TryLater`` if it is too far off."""
        line = self._chat(chat) if chat is not None else None
        wait = max(self._all.wait, line.wait if line else 0.0)
        if wait > _LONGEST_WAIT:
            raise TryLater(wait, "too much is being sent at once")
        if line is None:
            async with self._all.head():
                return
        async with line.head(), self._all.head():
            return

    def _chat(self, chat: str) -> "_Line":
        if chat not in self._chats:
            if len(self._chats) >= _CHATS_REMEMBERED:
                self._chats = {known: line for known, line in self._chats.items() if line.wait > 0}
            self._chats[chat] = _Line(self._chat_gap)
        return self._chats[chat]


class _Line:
    """Lets callers through one by one, ``gap`` seconds apart.

    The gap counts from when somebody really went, not from when they should have: after the loop was held up, those
    who wait must not all go at once.
    """

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._free_at = 0.0
        self._standing = 0
        self._lock = asyncio.Lock()

    @property
    def wait(self) -> float:
        """How many seconds a newcomer has to wait at least."""
        left = self._free_at - asyncio.get_running_loop().time()
        return self._standing * self._gap + max(0.0, left)

    @asynccontextmanager
    async def head(self) -> AsyncIterator[None]:
        """Stand in line, and hold its head while the block lasts."""
        self._standing += 1
        try:
            async with self._lock:
                loop = asyncio.get_running_loop()
                await asyncio.sleep(self._free_at - loop.time())
                yield
                self._free_at = loop.time() + self._gap
        finally:
            self._standing -= 1
