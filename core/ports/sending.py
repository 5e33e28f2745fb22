"""What one transaction can find, keep and change of messages to people: the outbox, its lanes, its log, its receipts.

All four but the receipts look at the same rows: the lanes ask whose turn it is, the log what became of them. A message
is *held* while its lane sends it, which a lease bounds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.model.ids import AccountId, AppId, BotName, MessageId, PersonId
from core.model.messages.receipt import Receipt
from core.model.sending.breaker import Breaker
from core.model.sending.idempotency import Request
from core.model.sending.outbox_message import (
    Attempt,
    LogFilter,
    MessageState,
    OutboxMessage,
    Outcome,
    Priority,
    Undelivered,
)


class OutboxRepository(Protocol):
    """The messages of apps to people, their attempts, and the requests that made them."""

    def add(self, message: OutboxMessage) -> None:
        """Keep a new message."""
        ...

    def by_id(self, message_id: MessageId) -> OutboxMessage | None:
        """Find a message, whatever its state."""
        ...

    def by_message(self, bot: BotName, platform_message_id: str) -> OutboxMessage | None:
        """Find a message by what its messenger calls it."""
        ...

    def swap(self, before: OutboxMessage, after: OutboxMessage) -> bool:
        """Replace ``before`` by ``after``; return False, changing nothing, if it is no longer ``before``."""
        ...

    def release(self, bot: BotName) -> int:
        """Let go of all the bot's messages that are held; return how many there were."""
        ...

    def stale(self, expired_before: datetime, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """List messages that are still to be sent, expired before, and are held by no lane."""
        ...

    def put_attempt(self, attempt: Attempt) -> None:
        """Add the attempt, or replace the one with the same number."""
        ...

    def attempts(self, message_id: MessageId) -> Sequence[Attempt]:
        """List a message's attempts, in order."""
        ...

    def waiting(self) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        """Count the waiting messages of each bot by priority, with the time since which the oldest waits."""
        ...

    def ended_in(self, states: tuple[MessageState, MessageState, MessageState], limit: int) -> Sequence[OutboxMessage]:
        """List the newest messages that ended in one of three states, newest first."""
        ...

    def request(self, app_id: AppId, key: str) -> Request | None:
        """Find what the app asked under an idempotency key."""
        ...

    def add_request(self, request: Request) -> None:
        """Keep what an app asked under an idempotency key."""
        ...

    def forget_requests(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` requests made before; return how many."""
        ...

    def erase_content(self, message_id: MessageId) -> None:
        """Erase a message's content."""
        ...

    def with_text(self, app_id: AppId, account_id: AccountId, limit: int, *, is_bound: bool) -> Sequence[OutboxMessage]:
        """List at most ``limit`` of the app's messages to the account whose content is not erased."""
        ...

    def erase_contents(self, created_before: datetime, limit: int) -> int:
        """Erase the contents of at most ``limit`` settled messages created before; return how many."""
        ...

    def forget(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` settled messages created before; return how many."""
        ...


class ReceiptRepository(Protocol):
    """How far messages came, as their messengers report."""

    def put(self, receipt: Receipt) -> bool:
        """Keep the receipt if it is further than the one kept for the message; return whether it was."""
        ...

    def by_message(self, bot: BotName, message_id: str) -> Receipt | None:
        """Return the furthest receipt of a message, by the messenger's id of it."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Forget at most ``limit`` receipts that came before; return how many."""
        ...


class LaneRepository(Protocol):
    """Whose turn it is, and how the lanes are doing."""

    def is_due(self, bot: BotName, now: datetime) -> bool:
        """Tell whether the bot has a message to send now that is not held."""
        ...

    def due(self, bot: BotName, now: datetime, limit: int, after: AppId | None = None) -> Sequence[OutboxMessage]:
        """List the bot's messages that are due and not held, most urgent first.

        Of equally urgent ones each app has one in turn, beginning behind the app ``after``; an app's own go in the
        order in which they were due.
        """
        ...

    def tests_due(self, bot: BotName, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """List test messages that are due and not held, among some hundred messages that came due last."""
        ...

    def take_back(self, message: OutboxMessage) -> bool:
        """Undo that a message was taken up, as it was not sent after all.

        Return False, changing nothing, if it has changed since it was taken up.
        """
        ...

    def set_back(self, bot: BotName, now: datetime, until: datetime, by: timedelta) -> int:
        """Bring messages due between ``now`` and ``until`` forward by as much as the clock was set back; count them."""
        ...

    def last_taken(self, app_id: AppId, person_id: PersonId) -> AccountId | None:
        """Return the account by which the person last got a message of the app; ``None`` if they got none but tests."""
        ...

    def put_breaker(self, bot: BotName, breaker: Breaker, now: datetime) -> None:
        """Keep how a bot's breaker stands, for the operator's commands."""
        ...

    def breakers(self) -> Sequence[tuple[BotName, Breaker]]:
        """List the breakers as they were last kept."""
        ...

    def waiting(self, now: datetime) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        """Count the messages that each bot should have sent by now, by priority, with the time the oldest is due."""
        ...

    def ended(self, since: datetime) -> Sequence[tuple[BotName, Outcome, int]]:
        """Count the attempts that began since then, by bot and outcome."""
        ...


class DeliveryLogRepository(Protocol):
    """The outbox as a log: what was sent to people, and what could not be."""

    def page(self, app_id: AppId, wanted: LogFilter, after: MessageId | None, limit: int) -> Sequence[OutboxMessage]:
        """List the app's messages from behind ``after``, newest first."""
        ...

    def undelivered(self, wanted: Undelivered, after: OutboxMessage | None, limit: int) -> Sequence[OutboxMessage]:
        """List messages that can be sent once more, oldest first, from behind ``after``."""
        ...

    def count_undelivered(self, wanted: Undelivered, until: datetime) -> int:
        """Count messages that can be sent once more and were accepted by ``until``."""
        ...
