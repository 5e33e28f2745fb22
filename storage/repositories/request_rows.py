"""A request under an idempotency key as a row, and back."""

import json

from core.model.people.person import MessengerName
from core.model.sending.idempotency import Accepted, Once, Request
from storage.statements import Row
from storage.values import from_ms, to_ms


def request_values(request: Request) -> dict[str, object]:
    """Return the columns of a request."""
    accepted = [[each.subscription_id, each.channel, each.notice_id, each.why_not] for each in request.accepted]
    return {
        "app_id": request.app_id,
        "key": request.once.key,
        "digest": request.once.digest,
        "accepted": json.dumps(accepted),
        "created_at": to_ms(request.created_at),
    }


def to_request(row: Row) -> Request:
    """Return the request that a row holds."""
    app_id, key, digest, accepted, created_at = row
    return Request(
        app_id=app_id,
        once=Once(key, digest),
        accepted=tuple(
            Accepted(subscription_id, MessengerName(channel) if channel else None, notice_id, why_not)
            for subscription_id, channel, notice_id, why_not in json.loads(accepted)
        ),
        created_at=from_ms(created_at),
    )
