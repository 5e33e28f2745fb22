"""What one transaction can find, keep and change of webhooks, and the courier that brings them to sites.

A delivery is *held* while it is tried, until a lease ends; what is in it is sealed, and not read here.
"""

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
    """The endpoints of sites, and the deliveries to them."""

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
        """Delete an endpoint with all its deliveries, past and waiting."""
        ...

    def endpoints_due(self, now: datetime, limit: int) -> Sequence[Endpoint]:
        """List enabled endpoints of enabled apps that have a delivery due by now.

        Endpoints that fail come last, else the longest waiting first.
        """
        ...

    def lease(self, endpoint_id: EndpointId, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        """Hold at most ``limit`` deliveries to the endpoint that are due, oldest first, until then; return them."""
        ...

    def release(self, now: datetime) -> int:
        """Let go of all deliveries that are held, so that they are due now; return how many."""
        ...

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep a new delivery."""
        ...

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """Find a delivery."""
        ...

    def swap_delivery(self, before: Delivery, after: Delivery) -> bool:
        """Replace ``before`` by ``after``; return False, changing nothing, if it is gone or held by another."""
        ...

    def deliveries(self, wanted: DeliveryFilter, after: DeliveryId | None, limit: int) -> Sequence[Delivery]:
        """List deliveries, newest first, from behind ``after``."""
        ...

    def erase_deliveries_of(self, subscription_id: SubscriptionId, why: str, now: datetime) -> None:
        """Erase the bodies of a subscription's deliveries, but for that of its end; waiting ones fail with ``why``."""
        ...

    def erase_delivered(self, event: WebhookEvent, settled_before: datetime, limit: int) -> int:
        """Erase the bodies of at most ``limit`` deliveries of an event that arrived before; return how many."""
        ...

    def forget_deliveries(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` deliveries created before; return how many."""
        ...


class Courier(Protocol):
    """The way out: it brings one body to one address of a site."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> EndpointResponse:
        """Post ``body`` once, following no redirection, in bounded time; raises nothing: trouble is an answer too."""
        ...
