"""A line before each chat, and a gap between two messages of sites to it; how many go in all is the messenger's matter.

Who finds the chat taken is told its own slot, one gap behind who stands before it, so that each is put off once and not
again and again. Who is more urgent, or older, stands before the others whenever it comes; then their slots are too
early, and they are told new ones. Nothing here is kept: a line that was forgotten forms anew from those who come.
"""

import asyncio
import heapq
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from core.model.ids import MessageId
from core.model.sending.outbox_message import OutboxMessage, Priority

FARTHEST: Final = 60.0
"""No message is told to come later than in so many seconds, whatever stands before it: that may be called off."""
_CHATS_REMEMBERED: Final = 10_000
_WAITING_REMEMBERED: Final = 10_000
_SLOTS_REMEMBERED: Final = 10_000
_MISSED: Final = 5.0
"""Who is so many seconds late for their slot does not keep those behind them waiting any longer."""
_ROUNDED: Final = 0.002
"""Slots are kept in whole milliseconds, and timers come a little early."""

Place = tuple[Priority, datetime, MessageId]


@dataclass(slots=True)
class _Line:
    """One chat's; ``waiting`` is in the order in which they go, ``slots`` is when each is to come."""

    free_at: float = 0.0
    waiting: list[Place] = field(default_factory=list)
    slots: dict[Place, float] = field(default_factory=dict)

    def leave(self, place: Place) -> None:
        """Forget a message, if it stands in the line."""
        if self.slots.pop(place, None) is not None:
            del self.waiting[bisect_left(self.waiting, place)]

    def stand(self, place: Place, slot: float) -> None:
        """Let a message stand where it belongs, until its slot."""
        if place not in self.slots:
            self.waiting.insert(bisect_left(self.waiting, place), place)
        self.slots[place] = slot

    def leave_late(self, late: float) -> None:
        """Forget who should have come before ``late``."""
        self.slots = {place: slot for place, slot in self.slots.items() if slot >= late}
        self.waiting = [place for place in self.waiting if place in self.slots]


class ChatSlots:
    """One lane's chats, in the event loop's time."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._slots: list[float] = []
        self._swept_at = -_MISSED
        self._most_waiting = 0
        """Those who wait, and those who have gone since this was last counted."""

    def claims(self) -> "Claims":
        """Return claims that are worked out aside, and change nothing here until they are kept."""
        return Claims(self)

    def copy_of(self, chat: str) -> _Line:
        """Return a copy of a chat's line, for ``Claims`` alone."""
        line = self._lines.get(chat)
        return _Line() if line is None else _Line(line.free_at, [*line.waiting], {**line.slots})

    def take(self, chat: str, place: Place, until: float) -> None:
        """Let a message have the chat until then, for ``Claims`` alone."""
        line = self._line(chat, asyncio.get_running_loop().time())
        line.leave(place)
        line.free_at = max(line.free_at, until)

    def stand(self, chat: str, place: Place, slot: float) -> None:
        """Let a message stand in the chat's line until its slot, for ``Claims`` alone."""
        now = asyncio.get_running_loop().time()
        self._stand(self._line(chat, now), place, slot, now)

    def leave_late(self, chat: str, late: float) -> None:
        """Forget who should have come to the chat before ``late``, for ``Claims`` alone."""
        self._line(chat, asyncio.get_running_loop().time()).leave_late(late)

    def hold(self, chat: str, seconds: float, message: OutboxMessage) -> None:
        """Take a chat for so long, as its messenger says that too much goes there; the message comes back then."""
        now = asyncio.get_running_loop().time()
        line = self._line(chat, now)
        line.free_at = max(line.free_at, now + seconds)
        self._stand(line, _place(message), line.free_at, now)

    def next_slot(self, after: float) -> float | None:
        """Return when the next one should come, of those who were told to come after ``after``; forget the others."""
        while self._slots and self._slots[0] <= after:
            heapq.heappop(self._slots)
        return self._slots[0] if self._slots else None

    def _line(self, chat: str, now: float) -> _Line:
        if chat not in self._lines:
            if len(self._lines) >= _CHATS_REMEMBERED:
                self._sweep(now)
            self._lines[chat] = _Line()
        return self._lines[chat]

    def _stand(self, line: _Line, place: Place, slot: float, now: float) -> None:
        """Remember who waits, if that is not too many altogether: the others come at their slots, in whatever order."""
        self._remember(slot)
        if place not in line.slots:
            if self._most_waiting >= _WAITING_REMEMBERED:
                self._sweep(now)
            if self._most_waiting >= _WAITING_REMEMBERED:
                return
            self._most_waiting += 1
        line.stand(place, slot)

    def _remember(self, slot: float) -> None:
        if len(self._slots) < _SLOTS_REMEMBERED:
            heapq.heappush(self._slots, slot + _ROUNDED)

    def _sweep(self, now: float) -> None:
        """Forget what did not come, and the chats before which nothing waits; not more often than every few seconds."""
        if now - self._swept_at < _MISSED:
            return
        self._swept_at = now
        for line in self._lines.values():
            line.leave_late(now - _MISSED)
        self._lines = {chat: line for chat, line in self._lines.items() if line.waiting or line.free_at > now}
        self._most_waiting = sum(len(line.waiting) for line in self._lines.values())


class Claims:
    """Claims on the chats of a lane, worked out on copies of their lines, so that the unit may run again.

    ``keep`` them after the commit; those of a unit that was rolled back are let go.
    """

    def __init__(self, chats: ChatSlots) -> None:
        self._chats = chats
        self._copies: dict[str, _Line] = {}
        self._effects: list[Callable[[], None]] = []

    def claim(self, chat: str, gap: float, message: OutboxMessage) -> float:
        """Take a chat for ``gap`` seconds and return 0, or return in how many seconds the message's own turn is."""
        now = asyncio.get_running_loop().time()
        if chat not in self._copies:
            self._copies[chat] = self._chats.copy_of(chat)
        line, place = self._copies[chat], _place(message)
        if line.waiting and line.waiting[0] < place and line.slots[line.waiting[0]] < now - _MISSED:
            line.leave_late(now - _MISSED)
            self._effects.append(partial(self._chats.leave_late, chat, now - _MISSED))
        before = bisect_left(line.waiting, place)
        if before == 0 and line.free_at <= now:
            line.leave(place)
            line.free_at = now + gap
            self._effects.append(partial(self._chats.take, chat, place, now + gap))
            return 0.0
        wait = min(max(line.free_at - now, 0.0) + before * gap, FARTHEST)
        line.stand(place, now + wait)
        self._effects.append(partial(self._chats.stand, chat, place, now + wait))
        return wait

    def keep(self) -> None:
        """Let the claims count."""
        for effect in self._effects:
            effect()


def _place(message: OutboxMessage) -> Place:
    return (message.priority, message.created_at, message.message_id)
