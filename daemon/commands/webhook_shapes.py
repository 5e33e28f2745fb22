"""Endpoints and deliveries as commands print them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from core.model.webhooks.webhook import Delivery, Endpoint


def endpoint_shape(endpoint: "Endpoint") -> dict[str, object]:
    """Return an endpoint for JSON, without its secret."""
    return {
        "id": endpoint.endpoint_id,
        "url": endpoint.url,
        "events": endpoint.events,
        "description": endpoint.description,
        "status": "active" if endpoint.enabled else "disabled",
        "why_disabled": endpoint.why_disabled,
        "failing_since": _iso(endpoint.failing_since),
        "created_at": _iso(endpoint.created_at),
    }


def endpoint_row(endpoint: "Endpoint") -> tuple[str, ...]:
    """Return an endpoint as a row of a table."""
    state = "active"
    if not endpoint.enabled:
        state = f"disabled: {endpoint.why_disabled}"
    elif endpoint.failing_since is not None:
        state = f"failing since {_short(endpoint.failing_since)} UTC"
    return endpoint.endpoint_id, endpoint.url, ", ".join(endpoint.events) or "all", state, endpoint.description


def delivery_shape(delivery: "Delivery") -> dict[str, object]:
    """Return a delivery for JSON, without its body."""
    return {
        "id": delivery.delivery_id,
        "endpoint_id": delivery.endpoint_id,
        "event": delivery.event,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "error": delivery.error,
        "is_test": delivery.is_test,
        "created_at": _iso(delivery.created_at),
        "next_at": _iso(delivery.next_at),
        "settled_at": _iso(delivery.settled_at),
    }


def delivery_row(delivery: "Delivery") -> tuple[str, ...]:
    """Return a delivery as a row of a table."""
    answer = " ".join(str(part) for part in (delivery.status, delivery.error) if part is not None)
    return (
        _short(delivery.created_at),
        delivery.delivery_id,
        delivery.endpoint_id,
        f"{delivery.event} (test)" if delivery.is_test else delivery.event,
        delivery.state.value,
        str(delivery.attempts),
        answer or "none yet",
        "" if delivery.next_at is None else _short(delivery.next_at),
    )


def _iso(moment: "datetime | None") -> str | None:
    return None if moment is None else moment.isoformat()


def _short(moment: "datetime") -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
