"""Webhook endpoints, and the deliveries to them, as rows."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, null, select, tuple_, update

from core.model.ids import AppId, DeliveryId, EndpointId, SubscriptionId
from core.model.webhooks.webhook import Delivery, DeliveryFilter, DeliveryState, Endpoint, Former, WebhookEvent
from storage.rows import Converter, RowMapper, from_ms, to_ms, to_ms_or_none
from storage.statements import Statements, insert_all, update_all
from storage.tables.apps import apps
from storage.tables.webhooks import deliveries, endpoints


def _read_formers(kept: str) -> tuple[Former, ...]:
    """Return the former secrets in a JSON array of pairs: base64, and the time until which each signs."""
    return tuple(Former(b64decode(secret), from_ms(until)) for secret, until in json.loads(kept))


def _write_formers(formers: tuple[Former, ...]) -> str | None:
    pairs = [(b64encode(former.secret).decode(), to_ms(former.until)) for former in formers]
    return json.dumps(pairs) if pairs else None


def _write_body(body: bytes) -> bytes | None:
    return body or None


_ENDPOINT: Final = RowMapper(endpoints, Endpoint, {"formers": Converter(_read_formers, _write_formers)})
_DELIVERY: Final = RowMapper(deliveries, Delivery, {"body": Converter(write=_write_body, null=b"")})
_OF_APP: Final = (
    select(*_ENDPOINT.columns)
    .where(endpoints.c.app_id == bindparam("app_id"))
    .order_by(endpoints.c.created_at, endpoints.c.endpoint_id)
)
_IN_SERVICE: Final = (
    endpoints.c.enabled,
    select(apps.c.app_id).where(apps.c.app_id == endpoints.c.app_id, apps.c.enabled).correlate(endpoints).exists(),
)
_LISTENING: Final = _OF_APP.where(*_IN_SERVICE)
_ENDPOINT_BY_ID: Final = select(*_ENDPOINT.columns).where(endpoints.c.endpoint_id == bindparam("endpoint_id"))
_ADD_ENDPOINT: Final = insert_all(endpoints)
_PUT_ENDPOINT: Final = update_all(endpoints, but_for=("endpoint_id",)).where(endpoints.c.endpoint_id == bindparam("id"))
_REMOVE_ENDPOINT: Final = delete(endpoints).where(endpoints.c.endpoint_id == bindparam("endpoint_id"))
_WAITING: Final = (
    select(
        *_ENDPOINT.columns,
        select(func.min(deliveries.c.next_at))
        .where(deliveries.c.endpoint_id == endpoints.c.endpoint_id, deliveries.c.next_at.is_not(None))
        .correlate(endpoints)
        .scalar_subquery()
        .label("due_at"),
    )
    .where(*_IN_SERVICE)
    .subquery()
)
_DUE: Final = (
    select(*(_WAITING.c[column.key] for column in _ENDPOINT.columns))
    .where(_WAITING.c.due_at <= bindparam("now"))
    .order_by(_WAITING.c.failing_since.is_not(None), _WAITING.c.due_at, _WAITING.c.endpoint_id)
    .limit(bindparam("limit"))
)
_DUE_TO_ONE: Final = (
    select(deliveries.c.delivery_id)
    .where(deliveries.c.endpoint_id == bindparam("endpoint_id"), deliveries.c.next_at <= bindparam("now"))
    .order_by(deliveries.c.next_at)
    .limit(bindparam("limit"))
)
_LEASE: Final = (
    update(deliveries)
    .where(deliveries.c.delivery_id == bindparam("delivery_id_"))
    .values(leased_until=bindparam("until"), next_at=bindparam("until"))
    .returning(*_DELIVERY.columns)
)
_RELEASE: Final = (
    update(deliveries)
    .where(deliveries.c.next_at.is_not(None), deliveries.c.leased_until.is_not(None))
    .values(leased_until=null(), next_at=bindparam("now"))
)
_ADD_DELIVERY: Final = insert_all(deliveries)
_DELIVERY_BY_ID: Final = select(*_DELIVERY.columns).where(deliveries.c.delivery_id == bindparam("delivery_id"))
_SWAP: Final = update_all(deliveries, but_for=("delivery_id",)).where(
    deliveries.c.delivery_id == bindparam("id"),
    deliveries.c.state == bindparam("before_state"),
    deliveries.c.leased_until.is_not_distinct_from(bindparam("before_lease")),
)
_LAST: Final = deliveries.alias("last")
_PAGE: Final = (
    select(*_DELIVERY.columns)
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
_OF_SUBSCRIPTION: Final = (
    deliveries.c.subscription_id == bindparam("subscription_id_"),
    deliveries.c.event != bindparam("but_for"),
)
_DROP: Final = (
    update(deliveries)
    .where(*_OF_SUBSCRIPTION, deliveries.c.state == bindparam("waiting"))
    .values(
        state=bindparam("failed"),
        error=bindparam("why"),
        settled_at=bindparam("now"),
        next_at=null(),
        leased_until=null(),
    )
)
_ERASE_OF: Final = update(deliveries).where(*_OF_SUBSCRIPTION).values(body=null())
_ERASE: Final = (
    update(deliveries)
    .where(
        deliveries.c.delivery_id.in_(
            select(deliveries.c.delivery_id)
            .where(
                deliveries.c.event == bindparam("event_"),
                deliveries.c.state == bindparam("delivered"),
                deliveries.c.settled_at < bindparam("before"),
                deliveries.c.body.is_not(None),
            )
            .limit(bindparam("limit"))
        )
    )
    .values(body=null())
)
_FORGET: Final = delete(deliveries).where(
    deliveries.c.delivery_id.in_(
        select(deliveries.c.delivery_id).where(deliveries.c.created_at < bindparam("before")).limit(bindparam("limit"))
    )
)


class SqlWebhooks:
    """``core.ports.webhooks.WebhookRepository`` in one transaction.

    What waits to be delivered has ``next_at``; a lease moves that to its own end, so that a delivery whose process died
    is due again by itself. ``swap_delivery`` compares the state and the lease.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def endpoints(self, app_id: AppId) -> Sequence[Endpoint]:
        return [_ENDPOINT.read(row) for row in self._statements.all(_OF_APP, {"app_id": app_id})]

    def listening(self, app_id: AppId) -> Sequence[Endpoint]:
        return [_ENDPOINT.read(row) for row in self._statements.all(_LISTENING, {"app_id": app_id})]

    def endpoint(self, endpoint_id: EndpointId) -> Endpoint | None:
        return _ENDPOINT.read_or_none(self._statements.first(_ENDPOINT_BY_ID, {"endpoint_id": endpoint_id}))

    def add_endpoint(self, endpoint: Endpoint) -> None:
        self._statements.change(_ADD_ENDPOINT, _ENDPOINT.values(endpoint))

    def put_endpoint(self, endpoint: Endpoint) -> None:
        self._statements.change(_PUT_ENDPOINT, {"id": endpoint.endpoint_id, **_ENDPOINT.values(endpoint)})

    def remove_endpoint(self, endpoint_id: EndpointId) -> None:
        self._statements.change(_REMOVE_ENDPOINT, {"endpoint_id": endpoint_id})

    def endpoints_due(self, now: datetime, limit: int) -> Sequence[Endpoint]:
        return [_ENDPOINT.read(row) for row in self._statements.all(_DUE, {"now": to_ms(now), "limit": limit})]

    def lease(self, endpoint_id: EndpointId, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        due = self._statements.all(_DUE_TO_ONE, {"endpoint_id": endpoint_id, "now": to_ms(now), "limit": limit})
        return [
            _DELIVERY.read(leased)
            for (delivery_id,) in due
            for leased in self._statements.all(_LEASE, {"delivery_id_": delivery_id, "until": to_ms(until)})
        ]

    def release(self, now: datetime) -> int:
        return self._statements.change(_RELEASE, {"now": to_ms(now)})

    def add_delivery(self, delivery: Delivery) -> None:
        self._statements.change(_ADD_DELIVERY, _DELIVERY.values(delivery))

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        return _DELIVERY.read_or_none(self._statements.first(_DELIVERY_BY_ID, {"delivery_id": delivery_id}))

    def swap_delivery(self, before: Delivery, after: Delivery) -> bool:
        swapped = self._statements.change(
            _SWAP,
            {
                "id": before.delivery_id,
                "before_state": before.state.value,
                "before_lease": to_ms_or_none(before.leased_until),
                **_DELIVERY.values(after),
            },
        )
        return swapped == 1

    def deliveries(self, wanted: DeliveryFilter, after: DeliveryId | None, limit: int) -> Sequence[Delivery]:
        values = {
            "app_id": wanted.app_id,
            "endpoint_id": wanted.endpoint_id,
            "state": wanted.state and wanted.state.value,
            "after": after,
            "limit": limit,
        }
        return [_DELIVERY.read(row) for row in self._statements.all(_PAGE if after is None else _NEXT_PAGE, values)]

    def erase_deliveries_of(self, subscription_id: SubscriptionId, why: str, now: datetime) -> None:
        of = {"subscription_id_": subscription_id, "but_for": WebhookEvent.SUBSCRIPTION_DELETED.value}
        states = {"waiting": DeliveryState.WAITING.value, "failed": DeliveryState.FAILED.value}
        self._statements.change(_DROP, {**of, **states, "why": why, "now": to_ms(now)})
        self._statements.change(_ERASE_OF, of)

    def erase_delivered(self, event: WebhookEvent, settled_before: datetime, limit: int) -> int:
        values = {"event_": event.value, "delivered": DeliveryState.DELIVERED.value, "limit": limit}
        return self._statements.change(_ERASE, {**values, "before": to_ms(settled_before)})

    def forget_deliveries(self, created_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"before": to_ms(created_before), "limit": limit})
