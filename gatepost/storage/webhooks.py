"""Webhook endpoints, and what is to be told to them, as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, select, tuple_, update

from gatepost.core.model.ids import AppId, DeliveryId, EndpointId
from gatepost.core.model.webhook import Delivery, DeliveryFilter, Endpoint
from gatepost.storage.schema import deliveries, endpoints
from gatepost.storage.statements import Statements
from gatepost.storage.upsert import insert_all
from gatepost.storage.values import to_ms, to_ms_or_none
from gatepost.storage.webhook_rows import delivery_values, endpoint_values, to_delivery, to_endpoint

_OF_APP: Final = (
    select(*endpoints.columns)
    .where(endpoints.c.app_id == bindparam("app_id"))
    .order_by(endpoints.c.created_at, endpoints.c.endpoint_id)
)
_ENDPOINT: Final = select(*endpoints.columns).where(endpoints.c.endpoint_id == bindparam("endpoint_id"))
_ADD_ENDPOINT: Final = insert_all(endpoints)
_PUT_ENDPOINT: Final = (
    update(endpoints)
    .where(endpoints.c.endpoint_id == bindparam("endpoint_id_"))
    .values({column: bindparam(column.name) for column in endpoints.columns if not column.primary_key})
)
_REMOVE_ENDPOINT: Final = delete(endpoints).where(endpoints.c.endpoint_id == bindparam("endpoint_id"))
_WAITING: Final = (
    select(
        *endpoints.columns,
        select(func.min(deliveries.c.next_at))
        .where(deliveries.c.endpoint_id == endpoints.c.endpoint_id, deliveries.c.next_at.is_not(None))
        .correlate(endpoints)
        .scalar_subquery()
        .label("due_at"),
    )
    .where(endpoints.c.enabled)
    .subquery()
)
_DUE: Final = (
    select(*(_WAITING.c[column.name] for column in endpoints.columns))
    .where(_WAITING.c.due_at <= bindparam("now"))
    .order_by(_WAITING.c.failing_since.is_not(None), _WAITING.c.due_at, _WAITING.c.endpoint_id)
    .limit(bindparam("limit"))
)
_DUE_TO_ONE: Final = (
    select(*deliveries.columns)
    .where(deliveries.c.endpoint_id == bindparam("endpoint_id"), deliveries.c.next_at <= bindparam("now"))
    .order_by(deliveries.c.next_at)
    .limit(bindparam("limit"))
)
_LEASE: Final = (
    update(deliveries)
    .where(deliveries.c.delivery_id == bindparam("delivery_id_"))
    .values(leased_until=bindparam("until"), next_at=bindparam("until"))
    .returning(*deliveries.columns)
)
_ADD_DELIVERY: Final = insert_all(deliveries)
_DELIVERY: Final = select(*deliveries.columns).where(deliveries.c.delivery_id == bindparam("delivery_id"))
_SWAP: Final = (
    update(deliveries)
    .where(
        deliveries.c.delivery_id == bindparam("delivery_id_"),
        deliveries.c.state == bindparam("state_"),
        deliveries.c.leased_until.is_not_distinct_from(bindparam("leased_until_")),
    )
    .values({column: bindparam(column.name) for column in deliveries.columns if not column.primary_key})
)
_LAST: Final = deliveries.alias("last")
_PAGE: Final = (
    select(*deliveries.columns)
    .where(
        deliveries.c.app_id == bindparam("app_id"),
        bindparam("endpoint_id").is_(None) | (deliveries.c.endpoint_id == bindparam("endpoint_id")),
        bindparam("state").is_(None) | (deliveries.c.state == bindparam("state")),
    )
    .order_by(deliveries.c.created_at.desc(), deliveries.c.delivery_id.desc())
    .limit(bindparam("limit"))
)
_NEXT_PAGE: Final = _PAGE.where(
    tuple_(deliveries.c.created_at, deliveries.c.delivery_id)
    < select(_LAST.c.created_at, _LAST.c.delivery_id).where(_LAST.c.delivery_id == bindparam("after")).scalar_subquery()
)
_FORGET: Final = delete(deliveries).where(
    deliveries.c.delivery_id.in_(
        select(deliveries.c.delivery_id).where(deliveries.c.created_at < bindparam("before")).limit(bindparam("limit"))
    )
)


class SqlWebhooks:
    """``core.repositories.Webhooks`` in one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def endpoints(self, app_id: AppId) -> Sequence[Endpoint]:
        """List the app's endpoints, oldest first."""
        return [to_endpoint(row) for row in self._statements.all(_OF_APP, {"app_id": app_id})]

    def endpoint(self, endpoint_id: EndpointId) -> Endpoint | None:
        """Find an endpoint."""
        row = self._statements.first(_ENDPOINT, {"endpoint_id": endpoint_id})
        return None if row is None else to_endpoint(row)

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""
        self._statements.change(_ADD_ENDPOINT, endpoint_values(endpoint))

    def put_endpoint(self, endpoint: Endpoint) -> None:
        """Replace the endpoint with the same id."""
        self._statements.change(_PUT_ENDPOINT, {**endpoint_values(endpoint), "endpoint_id_": endpoint.endpoint_id})

    def remove_endpoint(self, endpoint_id: EndpointId) -> None:
        """Delete an endpoint with all that was, or was to be, told to it."""
        self._statements.change(_REMOVE_ENDPOINT, {"endpoint_id": endpoint_id})

    def endpoints_due(self, now: datetime, limit: int) -> Sequence[Endpoint]:
        """List enabled endpoints with something to be told by now: those that fail last, the longest waiting first."""
        return [to_endpoint(row) for row in self._statements.all(_DUE, {"now": to_ms(now), "limit": limit})]

    def lease(self, endpoint_id: EndpointId, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        """Take hold, until then, of at most ``limit`` of what is to be told to the endpoint by now, oldest first."""
        due = self._statements.all(_DUE_TO_ONE, {"endpoint_id": endpoint_id, "now": to_ms(now), "limit": limit})
        return [
            to_delivery(leased)
            for row in due
            for leased in self._statements.all(_LEASE, {"delivery_id_": row[0], "until": to_ms(until)})
        ]

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep something to be told."""
        self._statements.change(_ADD_DELIVERY, delivery_values(delivery))

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """Find a delivery."""
        row = self._statements.first(_DELIVERY, {"delivery_id": delivery_id})
        return None if row is None else to_delivery(row)

    def swap_delivery(self, before: Delivery, after: Delivery) -> bool:
        """Replace ``before`` by ``after``; False, changing nothing, if it is gone or somebody else took hold of it."""
        swapped = self._statements.change(
            _SWAP,
            {
                **delivery_values(after),
                "delivery_id_": before.delivery_id,
                "state_": before.state.value,
                "leased_until_": to_ms_or_none(before.leased_until),
            },
        )
        return swapped == 1

    def deliveries(self, wanted: DeliveryFilter, after: DeliveryId | None, limit: int) -> Sequence[Delivery]:
        """List deliveries, newest first, from behind ``after``."""
        values = {
            "app_id": wanted.app_id,
            "endpoint_id": wanted.endpoint_id,
            "state": wanted.state and wanted.state.value,
            "after": after,
            "limit": limit,
        }
        return [to_delivery(row) for row in self._statements.all(_PAGE if after is None else _NEXT_PAGE, values)]

    def forget_deliveries(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` deliveries of before; return how many."""
        return self._statements.change(_FORGET, {"before": to_ms(created_before), "limit": limit})
