"""One bot's lane: what apps write by it goes out one after the other, at its messenger's pace.

The most urgent goes first, and of what is equally urgent each app has one in turn. While the bot's breaker is open all
of it waits, and none of it goes by another messenger: an outage is no refusal.

A message is taken up under a lease and settled in a second transaction, so nobody waits for a messenger while holding
the database. Whoever dies in between has not settled: when the lease is over the message is sent again, and marked.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from core.errors import Busy
from core.lanes.chat_slots import FARTHEST
from core.lanes.circuit_breaker import CircuitBreaker
from core.lanes.clock_watch import ClockWatch, SetBack
from core.lanes.leases import Batch, Dependencies, LeasedMessage, Leases
from core.lanes.outcome import AttemptResult, judged, plainly
from core.model.ids import BotName
from core.model.messages.content import read_content
from core.model.sending import outbox_message
from core.model.sending.breaker import Breaker, BreakerState, pause
from core.model.sending.outbox_message import OutboxMessage, Outcome, Priority
from core.people.accounts import language_of
from core.ports.messengers import ChatBusy, Messenger, Refused, Revoked, TryLater, Unreachable, Unsure
from core.ports.store import Unit
from core.sending.outbox import OUTBOX, bell_of, content_context
from core.sending.routing import after_receipt

logger = logging.getLogger(__name__)

_TAKEN_SECONDS: Final = 8 / 30
"""So much is taken up at once and no more, so that whoever is more urgent does not stand behind many."""
_MOST_TAKEN: Final = 32
_AT_ONCE: Final = 64
_SETTLED_SECONDS: Final = 0.005
"""So long what was sent may wait to be settled together: somebody waits for its end."""
_MANY_SETTLED_SECONDS: Final = 0.2
"""And what was sent to many: nobody waits, and a commit each would be most of a broadcast's work."""
_POLL_SECONDS: Final = 1.0
_LAST_ANSWERS_SECONDS: Final = 10.0
"""So long a stop waits for answers; with what else it does, that is less than what systemd grants (20 s)."""
_BUG_PAUSE: Final = timedelta(seconds=1)
_BUSY_SECONDS: Final = 0.5
_AHEAD: Final = timedelta(seconds=FARTHEST + 10)
"""What was due so soon when the clock was set back was due by the old clock: a chat's slot, or a moment's rest."""

T = TypeVar("T")


class Lane:
    """The messages of one bot. Whatever its messenger asks us to wait, the lane waits, and nobody else's does."""

    def __init__(self, bot: BotName, ground: Dependencies) -> None:
        self._bot = bot
        self._ground = ground
        self._gate = CircuitBreaker(bot, ground.clock, ground.outbox.entropy)
        self._told = Breaker()
        self._watch = ClockWatch(ground.clock)
        self._taking = Leases(bot, ground)
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
        return self._gate.breaker

    @property
    def is_held_up(self) -> bool:
        """Whether messages wait, or would wait, for the breaker; with nothing left to try, it stays open for ever."""
        breaker = self._gate.breaker
        rests = breaker.until is not None and self._ground.clock.now() < breaker.until
        is_tried = breaker.state is BreakerState.PROBING or self._has_due
        return breaker.state is not BreakerState.CLOSED and (rests or is_tried)

    async def run(self) -> None:
        """Send what is due until cancelled; then let what is on its way be answered, and settle it.

        Whatever is held when we begin was held by a process that is gone: a bot has one lane.
        """
        try:
            await self._write_patiently(self._begin)
            while True:
                with self._ground.outbox.lanes.hold(OUTBOX) as bell:
                    began = asyncio.get_running_loop().time()
                    is_more = await self._turn()
                    await bell.wait(0 if is_more else self._rest(began))
        finally:
            await self._finish()

    async def _finish(self) -> None:
        """Wait for the answers to what was sent: whoever starts next would send it again."""
        try:
            if self._sending:
                await asyncio.wait(self._sending, timeout=_LAST_ANSWERS_SECONDS)
        finally:
            for task in self._sending:
                task.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)

    def _rest(self, began: float) -> float:
        """Return how long to wait after a turn that began then and saw all that was due: to a chat's next slot."""
        slot = self._taking.chats.next_slot(began)
        rest = _POLL_SECONDS if slot is None else slot - asyncio.get_running_loop().time()
        return min(max(rest, 0.0), _POLL_SECONDS)

    async def _turn(self) -> bool:
        """Send a few; return whether there may be more to send at once."""
        messenger = self._ground.messengers.messenger(self._bot)
        await self._make_room()
        try:
            await self._heed_clock(self._watch.look())
            self._has_due = await self._ground.store.read(self._taking.is_due)
            if not self._has_due:
                return False
            if await self._ground.store.read(self._taking.has_tests):
                for each in self._hold(await self._ground.store.write(self._taking.take_tests)):
                    self._start(None, each)
            was_open = self._gate.breaker.state is BreakerState.OPEN
            room = 0 if messenger is None else self._room(messenger)
            if messenger is None or room <= 0:
                return False
            batch = await self._ground.store.write(lambda unit: self._taking.take(unit, messenger, room))
        except Busy:
            logger.warning("the store is busy; looking for messages again in a moment", extra={"bot": self._bot})
            return False
        taken = self._hold(batch)
        for each in taken:
            if each.message.is_test:
                self._start(None, each)
        real = [each for each in taken if not each.message.is_test]
        if real:
            await self._send_all(messenger, real, is_probe=was_open and self._gate.probe())
        return batch.is_more

    def _hold(self, batch: Batch) -> Sequence[LeasedMessage]:
        """Note what we hold from now on, and tell who waits for what has come to its end."""
        for message_id in batch.over:
            self._ground.bells.ring(bell_of(message_id))
        self._taking.held.update(each.message.message_id for each in batch.taken)
        return batch.taken

    async def _make_room(self) -> None:
        """Wait while so many are being sent that few more could be taken up together."""
        while len(self._sending) > _AT_ONCE - _MOST_TAKEN:
            self._has_room.clear()
            await self._has_room.wait()

    async def _send_all(self, messenger: Messenger, taken: Sequence[LeasedMessage], *, is_probe: bool) -> None:
        """Send each at its turn; what is left when the gate shuts, or we stop, goes back as if it was not taken up.

        The gate may have shut since we asked it for room. Only a probe goes although it is not open to all.
        """
        for number, each in enumerate(taken):
            try:
                await messenger.turn()
            except asyncio.CancelledError:
                await self._put_back(taken[number:])
                raise
            if not is_probe and self._gate.room() is not None:
                await self._put_back(taken[number:])
                return
            self._start(messenger, each)

    def _start(self, messenger: Messenger | None, taken: LeasedMessage) -> None:
        """Begin to send one message; a test goes to no messenger."""
        task = asyncio.create_task(self._send(messenger, taken))
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
        self._taking.held.difference_update(each.message.message_id for each in taken)

    def _begin(self, unit: Unit) -> None:
        unit.outbox.release(self._bot)
        unit.lanes.put_breaker(self._bot, self._told, self._ground.clock.now())

    def _room(self, messenger: Messenger) -> int:
        """Return how many may be taken up now."""
        batch = max(1, min(_MOST_TAKEN, int(messenger.capabilities.sends_per_second * _TAKEN_SECONDS)))
        allowed = self._gate.room()
        return min(batch, _AT_ONCE - len(self._sending), batch if allowed is None else allowed)

    async def _heed_clock(self, back: SetBack | None) -> None:
        """Bring forward what a clock that was set back would hold up."""
        if back is None:
            return
        until = max(back.was + _AHEAD, self._gate.breaker.until or back.was)
        logger.warning("the clock was set back", extra={"bot": self._bot, "seconds": round(back.by.total_seconds())})
        await self._write_patiently(lambda unit: unit.lanes.set_back(self._bot, back.now, until, back.by))
        self._gate.set_back(back.by)

    async def _send(self, messenger: Messenger | None, taken: LeasedMessage) -> None:
        """Send one message and settle it; being cancelled breaks off the sending, never the settling."""
        verdict = await self._attempt(messenger, taken)
        settling = asyncio.create_task(self._settle(taken, verdict))
        try:
            await asyncio.shield(settling)
        finally:
            await settling

    async def _attempt(self, messenger: Messenger | None, taken: LeasedMessage) -> AttemptResult:
        """Make the call, and say how it ended and what is to become of the message."""
        message, ground = taken.message, self._ground
        began_at = ground.clock.now()
        try:
            content = read_content(ground.outbox.seal.open(message.content, content_context(message.message_id)))
            if messenger is None:
                platform_message_id = f"test {message.message_id}"
            else:
                wording = content.message(language_of(taken.account), is_late=taken.is_late)
                platform_message_id = await messenger.deliver(taken.account.chat, wording)
        except (TryLater, Revoked, Unsure, Unreachable, Refused) as trouble:
            if isinstance(trouble, ChatBusy):
                self._taking.chats.hold(taken.account.chat, trouble.after, message)
            return judged(trouble, message, self._gate, ground.clock.now(), began_at)
        except Exception:
            logger.exception("a bug in sending messages", extra={"bot": self._bot, "message_id": message.message_id})
            if messenger is not None:
                self._gate.undecided()
            until = ground.clock.now() + pause(message.attempts, _BUG_PAUSE, ground.outbox.entropy)
            return plainly(Outcome.LATER, "a bug", outbox_message.postponed(message, until))
        if messenger is not None:
            self._gate.succeeded()
        now = ground.clock.now()
        sent = outbox_message.sent(message, platform_message_id, now)
        return AttemptResult(Outcome.SENT, "", lambda unit: _as_told(unit, sent, now), sent)

    async def _settle(self, taken: LeasedMessage, verdict: AttemptResult) -> None:
        """Keep how an attempt ended, and tell whoever waits for it."""
        try:
            after = await self._keep(taken, verdict)
        except Exception:
            # All that is left is to send it again when its lease is over.
            logger.exception("a message could not be settled", extra={"bot": self._bot, **_ids(taken.message)})
            return
        finally:
            self._taking.held.discard(taken.message.message_id)
        self.outcomes[verdict.outcome] += 1
        if after.next_at is None:
            self._ground.bells.ring(bell_of(after.message_id))
        else:
            self._ground.outbox.ring()
        level = logging.DEBUG if verdict.outcome is Outcome.SENT else logging.INFO
        fields = {**_ids(after), "bot": self._bot, "attempt": after.attempts, "why": verdict.why}
        logger.log(level, "message: %s", verdict.outcome.value, extra=fields)

    async def _keep(self, taken: LeasedMessage, verdict: AttemptResult) -> OutboxMessage:
        """Keep how an attempt ended, however long the store is busy: unsettled, the message would be sent again.

        Where a bug forbids to keep all that follows from it, what happened is kept.
        """
        breaker = self._gate.breaker
        is_to_many = taken.message.priority is Priority.BROADCAST
        within = _MANY_SETTLED_SECONDS if is_to_many else _SETTLED_SECONDS
        attempt = replace(taken.attempt, outcome=verdict.outcome, why=verdict.why)

        def settle(unit: Unit) -> OutboxMessage:
            unit.outbox.put_attempt(attempt)
            if verdict.outcome is Outcome.UNREACHABLE:
                _note_unreachable(unit, taken)
            after = verdict.step(unit)
            if unit.outbox.swap(taken.message, after):
                self._ground.settlement.settled(unit, taken.message, after, self._ground.clock.now())
            if breaker != self._told:
                unit.lanes.put_breaker(self._bot, breaker, self._ground.clock.now())
            return after

        def settle_barely(unit: Unit) -> OutboxMessage:
            unit.outbox.put_attempt(attempt)
            unit.outbox.swap(taken.message, verdict.bare)
            return verdict.bare

        try:
            after = await self._write_patiently(settle, within)
        except Exception:
            logger.exception("a bug in settling messages", extra={"bot": self._bot, **_ids(taken.message)})
            return await self._write_patiently(settle_barely, within)
        self._told = breaker
        return after

    async def _write_patiently(self, work: Callable[[Unit], T], within: float = 0.0) -> T:
        """Write, however long the store is busy."""
        while True:
            try:
                return await self._ground.store.write(work, within)
            except Busy:
                await asyncio.sleep(_BUSY_SECONDS)


def _ids(message: OutboxMessage) -> dict[str, str]:
    """Return what a line of the log says about a message."""
    return {"message_id": message.message_id, "app_id": message.app_id}


def _as_told(unit: Unit, message: OutboxMessage, now: datetime) -> OutboxMessage:
    """Return a message that was just sent as far as its messenger told that it came, faster than we could write."""
    receipt = unit.receipts.by_message(message.bot, message.platform_message_id or "")
    return after_receipt(unit, message, receipt, now) if receipt else message


def _note_unreachable(unit: Unit, taken: LeasedMessage) -> None:
    """Note that the messenger brings this person nothing, unless they have spoken since."""
    account = unit.people.account_by_id(taken.account.account_id)
    if account is not None and account.reachable and account.spoke_at == taken.account.spoke_at:
        unit.people.put_account(replace(account, reachable=False, reachable_since=taken.attempt.began_at))


class Lanes:
    """The worker; ``lanes`` tell how they are doing."""

    def __init__(self, ground: Dependencies) -> None:
        self.lanes = tuple(Lane(bot, ground) for bot in ground.messengers.names())

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as running:
            for lane in self.lanes:
                running.create_task(lane.run(), name=f"lane {lane.bot}")
            await asyncio.Event().wait()
