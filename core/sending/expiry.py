"""Messages that nobody sends: their bot is away, or was taken out of the settings. They end when they are stale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.bells import Bells
from core.clock import Clock
from core.model.sending import outbox_message
from core.model.sending.outbox_message import OutboxMessage
from core.ports.store import Store, Unit
from core.sending.outbox import bell_of
from core.sending.settlement import Settlement

_GRACE: Final = timedelta(minutes=5)
"""A lane that runs is faster than this, and knows better: it lets messages to many wait for the end of quiet hours."""
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """The story of such a message. ``bells`` wake those who wait for its end."""

    store: Store
    clock: Clock
    settlement: Settlement
    bells: Bells

    async def expire(self) -> None:
        """End what is stale and held by nobody."""
        is_more = True
        while is_more:
            ended = await self.store.write(self._expire_some)
            for message in ended:
                self.bells.ring(bell_of(message.message_id))
            is_more = len(ended) == _AT_ONCE

    def _expire_some(self, unit: Unit) -> Sequence[OutboxMessage]:
        now = self.clock.now()
        stale = unit.outbox.stale(now - _GRACE, now, _AT_ONCE)
        for message in stale:
            after = outbox_message.expired(message, now)
            if unit.outbox.swap(message, after):
                self.settlement.settled(unit, message, after, now)
        return stale
