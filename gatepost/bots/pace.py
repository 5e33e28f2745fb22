"""Keeps to a messenger's rates: so many calls a second in all, and so many into one chat. Callers wait their turn."""

import asyncio
from typing import Final

from gatepost.core.ports import TryLater

_LONGEST_WAIT: Final = 10.0
"""Who would have to wait longer is told to come back, so that no endless line forms in memory."""
_CHATS_REMEMBERED: Final = 10_000


class Pace:
    """Spaces calls evenly; ``per_second`` in all, ``chat_per_second`` into each chat."""

    def __init__(self, per_second: float, chat_per_second: float) -> None:
        self._gap = 1 / per_second
        self._chat_gap = 1 / chat_per_second
        self._free_at = 0.0
        self._chat_free_at: dict[str, float] = {}

    async def turn(self, chat: str | None = None) -> None:
        """Wait for the caller's turn, in ``chat`` too if one is named; raise ``TryLater`` if it is too far off."""
        now = asyncio.get_running_loop().time()
        chat_at = max(now, self._chat_free_at.get(chat, now)) if chat is not None else now
        at = max(now, self._free_at)
        wait = max(chat_at, at) - now
        if wait > _LONGEST_WAIT:
            raise TryLater(wait, "too much is being sent at once")
        self._free_at = at + self._gap
        if chat is not None:
            self._remember(chat, max(chat_at, at) + self._chat_gap, now)
        if wait > 0:
            await asyncio.sleep(wait)

    def _remember(self, chat: str, free_at: float, now: float) -> None:
        if len(self._chat_free_at) >= _CHATS_REMEMBERED:
            self._chat_free_at = {known: at for known, at in self._chat_free_at.items() if at > now}
        self._chat_free_at[chat] = free_at
