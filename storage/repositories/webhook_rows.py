"""Webhook endpoints and deliveries to and from rows."""

import json
from base64 import b64decode, b64encode
from typing import Final

from core.model.ids import AppId, DeliveryId, EndpointId, SubscriptionId
from core.model.webhooks.webhook import Delivery, DeliveryState, Endpoint, Former
from storage.errors import ImpossibleRowError
from storage.statements import Row
from storage.values import from_json, from_ms, from_ms_or_none, to_json, to_ms, to_ms_or_none

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
        formers,
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
        formers=_to_formers(formers),
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
        "formers": _from_formers(endpoint.formers),
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
        subscription_id,
        is_test,
    ) = row
    if state not in _STATES:
        raise ImpossibleRowError("deliveries", delivery_id, f"state {state!r}")
    return Delivery(
        delivery_id=DeliveryId(delivery_id),
        endpoint_id=EndpointId(endpoint_id),
        app_id=AppId(app_id),
        event=event,
        body=body or b"",
        created_at=from_ms(created_at),
        state=_STATES[state],
        attempts=attempts,
        next_at=from_ms_or_none(next_at),
        leased_until=from_ms_or_none(leased_until),
        status=status,
        error=error,
        settled_at=from_ms_or_none(settled_at),
        subscription_id=None if subscription_id is None else SubscriptionId(subscription_id),
        is_test=bool(is_test),
    )


def delivery_values(delivery: Delivery) -> dict[str, object]:
    """Return the row of a delivery."""
    return {
        "delivery_id": delivery.delivery_id,
        "endpoint_id": delivery.endpoint_id,
        "app_id": delivery.app_id,
        "event": delivery.event,
        "body": delivery.body or None,
        "created_at": to_ms(delivery.created_at),
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_at": to_ms_or_none(delivery.next_at),
        "leased_until": to_ms_or_none(delivery.leased_until),
        "status": delivery.status,
        "error": delivery.error,
        "settled_at": to_ms_or_none(delivery.settled_at),
        "subscription_id": delivery.subscription_id,
        "is_test": delivery.is_test,
    }


def _to_formers(array: str | None) -> tuple[Former, ...]:
    """Return the former secrets that ``_from_formers`` wrote."""
    return tuple(Former(b64decode(secret), from_ms(until)) for secret, until in json.loads(array or "[]"))


def _from_formers(formers: tuple[Former, ...]) -> str | None:
    """Return former secrets as a JSON array of pairs; most endpoints have none."""
    pairs = [(b64encode(former.secret).decode(), to_ms(former.until)) for former in formers]
    return json.dumps(pairs) if pairs else None
