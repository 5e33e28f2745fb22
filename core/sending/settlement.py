"""What becomes of a message, in the transaction in which it comes to its end: its maker follows it, its app is told.

A *maker* is a story above this one that had the message sent (a broadcast, a schedule, a drip chain, a one-time
password). ``Settlement.makers`` says which cause is whose; a message of no maker was sent by its site itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.model.sending.outbox_message import ARRIVED, OPEN, CauseKind, MessageState, OutboxMessage
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Unit
from core.sending.outbox import bell_of
from core.webhooks.publisher import Event, Publisher, event_of


class Maker(Protocol):
    """A story that had messages sent, and follows what becomes of each."""

    @property
    def tells_each(self) -> bool:
        """Whether the app is told of each message; if not, the maker tells it of all as a whole."""
        ...

    def settled(
        self, unit: Unit, before: OutboxMessage, after: OutboxMessage, event: Event | None, now: datetime
    ) -> Sequence[Event]:
        """Note how a message ended; return what the app is told.

        ``event`` is what it would be told of any message, ``None`` if nothing: it knows, or its subscriber left.
        """
        ...

    def reopened(self, unit: Unit, message: OutboxMessage, now: datetime) -> None:
        """Note that a message which was sent did not arrive after all, and is to be sent again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The story of a message once it is settled."""

    publisher: Publisher
    makers: Mapping[CauseKind, Maker] = field(default_factory=dict)

    def settled(self, unit: Unit, before: OutboxMessage, after: OutboxMessage, now: datetime) -> None:
        """Follow a message that was just settled, or that was sent and failed afterwards; wake who waits for its end.

        That a message was sent is told once, however often it is sent, unless its site had it sent anew.
        """
        if before.state in OPEN and after.state not in OPEN:
            unit.ring(bell_of(after.message_id))
        maker = self.makers.get(after.cause.kind) if after.cause else None
        if maker is not None and before.state in ARRIVED and after.state in OPEN:
            maker.reopened(unit, after, now)
        is_settled = before.state in OPEN or after.state is MessageState.FAILED
        if not is_settled or after.state in OPEN:
            return
        is_told = after.is_told and after.state in ARRIVED
        is_of_interest = maker.tells_each if maker else after.cause is not None or unit.webhooks.listening(after.app_id)
        event = _event(unit, after) if is_of_interest and not is_told else None
        if maker is not None:
            self.publisher.publish(unit, after.app_id, now, *maker.settled(unit, before, after, event, now))
        elif event is not None:
            self.publisher.publish(unit, after.app_id, now, event)


def _event(unit: Unit, message: OutboxMessage) -> Event | None:
    """Return ``delivery.success`` or ``delivery.failed``; ``None`` if it was cancelled, or its subscriber is gone."""
    if message.state is MessageState.CANCELLED:
        return None
    subscription = unit.subscriptions.find(message.app_id, message.account_id)
    account = unit.people.account_by_id(message.account_id)
    if subscription is None or account is None:
        return None
    fields: dict[str, object] = {"delivery_id": message.message_id}
    if message.state in ARRIVED:
        return event_of(WebhookEvent.DELIVERY_SUCCESS, subscription, account, fields, is_test=message.is_test)
    fields |= {"status": message.state.value, "reason": message.reason}
    return event_of(WebhookEvent.DELIVERY_FAILED, subscription, account, fields, is_test=message.is_test)
