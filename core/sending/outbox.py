"""Putting messages into the outbox, inside the transaction of whoever has one to send.

``core.lanes`` takes them out. Whoever has posted something rings the lanes after the commit.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from core.bells import Bells
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
"""The bell that rings when something new is to be sent."""
LIFETIME: Final = timedelta(days=1)
"""How long a message is worth sending unless the app says otherwise."""
_LANES: Final = 10_000
"""How many lanes may wait at that bell: all of them, since one that is woken early makes room by waking another."""


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
    """The way into the outbox; ``lanes`` are never closed, since a lane that is woken for ever would never rest."""

    seal: Seal
    entropy: Entropy
    lanes: Bells = field(default_factory=lambda: Bells(_LANES))

    def ring(self) -> None:
        """Wake those who send."""
        self.lanes.ring(OUTBOX)

    def to_account(
        self, unit: Unit, app_id: AppId, account: Account, letter: OutboxEntry, now: datetime
    ) -> OutboxMessage:
        """Post to whoever's account this is; when it refuses for good, another one of theirs gets the message."""
        message = self._notice(app_id, account, letter, now)
        unit.outbox.add(message)
        return message

    def to_subscriber(
        self, unit: Unit, app: App, subscription: Subscription, letter: OutboxEntry, now: datetime
    ) -> Accepted:
        """Post to one subscriber, and nobody else of theirs; or say why that cannot be."""
        account = owner(unit, subscription.account_id)
        if not subscription.permits(letter.permission):
            return Accepted(subscription.subscription_id, account.messenger, None, NOT_PERMITTED)
        if not account.reachable or account.bot not in app.bots:
            return Accepted(subscription.subscription_id, account.messenger, None, "unreachable")
        message = replace(self._notice(app.app_id, account, letter, now), is_bound=True)
        unit.outbox.add(message)
        return Accepted(subscription.subscription_id, account.messenger, message.message_id)

    def _notice(self, app_id: AppId, account: Account, letter: OutboxEntry, now: datetime) -> OutboxMessage:
        message_id = MessageId(hex_id(self.entropy))
        return OutboxMessage(
            message_id=message_id,
            app_id=app_id,
            person_id=account.person_id,
            content=self.seal.seal(letter.content.to_bytes(), content_context(message_id)),
            priority=letter.priority,
            created_at=now,
            expires_at=letter.not_before + letter.lifetime,
            account_id=account.account_id,
            bot=account.bot,
            next_at=letter.not_before,
            cause=letter.cause,
            permission=letter.permission,
            is_test=letter.is_test,
        )


def bell_of(message_id: MessageId) -> bytes:
    """Return the name of the bell that rings when a message is settled."""
    return f"message {message_id}".encode()


def content_context(message_id: MessageId) -> str:
    """Return what a message's content is sealed for; the word is the table's, and what is sealed already holds it."""
    return f"notice {message_id}"
