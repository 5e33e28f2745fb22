"""Telling sites what happened: a note to each endpoint that wants to know, in the transaction of its cause.

``dispatcher`` sends the notes. They are sealed, since they may hold a name, and the names of people are not kept where
others can read them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from core.entropy import Entropy, uuid4
from core.model.ids import AppId, DeliveryId, SubscriptionId
from core.model.people.person import Account
from core.model.subscribers.subscription import Subscription
from core.model.webhooks.webhook import Delivery, Endpoint, WebhookEvent
from core.ports.store import Unit
from core.seal import Seal

NOTES: Final = b"notes"
"""The bell of the dispatcher."""
Data = Mapping[str, object]
_NO_MORE: Final[Data] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Event:
    """What happened; ``subject`` is the subscription it is about. ``is_test`` = it did not happen, a site tries."""

    event: WebhookEvent
    data: Data
    subject: SubscriptionId | None = None
    is_test: bool = False

    def body(self) -> bytes:
        """Return ``{"event": …, "data": …}`` (``projects-api`` section 12), and in tests ``"test": true`` as well."""
        payload: dict[str, object] = {"event": self.event.value, "data": self.data}
        if self.is_test:
            payload["test"] = True
        try:
            return json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError:  # a name with half a letter, which JSON can carry and UTF-8 cannot
            return json.dumps(payload, allow_nan=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Writes the notes, and wakes the dispatcher that sends them."""

    seal: Seal
    entropy: Entropy

    def publish(self, unit: Unit, app_id: AppId, now: datetime, *events: Event) -> Sequence[Delivery]:
        """Keep a note of each event for each of the app's endpoints that wants it, and return the notes.

        A disabled app is told nothing.
        """
        if not events:
            return ()
        endpoints = unit.webhooks.listening(app_id)
        notes = [self._note(one, each, now) for each in events for one in endpoints if one.wants(each.event.value)]
        for note in notes:
            unit.webhooks.add_delivery(note)
        if notes:
            unit.ring(NOTES)
        return notes

    def _note(self, endpoint: Endpoint, event: Event, now: datetime) -> Delivery:
        """Return a note that is due now."""
        delivery_id = DeliveryId(str(uuid4(self.entropy)))
        return Delivery(
            delivery_id=delivery_id,
            endpoint_id=endpoint.endpoint_id,
            app_id=endpoint.app_id,
            event=event.event.value,
            body=self.seal.seal(event.body(), delivery_context(delivery_id)),
            created_at=now,
            next_at=now,
            subscription_id=event.subject,
            is_test=event.is_test,
        )


def delivery_context(delivery_id: DeliveryId) -> str:
    """Return what a note's body is sealed for."""
    return f"delivery {delivery_id}"


def event_of(
    event: WebhookEvent,
    subscription: Subscription,
    account: Account,
    more: Data = _NO_MORE,
    *,
    is_test: bool = False,
) -> Event:
    """Return what happened to a subscriber: ``subscriber_id``, ``channel``, and the fields ``more`` of the event."""
    data = {"subscriber_id": subscription.subscription_id, "channel": account.messenger.value, **more}
    return Event(event, data, subscription.subscription_id, is_test)
