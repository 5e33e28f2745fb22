"""An app writes to a person: accepted means kept, and never lost from then on. ``core.lanes`` sends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.apps.lookup import enabled_app
from core.clock import Clock
from core.model.apps.app import App
from core.model.ids import AppId, MessageId, Phone
from core.model.messages.content import Content
from core.model.people.errors import NotAPhone
from core.model.people.person import Account, MessengerName
from core.model.people.phone import line_of, parse_phone
from core.model.sending.errors import InvalidRecipient, MessageEmpty, MessageNotFound, MessageTooLong, RecipientNotFound
from core.model.sending.idempotency import Accepted, Once
from core.model.sending.outbox_message import MESSAGE_LIMIT, OPEN, Attempt, OutboxMessage
from core.model.subscribers.errors import SubscriberNotFound
from core.model.subscribers.subscriber import read_subscription_id
from core.model.subscribers.subscription import Subscription
from core.model.text.text import from_plain, length_of
from core.people.accounts import owner
from core.ports.store import Store, Unit
from core.sending.idempotency import only_once
from core.sending.outbox import LIFETIME, Outbox, OutboxEntry, bell_of
from core.sending.routing import choose
from core.subscribers.subscriptions import named


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """A message as its app may see it: how far it has come, and what was tried by which account."""

    message: OutboxMessage
    attempts: Sequence[tuple[Attempt, Account | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """What is to be sent to whom: one subscriber, or all that share an ``external_id``, by some ``channels`` or any.

    Only those who hold ``permission`` get it; ``is_test`` = nothing leaves the house.
    """

    content: Content
    subscription_id: str | None = None
    external_id: str | None = None
    channels: frozenset[MessengerName] = frozenset()
    permission: str | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class PhoneRecipient:
    """The holder of a phone (as a site wrote it), and the messenger by which to try first, if they have it."""

    phone: str
    platform: MessengerName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The story of a message that an app wants to be sent."""

    store: Store
    clock: Clock
    outbox: Outbox

    async def to_phone(
        self, app_id: AppId, recipient: PhoneRecipient, text: str, ttl: timedelta = LIFETIME, once: Once | None = None
    ) -> MessageId:
        """Accept a message to the holder of this phone, who proved it to the app, and return what it is known by.

        What was accepted ``once`` is not accepted again. Raises ``IdempotencyConflict``, ``InvalidRecipient``,
        ``MessageEmpty``, ``MessageTooLong``, ``AppDisabled``, and ``RecipientNotFound`` for all whom the app may
        not write to, whatever the reason.
        """
        phone, now = _phone(recipient.phone), self.clock.now()
        _check_text(text)
        content = Content(from_plain(text))

        def accept(unit: Unit) -> Sequence[Accepted]:
            app = enabled_app(unit.apps.by_id(app_id))
            holder = unit.people.by_phone(line_of(phone))
            account = choose(unit, app, holder.person_id, recipient.platform) if holder else None
            if account is None:
                raise RecipientNotFound
            entry = OutboxEntry(content=content, not_before=now, lifetime=ttl)
            message = self.outbox.to_account(unit, app_id, account, entry, now)
            return [Accepted(None, None, message.message_id)]

        (accepted,) = await self._accepted(app_id, once, accept)
        if accepted.message_id is None:
            raise RecipientNotFound
        return accepted.message_id

    async def find(self, app_id: AppId, message_id: str) -> DeliveryStatus:
        """Return how far a message of the app has come; raise ``MessageNotFound``."""

        def find(unit: Unit) -> DeliveryStatus | None:
            message = unit.outbox.by_id(MessageId(message_id))
            if message is None or message.app_id != app_id:
                return None
            attempts = unit.outbox.attempts(message.message_id)
            return DeliveryStatus(message, [(each, unit.people.account_by_id(each.account_id)) for each in attempts])

        status = await self.store.read(find)
        if status is None:
            raise MessageNotFound
        return status

    async def wait(self, message_id: MessageId, seconds: float) -> OutboxMessage:
        """Return a message that was accepted as soon as it is settled, or after ``seconds`` as it then is."""
        with self.store.bells.hold(bell_of(message_id)) as bell:
            message = await self._read(message_id)
            if message.state not in OPEN:
                return message
            await bell.wait(seconds)
        return await self._read(message_id)

    async def _read(self, message_id: MessageId) -> OutboxMessage:
        message = await self.store.read(lambda unit: unit.outbox.by_id(message_id))
        if message is None:
            raise MessageNotFound
        return message

    async def to_subscribers(self, app_id: AppId, wish: SendRequest, once: Once | None = None) -> Sequence[Accepted]:
        """Accept a message to the subscribers that were meant, each for itself.

        What was accepted ``once`` is not accepted again. Raises ``IdempotencyConflict``, ``AppDisabled``, and
        ``SubscriberNotFound`` if there is none.
        """
        now = self.clock.now()

        def accept(unit: Unit) -> Sequence[Accepted]:
            app = enabled_app(unit.apps.by_id(app_id))
            return [self._accept(unit, app, wish, each, now) for each in _meant(unit, app_id, wish)]

        return await self._accepted(app_id, once, accept)

    async def to_many(
        self, app_id: AppId, wishes: Sequence[SendRequest], once: Once | None = None
    ) -> Sequence[Accepted]:
        """Accept many messages in one transaction; who is not found is told by ``why_not``. Else as to one."""
        now = self.clock.now()

        def accept(unit: Unit) -> Sequence[Accepted]:
            app = enabled_app(unit.apps.by_id(app_id))
            accepted: list[Accepted] = []
            for wish in wishes:
                try:
                    accepted += [self._accept(unit, app, wish, each, now) for each in _meant(unit, app_id, wish)]
                except SubscriberNotFound:
                    accepted.append(_not_found(wish))
            return accepted

        return await self._accepted(app_id, once, accept)

    async def _accepted(
        self, app_id: AppId, once: Once | None, accept: Callable[[Unit], Sequence[Accepted]]
    ) -> Sequence[Accepted]:
        """Carry a request out, unless it was before, in the same transaction as it is remembered."""
        now = self.clock.now()
        return await self.store.write(lambda unit: only_once(unit, app_id, once, now, accept))

    def _accept(self, unit: Unit, app: App, wish: SendRequest, subscription: Subscription, now: datetime) -> Accepted:
        """Keep the message for one subscriber, or say why it cannot be sent to them."""
        entry = OutboxEntry(content=wish.content, not_before=now, permission=wish.permission, is_test=wish.is_test)
        return self.outbox.to_subscriber(unit, app, subscription, entry, now)


def _meant(unit: Unit, app_id: AppId, wish: SendRequest) -> Sequence[Subscription]:
    """Return the living subscriptions that are meant; raise ``SubscriberNotFound`` if there is none."""
    found = named(unit, app_id, wish.subscription_id, wish.external_id)
    meant = [each for each in found if not wish.channels or owner(unit, each.account_id).messenger in wish.channels]
    if not meant:
        raise SubscriberNotFound
    return meant


def _not_found(wish: SendRequest) -> Accepted:
    """Return what is told of a recipient whom there is not: under the id by which they were named, if it is one."""
    named = read_subscription_id(wish.subscription_id or "")
    return Accepted(named, None, None, "subscriber_not_found")


def _phone(recipient: str) -> Phone:
    if not recipient.startswith("+"):
        raise InvalidRecipient
    try:
        return parse_phone(recipient)
    except NotAPhone:
        raise InvalidRecipient from None


def _check_text(text: str) -> None:
    if not text.strip():
        raise MessageEmpty
    if length_of(text) > MESSAGE_LIMIT:
        raise MessageTooLong
