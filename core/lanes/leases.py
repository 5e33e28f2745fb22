"""Leasing messages: who is next in a bot's lane, and what becomes of those that are not to be sent after all.

What a lane remembers itself (whose turn it was, which chats must wait, what it holds) changes after the commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.clock import Clock
from core.lanes.chat_slots import ChatSlots, Claims
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
    """What all lanes stand on."""

    store: Store
    clock: Clock
    outbox: Outbox
    settlement: Settlement
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
    """What was leased; ``is_more`` = there may be more to lease at once."""

    taken: Sequence[LeasedMessage]
    is_more: bool


class Leases:
    """One lane's side of it; ``held`` is what the lane is sending now, ``chats`` are those that it sends to."""

    def __init__(self, bot: BotName, dependencies: Dependencies) -> None:
        self._bot = bot
        self._dependencies = dependencies
        self.chats = ChatSlots()
        self._last_app: AppId | None = None
        self.held: set[MessageId] = set()

    def is_due(self, unit: Unit) -> bool:
        """Tell whether there is something to send: every lane is woken for every message, and most find nothing."""
        return unit.lanes.is_due(self._bot, self._dependencies.clock.now())

    def has_tests(self, unit: Unit) -> bool:
        """Tell whether there are tests to settle, which need neither a turn nor the messenger."""
        return bool(unit.lanes.tests_due(self._bot, self._dependencies.clock.now(), 1))

    async def take_tests(self) -> Batch:
        """Lease tests."""
        return await self._lease(
            lambda unit, now: unit.lanes.tests_due(self._bot, now, _TESTS_AT_ONCE), _TESTS_AT_ONCE, gap=0.0
        )

    async def take(self, messenger: Messenger, room: int) -> Batch:
        """Lease up to ``room`` messages, the most urgent first, and of equally urgent ones each app's in turn."""
        last_app = self._last_app
        return await self._lease(
            lambda unit, now: unit.lanes.due(self._bot, now, room, last_app), room, messenger.capabilities.chat_gap
        )

    async def _lease(self, find: Callable[[Unit, datetime], Sequence[OutboxMessage]], room: int, gap: float) -> Batch:
        """Lease what is found; what the lane remembers changes once that is committed, since a unit may run again."""
        held = frozenset(self.held)

        def lease(unit: Unit) -> tuple[Batch, Claims, AppId | None]:
            now, claims = self._dependencies.clock.now(), self.chats.claims()
            due = find(unit, now)
            # What is held and due all the same is being sent: the clock leapt over its lease.
            free = [message for message in due if message.message_id not in held]
            taken = [each for message in free if (each := self._take_one(unit, claims, gap, message, now))]
            batch = Batch(taken, is_more=len(due) == room and bool(free))
            return batch, claims, due[-1].app_id if due else None

        batch, claims, last_app = await self._dependencies.store.write(lease)
        claims.keep()
        self._last_app = last_app or self._last_app
        self.held.update(each.message.message_id for each in batch.taken)
        return batch

    def _take_one(
        self, unit: Unit, claims: Claims, gap: float, message: OutboxMessage, now: datetime
    ) -> LeasedMessage | None:
        """Lease a message; or keep what becomes of it instead, and return ``None``."""
        found = self._leased_or_not(unit, claims, gap, message, now)
        if isinstance(found, LeasedMessage):
            unit.outbox.swap(message, found.message)
            unit.outbox.put_attempt(found.attempt)
            return found
        unit.outbox.swap(message, found)
        self._dependencies.settlement.settled(unit, message, found, now)
        return None

    @staticmethod
    def _leased_or_not(
        unit: Unit, claims: Claims, gap: float, message: OutboxMessage, now: datetime
    ) -> LeasedMessage | OutboxMessage:
        """Return the message leased, or what becomes of it: expired, deferred, failed, aimed elsewhere, postponed."""
        current = _after_a_crash(unit, message) if message.state is MessageState.SENDING else message
        if now >= current.expires_at:
            return outbox_message.expired(current, now)
        waiting = deferred(unit, current, now)
        if waiting is not None:
            return waiting
        account = target(unit, current)
        if account is None:
            return outbox_message.failed(current, why_without_account(unit, current), now)
        if account.account_id != current.account_id:
            return outbox_message.aimed(current, account, now)
        wait = 0.0 if current.is_test else claims.claim(account.chat, gap, current)
        if wait:
            return outbox_message.postponed(current, now + timedelta(seconds=wait))
        after, attempt = outbox_message.begin(current, now, now + LEASE)
        return LeasedMessage(after, attempt, account, is_late(unit, current))


def _after_a_crash(unit: Unit, message: OutboxMessage) -> OutboxMessage:
    """Note that the attempt under way was lost with its process: the message may go out twice."""
    last = unit.outbox.attempts(message.message_id)[-1:]
    for attempt in last:
        unit.outbox.put_attempt(replace(attempt, outcome=Outcome.LOST))
    return replace(message, is_maybe_twice=True)
