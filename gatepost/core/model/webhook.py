"""Webhooks: the addresses where a site is told what happens, and each thing that is told.

Sources: ``projects-api`` section 12, ``delivery`` section 2, and Standard Webhooks.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gatepost.core.model.ids import AppId, DeliveryId, EndpointId

ENDPOINTS_LIMIT: Final = 5
"""How many endpoints an app may have."""


class WebhookEvent(StrEnum):
    """What a site can be told."""

    AUTH_COMPLETED = "auth.completed"
    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_DELETED = "subscription.deleted"
    PHONE_MOVED = "phone.moved"


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of a site; no ``events`` means all of them.

    ``secret`` is sealed, and so is ``former_secret``, which signs too until ``former_until``. ``failing_since`` is when
    it last began to fail; ``why_disabled`` tells who or what switched it off.
    """

    endpoint_id: EndpointId
    app_id: AppId
    url: str
    events: tuple[str, ...] = ()
    description: str = ""
    enabled: bool = True
    secret: bytes
    former_secret: bytes | None = None
    former_until: datetime | None = None
    created_at: datetime
    failing_since: datetime | None = None
    why_disabled: str | None = None

    def wants(self, event: str) -> bool:
        """Tell whether the endpoint is to be told of such an event."""
        return self.enabled and (not self.events or event in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing told to one endpoint.

    ``body`` is the JSON that is sent, sealed. While it waits, ``next_at`` is when it is tried next; somebody who tries
    it now holds it until ``leased_until``. ``status`` and ``error`` are of the last attempt.
    """

    delivery_id: DeliveryId
    endpoint_id: EndpointId
    app_id: AppId
    event: str
    body: bytes
    created_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    next_at: datetime | None = None
    leased_until: datetime | None = None
    status: int | None = None
    error: str | None = None
    settled_at: datetime | None = None
