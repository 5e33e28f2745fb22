"""WhatsApp's rates: 80 messages a second for a number in both directions, one in six seconds to a person after a burst.

Off until switched on.
"""

from dataclasses import dataclass

from emulator.whatsapp.errors import PAIR_RATE, THROUGHPUT, GraphError
from emulator.whatsapp.model import Chat, Number


@dataclass(slots=True)
class Limits:
    """How much may be sent; `pair_burst` messages to one person may borrow from the time to come."""

    is_on: bool = False
    per_second: float = 80.0
    pair_seconds: float = 6.0
    pair_burst: int = 45

    def count(self, number: Number, chat: Chat, now: float) -> None:
        """Count one message of the business at the time `now`, or refuse it."""
        if not self.is_on:
            return
        self._refill(number, now)
        if (number.allowance or 0.0) < 1.0:
            raise GraphError(THROUGHPUT, "Cloud API message throughput has been reached.")
        _refill(chat, 1.0 / self.pair_seconds, float(self.pair_burst), now)
        if (chat.allowance or 0.0) < 1.0:
            raise GraphError(
                PAIR_RATE,
                "Message failed to send because there were too many messages sent from this phone number to the same "
                "phone number in a short period of time.",
            )
        for taken in (chat, number):
            taken.allowance = (taken.allowance or 0.0) - 1.0

    def count_received(self, number: Number, now: float) -> None:
        """Count one message of a person, which is never refused."""
        if self.is_on:
            self._refill(number, now)
            number.allowance = max(0.0, (number.allowance or 0.0) - 1.0)

    def _refill(self, number: Number, now: float) -> None:
        _refill(number, self.per_second, self.per_second, now)


def _refill(counted: Number | Chat, rate: float, burst: float, now: float) -> None:
    if counted.allowance is None:
        counted.allowance = burst
    else:
        counted.allowance = min(burst, counted.allowance + (now - counted.counted_at) * rate)
    counted.counted_at = now
