"""The outbox, its lanes, its log and its receipts, in one transaction."""

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
    """What apps write to people."""

    def add(self, message: OutboxMessage) -> None:
        """Keep a new message."""
        ...

    def by_id(self, message_id: MessageId) -> OutboxMessage | None:
        """Find a message."""
        ...

    def by_message(self, bot: BotName, platform_message_id: str) -> OutboxMessage | None:
        """Find a message by what its messenger calls it."""
        ...

    def swap(self, before: OutboxMessage, after: OutboxMessage) -> bool:
        """Replace ``before`` by ``after``; return False, changing nothing, if it is no longer ``before``."""
        ...

    def release(self, bot: BotName) -> int:
        """Let go of whatever of the bot's is held; return how many there were."""
        ...

    def stale(self, expired_before: datetime, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """List what was not sent, is worth nothing since before that, and is held by no lane."""
        ...

    def put_attempt(self, attempt: Attempt) -> None:
        """Add the attempt, or replace the one with the same number."""
        ...

    def attempts(self, message_id: MessageId) -> Sequence[Attempt]:
        """List a message's attempts, in order."""
        ...

    def waiting(self) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        """Count what waits for each bot by priority, and tell since when the oldest does."""
        ...

    def ended_in(self, states: tuple[MessageState, MessageState, MessageState], limit: int) -> Sequence[OutboxMessage]:
        """List the newest notices that ended in one of three states, newest first."""
        ...

    def request(self, app_id: AppId, key: str) -> Request | None:
        """Find what the app asked under a key."""
        ...

    def add_request(self, request: Request) -> None:
        """Keep what an app asked under a key."""
        ...

    def forget_requests(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` requests made before; return how many."""
        ...

    def erase_content(self, message_id: MessageId) -> None:
        """Erase a message's text."""
        ...

    def with_text(self, app_id: AppId, account_id: AccountId, limit: int, *, is_bound: bool) -> Sequence[OutboxMessage]:
        """List at most ``limit`` of the app's notices to the account that still have a text."""
        ...

    def erase_contents(self, created_before: datetime, limit: int) -> int:
        """Erase the texts of at most ``limit`` settled notices created before; return how many."""
        ...

    def forget(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` settled notices created before; return how many."""
        ...


class ReceiptRepository(Protocol):
    """How far our messages came, as far as their messengers tell."""

    def put(self, receipt: Receipt) -> bool:
        """Keep the news if it is further than what is known of the message; return whether it was."""
        ...

    def by_message(self, bot: BotName, message_id: str) -> Receipt | None:
        """Return how far a message came."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Forget at most ``limit`` receipts of before; return how many."""
        ...


class LaneRepository(Protocol):
    """Whose turn it is, and how the lanes are doing."""

    def is_due(self, bot: BotName, now: datetime) -> bool:
        """Tell whether the bot has anything to send now that is not held."""
        ...

    def due(self, bot: BotName, now: datetime, limit: int, after: AppId | None = None) -> Sequence[OutboxMessage]:
        """List what the bot is to send now and is not held: most urgent first.

        Of what is equally urgent each app has one in turn, beginning behind the app ``after``; an app's own go in the
        order in which they were due.
        """
        ...

    def tests_due(self, bot: BotName, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """List tests that are due and not held: some hundred that came due last are looked at, not a long line."""
        ...

    def take_back(self, message: OutboxMessage) -> bool:
        """Undo that a message was taken up, as it was not sent after all.

        Return False, changing nothing, if it is no longer as we left it.
        """
        ...

    def set_back(self, bot: BotName, now: datetime, until: datetime, by: timedelta) -> int:
        """Bring what is due between ``now`` and ``until`` forward, as the clock was set back; return how many."""
        ...

    def last_taken(self, app_id: AppId, person_id: PersonId) -> AccountId | None:
        """Return by which account the person last got a message of the app, tests apart."""
        ...

    def put_breaker(self, bot: BotName, breaker: Breaker, now: datetime) -> None:
        """Keep how a bot's breaker stands, for who looks from outside."""
        ...

    def breakers(self) -> Sequence[tuple[BotName, Breaker]]:
        """List the breakers as they were last kept."""
        ...

    def waiting(self, now: datetime) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        """Count what each bot should have sent by now, by priority, and tell since when the oldest is due."""
        ...

    def ended(self, since: datetime) -> Sequence[tuple[BotName, Outcome, int]]:
        """Count the attempts that began since, by bot and how they ended."""
        ...


class DeliveryLogRepository(Protocol):
    """Notices as a log, newest first."""

    def page(self, app_id: AppId, wanted: LogFilter, after: MessageId | None, limit: int) -> Sequence[OutboxMessage]:
        """List the app's notices from behind ``after``, newest first."""
        ...

    def undelivered(self, wanted: Undelivered, after: OutboxMessage | None, limit: int) -> Sequence[OutboxMessage]:
        """List what can be sent once more from behind ``after``, oldest first."""
        ...

    def count_undelivered(self, wanted: Undelivered, until: datetime) -> int:
        """Count what can be sent once more and was accepted by then."""
        ...
