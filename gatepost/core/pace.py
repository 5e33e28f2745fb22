"""A lane's pace: so many messages a second in all, and a gap between two to the same chat."""

import asyncio
from typing import Final

_SLACK: Final = 0.1
"""Seconds that a late start may catch up on, so that small delays do not add up to a lower rate."""
_CHATS_REMEMBERED: Final = 10_000


class Pace:
    """One lane's pace, in the event loop's time."""

    def __init__(self) -> None:
        self._next = 0.0
        self._chats: dict[str, float] = {}

    async def turn(self, gap: float) -> None:
        """Wait until ``gap`` seconds have passed since the turn before."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now - _SLACK)
        wait = self._next - now
        self._next += gap
        if wait > 0:
            await asyncio.sleep(wait)

    def claim(self, chat: str, gap: float) -> float:
        """Take a chat for ``gap`` seconds and return 0, or return how many seconds it is still taken."""
        now = asyncio.get_running_loop().time()
        free_at = self._chats.get(chat, 0.0)
        if free_at > now:
            return free_at - now
        if len(self._chats) >= _CHATS_REMEMBERED:
            self._chats = {known: until for known, until in self._chats.items() if until > now}
        self._chats[chat] = now + gap
        return 0.0
