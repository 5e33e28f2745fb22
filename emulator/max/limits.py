"""MAX's rates: 10 calls a second for a bot and 2 a second into one dialog, which were seen, not promised.

Off until switched on.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from emulator.max.errors import too_many_requests
from emulator.max.model import Bot, Chat

_WINDOW_SECONDS: Final = 1.0


@dataclass(slots=True)
class Limits:
    """How many calls a bot may make in any second, in all and about one dialog; refused ones do not count."""

    is_on: bool = False
    per_second: int = 10
    chat_per_second: int = 2

    def count_call(self, bot: Bot, now: float) -> None:
        """Count a call of a bot at the time `now`, or refuse it."""
        if self.is_on:
            _count(bot.called_at, self.per_second, now)

    def count_sending(self, chat: Chat, now: float) -> None:
        """Count a call that sends, edits, deletes or answers in a dialog, or refuse it."""
        if self.is_on:
            _count(chat.sent_at, self.chat_per_second, now)


def _count(moments: deque[float], per_second: int, now: float) -> None:
    while moments and moments[0] <= now - _WINDOW_SECONDS:
        moments.popleft()
    if len(moments) >= per_second:
        raise too_many_requests(per_second)
    moments.append(now)
