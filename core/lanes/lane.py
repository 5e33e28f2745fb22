"""One bot's lane: what apps write by it goes out one after the other, at its messenger's pace.

The most urgent goes first, and of what is equally urgent each app has one in turn. While the bot's breaker is open all
of it waits, and none of it goes by another messenger: an outage is no refusal.

A message is taken up under a lease and settled in a second transaction, so no transaction waits for a
messenger. A process that dies in between settles nothing: when the lease is over the message is sent again, and marked.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from core.errors import Busy
from core.lanes.attempts import AttemptResult, Attempts
from core.lanes.chat_slots import FARTHEST
from core.lanes.circuit_breaker import CircuitBreaker
from core.lanes.clock_watch import ClockWatch, SetBack
from core.lanes.leases import Dependencies, LeasedMessage, Leases
from core.lanes.settling import settle, settle_barely
from core.model.ids import BotName
from core.model.sending.breaker import Breaker, BreakerState
from core.model.sending.outbox_message import OutboxMessage, Outcome, Priority
from core.ports.messengers import Messenger
from core.ports.store import Unit
from core.sending.outbox import OUTBOX

logger = logging.getLogger(__name__)

_TAKEN_SECONDS: Final = 8 / 30
"""So much is taken up at once and no more, so that what is more urgent does not stand behind many."""
_MOST_TAKEN: Final = 32
_AT_ONCE: Final = 64
_SETTLED_SECONDS: Final = 0.005
"""So long what was sent may wait to be settled together: a site waits for its end."""
_MANY_SETTLED_SECONDS: Final = 0.2
"""And what was sent to many: no site waits, and a commit each would be most of a broadcast's work."""
_POLL_SECONDS: Final = 1.0
_LAST_ANSWERS_SECONDS: Final = 10.0
"""So long a stop waits for answers; with what else it does, that is less than what systemd grants (20 s)."""
_BUSY_SECONDS: Final = 0.5
_AHEAD: Final = timedelta(seconds=FARTHEST + 10)
"""What was due so soon when the clock was set back was due by the old clock: a chat's slot, or a moment's rest."""

T = TypeVar("T")


class Lane:
    """The messages of one bot. Whatever its messenger asks us to wait, the lane waits, and no other lane does."""

    def __init__(self, bot: BotName, dependencies: Dependencies) -> None:
        self._bot = bot
        self._dependencies = dependencies
        self._breaker = CircuitBreaker(bot, dependencies.clock, dependencies.outbox.entropy)
        self._noted: Breaker | None = Breaker()
        self._watch = ClockWatch(dependencies.clock)
        self._leases = Leases(bot, dependencies)
        self._attempts = Attempts(bot, dependencies, self._breaker, self._leases.chats)
        self._sending: set[asyncio.Task[None]] = set()
        self._has_room = asyncio.Event()
        self._has_due = False
        self.outcomes: Counter[Outcome] = Counter()
        """How many attempts have ended in which way since the start."""

    @property
    def bot(self) -> BotName:
        """Whose lane it is."""
        return self._bot

    @property
    def breaker(self) -> Breaker:
        """How the bot's breaker stands."""
        return self._breaker.breaker

    @property
    def is_held_up(self) -> bool:
        """Whether messages wait, or would wait, for the breaker; with nothing left to try, it stays open for ever."""
        breaker = self._breaker.breaker
        rests = breaker.until is not None and self._dependencies.clock.now() < breaker.until
        is_tried = breaker.state is BreakerState.PROBING or self._has_due
        return breaker.state is not BreakerState.CLOSED and (rests or is_tried)

    async def run(self) -> None:
        """Send what is due until cancelled; then let what is on its way be answered, and settle it.

        Whatever is held when we begin was held by a process that is gone: a bot has one lane.
        """
        try:
            await self._write_patiently(self._begin)
            while True:
                with self._dependencies.store.bells.attend(OUTBOX) as bell:
                    began = asyncio.get_running_loop().time()
                    is_more = await self._turn()
                    await bell.wait(0 if is_more else self._rest(began))
        finally:
            await self._finish()

    async def _finish(self) -> None:
        """Wait for the answers to what was sent: the next process would send it again."""
        try:
            if self._sending:
                await asyncio.wait(self._sending, timeout=_LAST_ANSWERS_SECONDS)
        finally:
            for task in self._sending:
                task.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)

    def _rest(self, began: float) -> float:
        """Return how long to wait after a turn that began then and saw all that was due: to a chat's next slot."""
        slot = self._leases.chats.next_slot(began)
        rest = _POLL_SECONDS if slot is None else slot - asyncio.get_running_loop().time()
        return min(max(rest, 0.0), _POLL_SECONDS)

    async def _turn(self) -> bool:
        """Send a few; return whether there may be more to send at once."""
        messenger = self._dependencies.messengers.messenger(self._bot)
        await self._make_room()
        try:
            await self._heed_clock(self._watch.look())
            self._has_due = await self._dependencies.store.read(self._leases.is_due)
            if not self._has_due:
                return False
            if await self._dependencies.store.read(self._leases.has_tests):
                for each in (await self._leases.take_tests()).taken:
                    self._start(None, each)
            was_open = self._breaker.breaker.state is BreakerState.OPEN
            room = 0 if messenger is None else self._room(messenger)
            if messenger is None or room <= 0:
                return False
            batch = await self._leases.take(messenger, room)
        except Busy:
            logger.warning("the store is busy; looking for messages again in a moment", extra={"bot": self._bot})
            return False
        for each in batch.taken:
            if each.message.is_test:
                self._start(None, each)
        real = [each for each in batch.taken if not each.message.is_test]
        if real:
            await self._send_all(messenger, real, is_probe=was_open and self._breaker.probe())
        return batch.is_more

    async def _make_room(self) -> None:
        """Wait while so many are being sent that few more could be taken up together."""
        while len(self._sending) > _AT_ONCE - _MOST_TAKEN:
            self._has_room.clear()
            await self._has_room.wait()

    async def _send_all(self, messenger: Messenger, taken: Sequence[LeasedMessage], *, is_probe: bool) -> None:
        """Send each at its turn; what is left when the breaker opens, or we stop, goes back as if it was not taken up.

        It may have opened since we asked it for room. Only a probe goes although it is not open to all.
        """
        for number, each in enumerate(taken):
            try:
                await messenger.turn()
            except asyncio.CancelledError:
                await self._put_back(taken[number:])
                raise
            if not is_probe and self._breaker.room() is not None:
                await self._put_back(taken[number:])
                return
            self._start(messenger, each)

    def _start(self, messenger: Messenger | None, leased: LeasedMessage) -> None:
        """Begin to send one message; a test goes to no messenger."""
        task = asyncio.create_task(self._send(messenger, leased))
        self._sending.add(task)
        task.add_done_callback(self._leave)

    def _leave(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if len(self._sending) <= _AT_ONCE - _MOST_TAKEN:
            self._has_room.set()

    async def _put_back(self, taken: Sequence[LeasedMessage]) -> None:
        def put_back(unit: Unit) -> None:
            for each in taken:
                unit.lanes.take_back(each.message)

        await self._write_patiently(put_back)
        self._leases.held.difference_update(each.message.message_id for each in taken)

    def _begin(self, unit: Unit) -> None:
        unit.outbox.release(self._bot)
        unit.lanes.put_breaker(self._bot, Breaker(), self._dependencies.clock.now())

    def _room(self, messenger: Messenger) -> int:
        """Return how many may be taken up now."""
        batch = max(1, min(_MOST_TAKEN, int(messenger.capabilities.sends_per_second * _TAKEN_SECONDS)))
        allowed = self._breaker.room()
        return min(batch, _AT_ONCE - len(self._sending), batch if allowed is None else allowed)

    async def _heed_clock(self, back: SetBack | None) -> None:
        """Bring forward what a clock that was set back would hold up."""
        if back is None:
            return
        until = max(back.was + _AHEAD, self._breaker.breaker.until or back.was)
        logger.warning("the clock was set back", extra={"bot": self._bot, "seconds": round(back.by.total_seconds())})
        await self._write_patiently(lambda unit: unit.lanes.set_back(self._bot, back.now, until, back.by))
        self._breaker.set_back(back.by)

    async def _send(self, messenger: Messenger | None, leased: LeasedMessage) -> None:
        """Send one message and settle it; being cancelled breaks off the sending, never the settling."""
        result = await self._attempts.make(messenger, leased)
        settling = asyncio.create_task(self._settle(leased, result))
        try:
            await asyncio.shield(settling)
        finally:
            await settling

    async def _settle(self, leased: LeasedMessage, result: AttemptResult) -> None:
        """Keep how an attempt ended, and write it into the log."""
        try:
            after = await self._keep(leased, result)
        except Exception:
            # All that is left is to send it again when its lease is over.
            logger.exception("a message could not be settled", extra={"bot": self._bot, **_ids(leased.message)})
            return
        finally:
            self._leases.held.discard(leased.message.message_id)
        self.outcomes[result.outcome] += 1
        level = logging.DEBUG if result.outcome is Outcome.SENT else logging.INFO
        fields = {**_ids(after), "bot": self._bot, "attempt": after.attempts, "why": result.why}
        logger.log(level, "message: %s", result.outcome.value, extra=fields)

    async def _keep(self, leased: LeasedMessage, result: AttemptResult) -> OutboxMessage:
        """Keep how an attempt ended, however long the store is busy: unsettled, the message would be sent again.

        Where a bug forbids to keep all that follows from it, what happened is kept.
        """
        is_to_many = leased.message.priority is Priority.BROADCAST
        within = _MANY_SETTLED_SECONDS if is_to_many else _SETTLED_SECONDS
        breaker = self._breaker.breaker
        is_noted, self._noted = self._noted == breaker, breaker

        def settle_all(unit: Unit) -> OutboxMessage:
            now = self._dependencies.clock.now()
            if not is_noted:
                unit.lanes.put_breaker(self._bot, breaker, now)
            return settle(unit, self._dependencies.settlement, leased, result, now)

        try:
            return await self._write_patiently(settle_all, within)
        except Exception:
            logger.exception("a bug in settling messages", extra={"bot": self._bot, **_ids(leased.message)})
            self._noted = None
            return await self._write_patiently(lambda unit: settle_barely(unit, leased, result), within)

    async def _write_patiently(self, work: Callable[[Unit], T], within: float = 0.0) -> T:
        """Write, however long the store is busy."""
        while True:
            try:
                return await self._dependencies.store.write(work, within)
            except Busy:
                await asyncio.sleep(_BUSY_SECONDS)


def _ids(message: OutboxMessage) -> dict[str, str]:
    """Return what a line of the log says about a message."""
    return {"message_id": message.message_id, "app_id": message.app_id}


class Lanes:
    """The worker; ``lanes`` tell how they are doing."""

    def __init__(self, dependencies: Dependencies) -> None:
        self.lanes = tuple(Lane(bot, dependencies) for bot in dependencies.messengers.names())

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as running:
            for lane in self.lanes:
                running.create_task(lane.run(), name=f"lane {lane.bot}")
            await asyncio.Event().wait()
