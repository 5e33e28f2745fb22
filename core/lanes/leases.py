"""Leasing messages: who is next in a bot's lane, and what becomes of those that are not to be sent after all.

Functions of a ``Unit``, but for what a lane remembers itself: whose turn it was, which chats must wait, what it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.bells import Bells
from core.clock import Clock
from core.lanes.chat_slots import ChatSlots
from core.model.ids import AppId, BotName, MessageId
from core.model.people.person import Account
from core.model.sending import outbox_message
from core.model.sending.outbox_message import Attempt, MessageState, OutboxMessage, Outcome
from core.ports.messengers import Messenger, Messengers
from core.ports.store import Store, Unit
from core.sending.outbox import Outbox
from core.sending.quiet_hours import deferred
from core.sending.routing import is_late, target, why_without_account
from core.sending.settlement import Settlement

LEASE: Final = timedelta(seconds=60)
"""Four times as long as a call may take."""
_TESTS_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What all lanes stand on. ``outbox`` wakes them, ``bells`` wake those who wait for an outcome."""

    store: Store
    clock: Clock
    outbox: Outbox
    settlement: Settlement
    bells: Bells
    messengers: Messengers


@dataclass(frozen=True, slots=True)
class LeasedMessage:
    """A message that we hold, and to whom it goes; ``is_late`` = free words did not reach them any more."""

    message: OutboxMessage
    attempt: Attempt
    account: Account
    is_late: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What was taken up, and what came to its end instead; ``is_more`` = there may be more to take up at once."""

    taken: Sequence[LeasedMessage]
    over: Sequence[MessageId]
    is_more: bool


class Leases:
    """One lane's side of it; ``held`` is what the lane is sending now, ``chats`` are those that it sends to."""

    def __init__(self, bot: BotName, ground: Dependencies) -> None:
        self._bot = bot
        self._ground = ground
        self.chats = ChatSlots()
        self._last_app: AppId | None = None
        self.held: set[MessageId] = set()

    def is_due(self, unit: Unit) -> bool:
        """Tell whether there is something to send: every lane is woken for every message, and most find nothing."""
        return unit.lanes.is_due(self._bot, self._ground.clock.now())

    def has_tests(self, unit: Unit) -> bool:
        """Tell whether there are tests to settle, which need neither a turn nor the messenger."""
        return bool(unit.lanes.tests_due(self._bot, self._ground.clock.now(), 1))

    def take_tests(self, unit: Unit) -> Batch:
        """Take tests."""
        now = self._ground.clock.now()
        return self._take_all(unit, unit.lanes.tests_due(self._bot, now, _TESTS_AT_ONCE), _TESTS_AT_ONCE, 0.0, now)

    def take(self, unit: Unit, messenger: Messenger, room: int) -> Batch:
        """Take up to ``room`` outbox_message."""
        now = self._ground.clock.now()
        due = unit.lanes.due(self._bot, now, room, self._last_app)
        if due:
            self._last_app = due[-1].app_id
        return self._take_all(unit, due, room, messenger.capabilities.chat_gap, now)

    def _take_all(self, unit: Unit, due: Sequence[OutboxMessage], room: int, gap: float, now: datetime) -> Batch:
        # What is held and due all the same is being sent: the clock leapt over its lease.
        free = [message for message in due if message.message_id not in self.held]
        taken: list[LeasedMessage] = []
        over: list[MessageId] = []
        for message in free:
            one = self._take_one(unit, gap, message, now)
            if isinstance(one, LeasedMessage):
                taken.append(one)
            else:
                unit.outbox.swap(message, one)
                self._ground.settlement.settled(unit, message, one, now)
                over.extend([one.message_id] if one.next_at is None else [])
        return Batch(taken, over, is_more=len(due) == room and bool(free))

    def _take_one(self, unit: Unit, gap: float, message: OutboxMessage, now: datetime) -> LeasedMessage | OutboxMessage:
        """Lease a message, or return what becomes of it instead: stale, for another account, for nobody, for later."""
        known = _after_a_crash(unit, message) if message.state is MessageState.SENDING else message
        if now >= known.expires_at:
            return outbox_message.expired(known, now)
        waiting = deferred(unit, known, now)
        if waiting is not None:
            return waiting
        account = target(unit, known)
        if account is None:
            return outbox_message.failed(known, why_without_account(unit, known), now)
        if account.account_id != known.account_id:
            return outbox_message.aimed(known, account, now)
        wait = 0.0 if known.is_test else self.chats.claim(account.chat, gap, known)
        if wait:
            return outbox_message.postponed(known, now + timedelta(seconds=wait))
        after, attempt = outbox_message.begin(known, now, now + LEASE)
        unit.outbox.swap(message, after)
        unit.outbox.put_attempt(attempt)
        return LeasedMessage(after, attempt, account, is_late(unit, known))


def _after_a_crash(unit: Unit, message: OutboxMessage) -> OutboxMessage:
    """Note that the attempt under way was lost with its process: the message may go out twice."""
    last = unit.outbox.attempts(message.message_id)[-1:]
    for attempt in last:
        unit.outbox.put_attempt(replace(attempt, outcome=Outcome.LOST))
    return replace(message, is_maybe_twice=True)
