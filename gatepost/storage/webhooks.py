"""Webhook endpoints, and what is to be told to them, as rows."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from gatepost.core.model.ids import AppId
from gatepost.core.model.webhook import Delivery, Endpoint
from gatepost.storage.schema import deliveries, endpoints
from gatepost.storage.statements import Row, Statements
from gatepost.storage.upsert import insert_all
from gatepost.storage.values import from_json, from_ms, from_ms_or_none, to_ms, to_ms_or_none

_OF_APP: Final = (
    select(*endpoints.columns)
    .where(endpoints.c.app_id == bindparam("app_id"))
    .order_by(endpoints.c.created_at, endpoints.c.endpoint_id)
)
_ADD_DELIVERY: Final = insert_all(deliveries)


class SqlWebhooks:
    """``core.repositories.Webhooks`` in one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def endpoints(self, app_id: AppId) -> Sequence[Endpoint]:
        """List the app's endpoints, oldest first."""
        return [_endpoint(row) for row in self._statements.all(_OF_APP, {"app_id": app_id})]

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep something to be told."""
        self._statements.change(_ADD_DELIVERY, _delivery_values(delivery))


def _endpoint(row: Row) -> Endpoint:
    (
        endpoint_id,
        app_id,
        url,
        events,
        description,
        enabled,
        secret,
        former_secret,
        former_until,
        created_at,
        failing_since,
        why_disabled,
    ) = row
    return Endpoint(
        endpoint_id=endpoint_id,
        app_id=app_id,
        url=url,
        events=from_json(events),
        description=description,
        enabled=bool(enabled),
        secret=secret,
        former_secret=former_secret,
        former_until=from_ms_or_none(former_until),
        created_at=from_ms(created_at),
        failing_since=from_ms_or_none(failing_since),
        why_disabled=why_disabled,
    )


def _delivery_values(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": delivery.delivery_id,
        "endpoint_id": delivery.endpoint_id,
        "app_id": delivery.app_id,
        "event": delivery.event,
        "body": delivery.body,
        "created_at": to_ms(delivery.created_at),
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_at": to_ms_or_none(delivery.next_at),
        "leased_until": to_ms_or_none(delivery.leased_until),
        "status": delivery.status,
        "error": delivery.error,
        "settled_at": to_ms_or_none(delivery.settled_at),
    }
