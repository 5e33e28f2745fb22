"""Webhooks in one transaction, and the way out to the sites."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import (
    AppId,
    DeliveryId,
    EndpointId,
    SubscriptionId,
)
from core.model.webhooks.webhook import Delivery, DeliveryFilter, Endpoint, EndpointResponse, WebhookEvent


class WebhookRepository(Protocol):
    """Where sites are told what happens, and what they are told."""

    def endpoints(self, app_id: AppId) -> Sequence[Endpoint]:
        """List the app's endpoints, oldest first."""
        ...

    def listening(self, app_id: AppId) -> Sequence[Endpoint]:
        """List the app's endpoints that are enabled, oldest first; none if the app itself is disabled."""
        ...

    def endpoint(self, endpoint_id: EndpointId) -> Endpoint | None:
        """Find an endpoint."""
        ...

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""
        ...

    def put_endpoint(self, endpoint: Endpoint) -> None:
        """Replace the endpoint with the same id."""
        ...

    def remove_endpoint(self, endpoint_id: EndpointId) -> None:
        """Delete an endpoint with all that was, or was to be, told to it."""
        ...

    def endpoints_due(self, now: datetime, limit: int) -> Sequence[Endpoint]:
        """List enabled endpoints of enabled apps with something to be told by now.

        Those that fail come last, else the longest waiting first.
        """
        ...

    def lease(self, endpoint_id: EndpointId, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        """Take hold, until then, of at most ``limit`` of what is to be told to the endpoint by now, oldest first."""
        ...

    def release(self, now: datetime) -> int:
        """Let go of all that is held, so that it is to be told now; return how much."""
        ...

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep something to be told."""
        ...

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """Find a delivery."""
        ...

    def swap_delivery(self, before: Delivery, after: Delivery) -> bool:
        """Replace ``before`` by ``after``; False, changing nothing, if it is gone or held by another."""
        ...

    def deliveries(self, wanted: DeliveryFilter, after: DeliveryId | None, limit: int) -> Sequence[Delivery]:
        """List deliveries, newest first, from behind ``after``."""
        ...

    def erase_deliveries_of(self, subscription_id: SubscriptionId, why: str, now: datetime) -> None:
        """Erase what was, or was to be, told of a subscription, but for its end; what waits fails because of that."""
        ...

    def erase_delivered(self, event: WebhookEvent, settled_before: datetime, limit: int) -> int:
        """Erase the bodies of at most ``limit`` deliveries of an event that arrived before; return how many."""
        ...

    def forget_deliveries(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` deliveries of before; return how many."""
        ...


class Courier(Protocol):
    """What brings webhooks to the sites' addresses."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> EndpointResponse:
        """Post ``body`` once, following nothing, in bounded time; whatever goes wrong is an answer too."""
        ...
