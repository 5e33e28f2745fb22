"""Events: what happened to people that an operator should know."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.model.people.person import PhoneEvent
from core.ports.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """The story of what happened."""

    store: Store

    async def latest(self, limit: int) -> Sequence[PhoneEvent]:
        """List the newest ``limit`` events, newest first."""
        return await self.store.read(lambda unit: unit.events.latest(limit))
