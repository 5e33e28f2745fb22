"""Putting messages into the outbox (transactional outbox), inside the transaction of their cause.

``core.lanes`` takes them out; a unit that posts something rings for the lanes.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.entropy import Entropy, hex_id
from core.model.apps.app import App
from core.model.ids import AppId, MessageId
from core.model.messages.content import Content
from core.model.people.person import Account
from core.model.sending.idempotency import Accepted
from core.model.sending.outbox_message import NOT_PERMITTED, Cause, OutboxMessage, Priority
from core.model.subscribers.subscription import Subscription
from core.people.accounts import owner
from core.ports.store import Unit
from core.seal import Seal

OUTBOX: Final = b"outbox"
"""The bell that rings for all lanes when something new is to be sent."""
LIFETIME: Final = timedelta(days=1)
"""How long a message is worth sending unless the app says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """A message that is to be sent, but for to whom.

    It is not sent before ``not_before`` nor after ``lifetime`` has passed since then. Only who holds
    ``permission`` gets it. ``is_test`` = it goes all the way, but to no messenger.
    """

    content: Content
    not_before: datetime
    lifetime: timedelta = LIFETIME
    priority: Priority = Priority.NOTIFICATION
    cause: Cause | None = None
    permission: str | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The way into the outbox."""

    seal: Seal
    entropy: Entropy

    def to_account(
        self, unit: Unit, app_id: AppId, account: Account, entry: OutboxEntry, now: datetime
    ) -> OutboxMessage:
        """Post to the owner of an account; when it refuses for good, another account of theirs gets the message."""
        message = self._message(app_id, account, entry, now)
        unit.outbox.add(message)
        unit.ring(OUTBOX)
        return message

    def to_subscriber(
        self, unit: Unit, app: App, subscription: Subscription, entry: OutboxEntry, now: datetime
    ) -> Accepted:
        """Post to one subscriber and no other account of theirs, or say why that cannot be."""
        account = owner(unit, subscription.account_id)
        if not subscription.permits(entry.permission):
            return Accepted(subscription.subscription_id, account.messenger, None, NOT_PERMITTED)
        if not account.reachable or account.bot not in app.bots:
            return Accepted(subscription.subscription_id, account.messenger, None, "unreachable")
        message = replace(self._message(app.app_id, account, entry, now), is_bound=True)
        unit.outbox.add(message)
        unit.ring(OUTBOX)
        return Accepted(subscription.subscription_id, account.messenger, message.message_id)

    def _message(self, app_id: AppId, account: Account, entry: OutboxEntry, now: datetime) -> OutboxMessage:
        message_id = MessageId(hex_id(self.entropy))
        return OutboxMessage(
            message_id=message_id,
            app_id=app_id,
            person_id=account.person_id,
            content=self.seal.seal(entry.content.to_bytes(), content_context(message_id)),
            priority=entry.priority,
            created_at=now,
            expires_at=entry.not_before + entry.lifetime,
            account_id=account.account_id,
            bot=account.bot,
            next_at=entry.not_before,
            cause=entry.cause,
            permission=entry.permission,
            is_test=entry.is_test,
        )


def bell_of(message_id: MessageId) -> bytes:
    """Return the name of the bell that rings when a message is settled."""
    return f"message {message_id}".encode()


def content_context(message_id: MessageId) -> str:
    """Return what a message's content is sealed for; the word is the table's, and what is sealed already holds it."""
    return f"notice {message_id}"
