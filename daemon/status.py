"""What the lanes tell to who looks at them from outside: ``/health`` and ``/metrics``."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from core.errors import Busy
from core.lanes.lane import Lane
from core.model.ids import BotName
from core.model.sending.breaker import Breaker
from core.model.sending.outbox_message import Priority
from daemon.supervise import Keepers
from daemon.wiring import Services
from http_api.metrics import LaneFigures

_LOOK_SECONDS: Final = 5.0
"""How often the store is asked what waits, however often we are asked."""

Waiting = Sequence[tuple[BotName, Priority, int, datetime]]


class Status:
    """The bots and their lanes."""

    def __init__(self, services: Services, keepers: Keepers, lanes: Sequence[Lane]) -> None:
        self._services = services
        self._keepers = keepers
        self._lanes = lanes
        self._looked_at = -_LOOK_SECONDS
        self._waiting: Waiting = ()

    def states(self) -> dict[str, dict[str, object]]:
        """Return how each bot is doing, and how its lane is."""
        now = self._services.clock.now()
        lanes = {lane.bot: _told(lane, now) for lane in self._lanes}
        return {name: {**state, "outbox": lanes.get(BotName(name))} for name, state in self._keepers.states().items()}

    async def outbox(self) -> Sequence[LaneFigures]:
        """Return what was sent since the start, and what waits."""
        waiting, now = await self._look(), self._services.clock.now()
        return [
            LaneFigures(
                bot=lane.bot,
                outcomes={outcome.value: count for outcome, count in lane.outcomes.items()},
                is_open=lane.is_held_up,
                waiting={priority.name.lower(): count for bot, priority, count, _ in waiting if bot == lane.bot},
                oldest_seconds=max(
                    (max(0.0, (now - oldest).total_seconds()) for bot, _, _, oldest in waiting if bot == lane.bot),
                    default=0.0,
                ),
            )
            for lane in self._lanes
        ]

    async def _look(self) -> Waiting:
        """Return what waits; as it was before, while the store does not answer."""
        ticks = asyncio.get_running_loop().time()
        if ticks - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = ticks
            now = self._services.clock.now()
            with suppress(Busy):
                self._waiting = await self._services.store.read(lambda unit: unit.lanes.waiting(now))
        return self._waiting


def _told(lane: Lane, now: datetime) -> dict[str, object]:
    breaker = lane.breaker if lane.is_held_up else Breaker(until=lane.breaker.until)
    until = breaker.until if breaker.until is not None and now < breaker.until else None
    return {
        "breaker": breaker.state.value,
        "until": None if until is None else until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "why": breaker.why,
    }
