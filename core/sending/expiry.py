"""Messages that no lane sends: their bot is away, or was taken out of the settings. They end when they are stale."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.clock import Clock
from core.model.sending import outbox_message
from core.ports.store import Store, Unit
from core.sending.settlement import Settlement

_GRACE: Final = timedelta(minutes=5)
"""A lane that runs is faster than this, and knows better: it lets messages to many wait for the end of quiet hours."""
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """The story of such a message."""

    store: Store
    clock: Clock
    settlement: Settlement

    async def expire(self) -> None:
        """End what is stale and held by no lane."""
        is_more = True
        while is_more:
            is_more = await self.store.write(self._expire_some) == _AT_ONCE

    def _expire_some(self, unit: Unit) -> int:
        now = self.clock.now()
        stale = unit.outbox.stale(now - _GRACE, now, _AT_ONCE)
        for message in stale:
            after = outbox_message.expired(message, now)
            if unit.outbox.swap(message, after):
                self.settlement.settled(unit, message, after, now)
        return len(stale)
