"""A gap between two messages of sites to the same chat; how many go in all is the messenger's own matter."""

import asyncio
from typing import Final

_CHATS_REMEMBERED: Final = 10_000


class Chats:
    """One lane's chats, in the event loop's time."""

    def __init__(self) -> None:
        self._free_at: dict[str, float] = {}

    def claim(self, chat: str, gap: float) -> float:
        """Take a chat for ``gap`` seconds and return 0, or return how many seconds it is still taken."""
        now = asyncio.get_running_loop().time()
        free_at = self._free_at.get(chat, 0.0)
        if free_at > now:
            return free_at - now
        if len(self._free_at) >= _CHATS_REMEMBERED:
            self._free_at = {known: until for known, until in self._free_at.items() if until > now}
        self._free_at[chat] = now + gap
        return 0.0
