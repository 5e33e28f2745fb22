"""The outbox as the operator sees it: what waits, what did not arrive, and sending that once more."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.clock import Clock
from core.model.ids import BotName, MessageId
from core.model.sending.breaker import Breaker
from core.model.sending.errors import MessageNotFound
from core.model.sending.outbox_message import UNDELIVERED, MessageState, OutboxMessage, Outcome, Priority, Undelivered
from core.ports.store import Store, Unit
from core.sending.log import replay

_FAILURES: Final = (Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.UNSURE)
"""What was lost with its process, or came too late, is sent again: that attempt tells of the message."""
_CHUNK: Final = 25
"""How many are sent once more in one transaction: few enough not to be noticed, since all others wait meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotReport:
    """How one bot is doing.

    ``waiting`` counts messages by priority, ``oldest`` is when the first of them was accepted. Sent and failed are
    attempts; one that is tried again later is neither. The ``breaker`` is as the daemon last noted it, and ``pause``
    is until when nothing is sent, ``None`` if something may be.
    """

    bot: BotName
    waiting: Mapping[Priority, int]
    oldest: datetime | None
    sent_last_minute: int
    sent_last_hour: int
    failed_last_hour: int
    breaker: Breaker
    pause: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOperations:
    """The operator's side of the story."""

    store: Store
    clock: Clock

    async def bots(self) -> Sequence[BotReport]:
        """Tell how each bot is doing for which something waits or was sent in the last hour, or that has a lane."""
        now = self.clock.now()
        return await self.store.read(lambda unit: _reports(unit, now))

    async def undelivered(self, limit: int) -> Sequence[OutboxMessage]:
        """List the newest messages that may not have arrived, newest first."""
        return await self.store.read(lambda unit: unit.outbox.ended_in(UNDELIVERED, limit))

    async def replay(self, message_id: str) -> OutboxMessage:
        """Send a message that may not have arrived once more; raise ``MessageNotFound`` or ``NoticeNotReplayable``."""
        now = self.clock.now()

        def send(unit: Unit) -> OutboxMessage:
            before = unit.outbox.by_id(MessageId(message_id))
            if before is None:
                raise MessageNotFound
            return replay(unit, before, now)

        return await self.store.write(send)

    def since(self, span: timedelta, bot: BotName | None = None, state: MessageState | None = None) -> Undelivered:
        """Say which messages are meant: those accepted within the last ``span``."""
        return Undelivered(since=self.clock.now() - span, bot=bot, state=state)

    async def count(self, wanted: Undelivered) -> int:
        """Count what ``replay_all`` would send."""
        now = self.clock.now()
        return await self.store.read(lambda unit: unit.delivery_log.count_undelivered(wanted, now))

    async def replay_all(self, wanted: Undelivered, progress: Callable[[int], None] = lambda _count: None) -> int:
        """Send all of it once more, each once, in chunks; tell ``progress`` after each, and return how many."""
        count = 0
        last: OutboxMessage | None = None
        while found := await self.store.read(partial(_undelivered, wanted=wanted, after=last)):
            count, last = count + await self.store.write(partial(self._replay, found=found)), found[-1]
            progress(count)
        return count

    def _replay(self, unit: Unit, found: Sequence[OutboxMessage]) -> int:
        """Send once more what was not sent again since it was looked up; return how many."""
        now = self.clock.now()
        same = [message for message in found if unit.outbox.by_id(message.message_id) == message]
        for message in same:
            replay(unit, message, now)
        return len(same)


def _undelivered(unit: Unit, wanted: Undelivered, after: OutboxMessage | None) -> Sequence[OutboxMessage]:
    return unit.delivery_log.undelivered(wanted, after, _CHUNK)


def _reports(unit: Unit, now: datetime) -> Sequence[BotReport]:
    minute, hour = (Counter(_by_bot(unit, now - span)) for span in (timedelta(minutes=1), timedelta(hours=1)))
    breakers = dict(unit.lanes.breakers())
    waiting: dict[BotName, dict[Priority, int]] = {}
    oldest: dict[BotName, datetime] = {}
    for bot, priority, count, since in unit.outbox.waiting():
        waiting.setdefault(bot, {})[priority] = count
        oldest[bot] = min(since, oldest.get(bot, since))
    return [
        BotReport(
            bot=bot,
            waiting=waiting.get(bot, {}),
            oldest=oldest.get(bot),
            sent_last_minute=minute[bot, Outcome.SENT],
            sent_last_hour=hour[bot, Outcome.SENT],
            failed_last_hour=sum(hour[bot, outcome] for outcome in _FAILURES),
            breaker=breakers.get(bot, Breaker()),
            pause=_pause(breakers.get(bot, Breaker()), now),
        )
        for bot in sorted({*waiting, *breakers, *(bot for bot, _ in hour)})
    ]


def _by_bot(unit: Unit, since: datetime) -> dict[tuple[BotName, Outcome], int]:
    return {(bot, outcome): count for bot, outcome, count in unit.lanes.ended(since)}


def _pause(breaker: Breaker, now: datetime) -> datetime | None:
    return breaker.until if breaker.until is not None and now < breaker.until else None
