"""The outbox as the operator sees it: what waits, what did not arrive, and sending that once more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from gatepost.core.clock import Clock
from gatepost.core.errors import NoticeNotFound, NoticeNotReplayable
from gatepost.core.flows.aiming import aim_anew
from gatepost.core.model import notice as notices
from gatepost.core.model.ids import BotName, NoticeId
from gatepost.core.model.notice import Notice, NoticeState, Priority
from gatepost.core.ports import Stale, Store, Unit

UNDELIVERED: Final = (NoticeState.FAILED, NoticeState.EXPIRED, NoticeState.UNKNOWN)
"""How a message ends that may not have arrived."""
_LIFETIME: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one bot, and since when the oldest does."""

    bot: BotName
    priority: Priority
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The operator's side of the story."""

    store: Store
    clock: Clock

    async def queues(self) -> Sequence[Queue]:
        """List what waits, by bot and priority."""
        return [Queue(*each) for each in await self.store.read(lambda unit: unit.outbox.waiting())]

    async def undelivered(self, limit: int) -> Sequence[Notice]:
        """List the newest messages that may not have arrived, newest first."""
        return await self.store.read(lambda unit: unit.outbox.ended_in(UNDELIVERED, limit))

    async def replay(self, notice_id: str) -> Notice:
        """Send a message that may not have arrived once more; raise ``NoticeNotFound`` or ``NoticeNotReplayable``.

        It starts with the first of the person's accounts again. Who replays one whose end is unknown accepts that it
        may come twice.
        """
        now = self.clock.now()

        def replay(unit: Unit) -> Notice:
            before = unit.outbox.by_id(NoticeId(notice_id))
            if before is None:
                raise NoticeNotFound
            if before.state not in UNDELIVERED or not before.content:
                raise NoticeNotReplayable
            lasting = replace(before, expires_at=max(before.expires_at, now + _LIFETIME))
            after = aim_anew(unit, notices.reopened(lasting, now), now)
            if not unit.outbox.swap(before, after):
                raise Stale
            return after

        return await self.store.write(replay)
