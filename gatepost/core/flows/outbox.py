"""The outbox as the operator sees it: what waits, what did not arrive, and sending that once more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gatepost.core.clock import Clock
from gatepost.core.errors import NoticeNotFound
from gatepost.core.flows.replaying import replay
from gatepost.core.model.breaker import Breaker
from gatepost.core.model.ids import BotName, NoticeId
from gatepost.core.model.log import UNDELIVERED, Undelivered
from gatepost.core.model.notice import Notice, Outcome, Priority
from gatepost.core.ports import Store, Unit

_CHUNK: Final = 200
"""How many are sent once more in one transaction: few enough for nobody to notice."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one bot, and since when the oldest does."""

    bot: BotName
    priority: Priority
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Traffic:
    """How one bot is doing: how many attempts of the last minute and hour ended in which way, and its breaker.

    The breaker is as the daemon last noted it; ``None`` if it never ran.
    """

    bot: BotName
    minute: Mapping[Outcome, int]
    hour: Mapping[Outcome, int]
    breaker: Breaker | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The operator's side of the story."""

    store: Store
    clock: Clock

    async def queues(self) -> Sequence[Queue]:
        """List what waits, by bot and priority."""
        return [Queue(*each) for each in await self.store.read(lambda unit: unit.outbox.waiting())]

    async def traffic(self) -> Sequence[Traffic]:
        """Tell how each bot is doing that sent something in the last hour, or has a lane."""
        now = self.clock.now()

        def find(unit: Unit) -> Sequence[Traffic]:
            minute, hour = (_by_bot(unit, now - span) for span in (timedelta(minutes=1), timedelta(hours=1)))
            breakers = dict(unit.lanes.breakers())
            return [
                Traffic(bot, minute.get(bot, {}), hour.get(bot, {}), breakers.get(bot))
                for bot in sorted(set(hour) | set(breakers))
            ]

        return await self.store.read(find)

    async def undelivered(self, limit: int) -> Sequence[Notice]:
        """List the newest messages that may not have arrived, newest first."""
        failed, expired, unknown = UNDELIVERED
        return await self.store.read(lambda unit: unit.outbox.ended_in((failed, expired, unknown), limit))

    async def replay(self, notice_id: str) -> Notice:
        """Send a message that may not have arrived once more; raise ``NoticeNotFound`` or ``NoticeNotReplayable``."""
        now = self.clock.now()

        def send(unit: Unit) -> Notice:
            before = unit.outbox.by_id(NoticeId(notice_id))
            if before is None:
                raise NoticeNotFound
            return replay(unit, before, now)

        return await self.store.write(send)

    async def count(self, wanted: Undelivered) -> int:
        """Count what ``replay_all`` would send."""
        now = self.clock.now()
        return await self.store.read(lambda unit: unit.delivery_log.count_undelivered(wanted, now))

    async def replay_all(self, wanted: Undelivered, progress: Callable[[int], None] = lambda _count: None) -> int:
        """Send all of it once more, each once, in chunks; tell ``progress`` after each, and return how many."""
        count = 0
        last: NoticeId | None = None
        while chunk := await self.store.write(partial(self._replay_chunk, wanted=wanted, after=last)):
            count, last = count + len(chunk), chunk[-1]
            progress(count)
        return count

    def _replay_chunk(self, unit: Unit, wanted: Undelivered, after: NoticeId | None) -> Sequence[NoticeId]:
        now = self.clock.now()
        found = unit.delivery_log.undelivered(wanted, after, _CHUNK)
        return [replay(unit, notice, now).notice_id for notice in found]


def _by_bot(unit: Unit, since: datetime) -> dict[BotName, dict[Outcome, int]]:
    counted: dict[BotName, dict[Outcome, int]] = {}
    for bot, outcome, count in unit.lanes.ended(since):
        counted.setdefault(bot, {})[outcome] = count
    return counted
