"""Telling sites what happened: a note to each endpoint that wants to know, in the transaction of its cause.

``flows.dispatch`` sends the notes. They are sealed, since they may hold a name, and the names of people are not kept
where others can read them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gatepost.core.entropy import Entropy, uuid4
from gatepost.core.model.ids import AppId, DeliveryId
from gatepost.core.model.webhook import Delivery, Endpoint, WebhookEvent
from gatepost.core.ports import Unit
from gatepost.core.seal import Seal
from gatepost.core.wakeups import Bells

NOTES: Final = b"notes"
"""The bell of whoever sends the notes."""
Data = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Writes the notes, and rings ``bells`` for who sends them."""

    seal: Seal
    entropy: Entropy
    bells: Bells = field(default_factory=Bells)

    def tell(self, unit: Unit, app_id: AppId, event: WebhookEvent, data: Data, now: datetime) -> Sequence[Delivery]:
        """Keep a note for each of the app's endpoints that wants such an event, and return them.

        The bell rings before the commit, and yet no note is missed: who hears it takes up notes in a transaction that
        comes after this one.
        """
        wanting = [endpoint for endpoint in unit.webhooks.endpoints(app_id) if endpoint.wants(event.value)]
        notes = [self.note(endpoint, event.value, data, now) for endpoint in wanting]
        for note in notes:
            unit.webhooks.add_delivery(note)
        self.bells.ring(NOTES)
        return notes

    def note(self, endpoint: Endpoint, event: str, data: Data, now: datetime) -> Delivery:
        """Return a note that is due now. Its body is ``{"event": …, "data": …}`` (``projects-api`` section 12)."""
        delivery_id = DeliveryId(str(uuid4(self.entropy)))
        body = json.dumps({"event": event, "data": data}, ensure_ascii=False).encode()
        return Delivery(
            delivery_id=delivery_id,
            endpoint_id=endpoint.endpoint_id,
            app_id=endpoint.app_id,
            event=event,
            body=self.seal.seal(body, delivery_context(delivery_id)),
            created_at=now,
            next_at=now,
        )


def delivery_context(delivery_id: DeliveryId) -> str:
    """Return what a note's body is sealed for."""
    return f"delivery {delivery_id}"
