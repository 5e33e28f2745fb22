"""Keeps to a messenger's rates: so many calls a second in all, and so many into one chat. Callers wait their turn.

One bot has one pace, and two kinds of callers: who talks in a conversation goes before what sites have sent.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from core.ports.messengers import ChatBusy, TooMany, TryLater

_LONGEST_WAIT: Final = 10.0
"""Who would have to wait longer is told to come back, so that no endless line forms in memory."""
_CHATS_REMEMBERED: Final = 10_000


class Pace:
    """Spaces calls evenly; ``per_second`` in all, ``chat_per_second`` into each chat.

    Who comes too late for a turn may catch up on ``slack`` seconds, so that small delays do not add up to a lower
    rate. Conversations may borrow ``loan`` seconds of turns to come, which what sites have sent then waits for. So no
    span of time sees more calls than it has turns, and those of ``slack`` and ``loan``, and one.
    """

    def __init__(self, per_second: float, chat_per_second: float, *, slack: float = 0.0, loan: float = 0.0) -> None:
        self._all = _Line(1 / per_second, slack, loan)
        self._chat_gap = 1 / chat_per_second
        self._chats: dict[str, _Line] = {}

    async def turn(self, chat: str | None = None) -> None:
        """Wait for the turn of a conversation, in ``chat`` too if one is named.

        Raise ``TooMany`` if it is far off, ``ChatBusy`` if it is so in this chat.
        """
        line = self._chat(chat) if chat is not None else None
        _refuse_endless(self._all.wait, TooMany)
        if line is None:
            async with self._all.head():
                return
        _refuse_endless(line.wait, ChatBusy)
        async with line.head(), self._all.head():
            return

    async def turn_of_sites(self) -> None:
        """Wait, however long, for a turn that no conversation needs."""
        async with self._all.head(is_patient=True):
            return

    async def turn_in_chat(self, chat: str) -> None:
        """Wait for a turn in the chat alone, for who has one among all; raise ``ChatBusy`` if it is far off."""
        line = self._chat(chat)
        _refuse_endless(line.wait, ChatBusy)
        async with line.head():
            return

    def _chat(self, chat: str) -> "_Line":
        if chat not in self._chats:
            if len(self._chats) >= _CHATS_REMEMBERED:
                self._chats = {known: line for known, line in self._chats.items() if line.wait > 0}
            self._chats[chat] = _Line(self._chat_gap)
        return self._chats[chat]


def _refuse_endless(wait: float, kind: type[TryLater]) -> None:
    if wait > _LONGEST_WAIT:
        raise kind(wait, "too much is being sent at once")


class _Line:
    """Lets callers through one by one, ``gap`` seconds apart, the patient ones after all others.

    The gap counts from when a call really went, not from when it should have: after the loop was held up, those
    who wait must not all go at once.
    """

    def __init__(self, gap: float, slack: float = 0.0, loan: float = 0.0) -> None:
        self._gap = gap
        self._slack = slack
        self._loan = loan
        self._free_at = 0.0
        self._hasty: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()
        self._is_held = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def wait(self) -> float:
        """How many seconds a newcomer who is not patient has to wait at least."""
        left = self._free_at - self._loan - asyncio.get_running_loop().time()
        return (len(self._hasty) + self._is_held) * self._gap + max(0.0, left)

    @asynccontextmanager
    async def head(self, *, is_patient: bool = False) -> AsyncIterator[None]:
        """Stand in line, and hold its head while the block lasts."""
        await self._stand(self._patient if is_patient else self._hasty)
        try:
            yield
            now = asyncio.get_running_loop().time()
            self._free_at = max(self._free_at, now - self._slack) + self._gap
        finally:
            self._is_held = False
            self._call_next()

    async def _stand(self, line: deque[asyncio.Future[None]]) -> None:
        """Wait until we are called, and hold the head from then on."""
        called = asyncio.get_running_loop().create_future()
        line.append(called)
        self._call_next()
        try:
            await called
        except asyncio.CancelledError:
            if called.cancelled():
                with suppress(ValueError):
                    line.remove(called)
            else:
                self._is_held = False
            self._call_next()
            raise

    def _call_next(self) -> None:
        """Call who is next, or come back when they may go."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        line = _first_of(self._hasty, self._patient)
        if self._is_held or line is None:
            return
        loop = asyncio.get_running_loop()
        may_go_at = self._free_at - (self._loan if line is self._hasty else 0.0)
        if loop.time() < may_go_at:
            self._timer = loop.call_at(may_go_at, self._call_next)
            return
        self._is_held = True
        line.popleft().set_result(None)


def _first_of(*lines: deque[asyncio.Future[None]]) -> deque[asyncio.Future[None]] | None:
    """Return the first line in which a call still waits."""
    for line in lines:
        while line and line[0].done():
            line.popleft()
        if line:
            return line
    return None
