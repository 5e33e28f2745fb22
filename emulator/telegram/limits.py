"""Telegram's rates of sending: about 30 messages a second for a bot, 1 a second for a chat with short bursts.

Off until switched on. The true limits are unpublished; these follow what Telegram tells developers to expect.
"""

from dataclasses import dataclass

from emulator.telegram.errors import too_many_requests
from emulator.telegram.model import Bot, Chat


@dataclass(slots=True)
class Limits:
    """How many messages a bot may send; `chat_burst` is how many a chat takes at once before its rate counts."""

    is_on: bool = False
    per_second: float = 30.0
    chat_per_second: float = 1.0
    chat_burst: int = 5

    def count(self, bot: Bot, chat: Chat, now: float) -> None:
        """Count one message at the time `now`, or refuse it with the seconds to wait."""
        if not self.is_on:
            return
        for counted, rate, burst in (
            (chat, self.chat_per_second, float(self.chat_burst)),
            (bot, self.per_second, self.per_second),
        ):
            _refill(counted, rate, burst, now)
            if counted.allowance is not None and counted.allowance < 1.0:
                raise too_many_requests((1.0 - counted.allowance) / rate)
        for taken in (chat, bot):
            taken.allowance = (taken.allowance or 0.0) - 1.0


def _refill(counted: Bot | Chat, rate: float, burst: float, now: float) -> None:
    if counted.allowance is None:
        counted.allowance = burst
    else:
        counted.allowance = min(burst, counted.allowance + (now - counted.counted_at) * rate)
    counted.counted_at = now
