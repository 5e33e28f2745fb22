"""Webhook endpoints and deliveries to and from rows."""

from typing import Final

from gatepost.core.model.ids import AppId, DeliveryId, EndpointId
from gatepost.core.model.webhook import Delivery, DeliveryState, Endpoint
from gatepost.storage.errors import ImpossibleRowError
from gatepost.storage.statements import Row
from gatepost.storage.values import from_json, from_ms, from_ms_or_none, to_json, to_ms, to_ms_or_none

_STATES: Final = {state.value: state for state in DeliveryState}


def to_endpoint(row: Row) -> Endpoint:
    """Return the endpoint that a row holds."""
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
        endpoint_id=EndpointId(endpoint_id),
        app_id=AppId(app_id),
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


def endpoint_values(endpoint: Endpoint) -> dict[str, object]:
    """Return the row of an endpoint."""
    return {
        "endpoint_id": endpoint.endpoint_id,
        "app_id": endpoint.app_id,
        "url": endpoint.url,
        "events": to_json(endpoint.events),
        "description": endpoint.description,
        "enabled": endpoint.enabled,
        "secret": endpoint.secret,
        "former_secret": endpoint.former_secret,
        "former_until": to_ms_or_none(endpoint.former_until),
        "created_at": to_ms(endpoint.created_at),
        "failing_since": to_ms_or_none(endpoint.failing_since),
        "why_disabled": endpoint.why_disabled,
    }


def to_delivery(row: Row) -> Delivery:
    """Return the delivery that a row holds."""
    (
        delivery_id,
        endpoint_id,
        app_id,
        event,
        body,
        created_at,
        state,
        attempts,
        next_at,
        leased_until,
        status,
        error,
        settled_at,
    ) = row
    if state not in _STATES:
        raise ImpossibleRowError("deliveries", delivery_id, f"state {state!r}")
    return Delivery(
        delivery_id=DeliveryId(delivery_id),
        endpoint_id=EndpointId(endpoint_id),
        app_id=AppId(app_id),
        event=event,
        body=body,
        created_at=from_ms(created_at),
        state=_STATES[state],
        attempts=attempts,
        next_at=from_ms_or_none(next_at),
        leased_until=from_ms_or_none(leased_until),
        status=status,
        error=error,
        settled_at=from_ms_or_none(settled_at),
    )


def delivery_values(delivery: Delivery) -> dict[str, object]:
    """Return the row of a delivery."""
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
