"""Webhook endpoints: a site or the operator makes, changes and removes them, and reads what was sent.

``publisher`` writes what is to be sent, ``dispatcher`` sends it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from core.clock import Clock
from core.complaints import Wrong
from core.entropy import Entropy, uuid4
from core.errors import Invalid
from core.model.ids import AppId, DeliveryId, EndpointId
from core.model.webhooks.errors import (
    DeliveryErased,
    DeliveryNotFound,
    EndpointDisabled,
    EndpointNotFound,
    TooManyEndpoints,
)
from core.model.webhooks.signature import draw_secret
from core.model.webhooks.webhook import (
    ENDPOINTS_LIMIT,
    Delivery,
    DeliveryFilter,
    Endpoint,
    WebhookEvent,
    checked_endpoint,
)
from core.ports.store import Store, Unit
from core.seal import Seal
from core.webhooks.publisher import NOTES, Data, Event, Publisher

SECRET_OVERLAP: Final = timedelta(hours=24)
"""How long the old secret of an endpoint goes on signing beside the new one after a rotation."""
PAGE_LIMIT: Final = 200
"""How many deliveries one page of the log may have."""
_SWITCHED_OFF: Final = "switched off by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """What an endpoint is to be; ``None`` leaves it as it is, or as it is by default."""

    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class EndpointSecret:
    """An endpoint and its secret, shown once, kept sealed."""

    endpoint: Endpoint
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries, newest first, and the cursor behind which the next page begins; ``None`` if this is the last."""

    deliveries: Sequence[Delivery]
    next_cursor: DeliveryId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoints:
    """The story of the site's and the operator's side. ``allows_http`` = the operator named networks that need it."""

    store: Store
    clock: Clock
    entropy: Entropy
    seal: Seal
    publisher: Publisher
    allows_http: bool

    async def endpoints(self, app_id: AppId) -> Sequence[Endpoint]:
        """List the app's endpoints, oldest first."""
        return await self.store.read(lambda unit: unit.webhooks.endpoints(app_id))

    async def endpoint(self, app_id: AppId, endpoint_id: EndpointId) -> Endpoint:
        """Return an endpoint of the app; raise ``EndpointNotFound``."""
        return await self.store.read(lambda unit: _endpoint(unit, app_id, endpoint_id))

    async def create(self, app_id: AppId, request: EndpointRequest) -> EndpointSecret:
        """Give the app an endpoint, and return its secret; raise ``Invalid`` or ``TooManyEndpoints``."""
        secret = draw_secret(self.entropy)
        endpoint_id = EndpointId(str(uuid4(self.entropy)))
        blank = Endpoint(
            endpoint_id=endpoint_id,
            app_id=app_id,
            url="",
            secret=self.seal.seal(secret.encode(), secret_context(endpoint_id)),
            created_at=self.clock.now(),
        )
        endpoint = self._changed(blank, request)

        def add(unit: Unit) -> None:
            unit.guard(f"endpoints of {app_id}")
            if len(unit.webhooks.endpoints(app_id)) >= ENDPOINTS_LIMIT:
                raise TooManyEndpoints
            unit.webhooks.add_endpoint(endpoint)

        await self.store.write(add)
        return EndpointSecret(endpoint, secret)

    async def change(self, app_id: AppId, endpoint_id: EndpointId, request: EndpointRequest) -> Endpoint:
        """Change an endpoint; raise ``Invalid`` or ``EndpointNotFound``.

        Enabling it forgets that it failed, and what still waits for it is sent.
        """
        return await self._put(app_id, endpoint_id, lambda endpoint: self._changed(endpoint, request))

    async def remove(self, app_id: AppId, endpoint_id: EndpointId) -> None:
        """Delete an endpoint with its log; raise ``EndpointNotFound``."""

        def remove(unit: Unit) -> None:
            unit.webhooks.remove_endpoint(_endpoint(unit, app_id, endpoint_id).endpoint_id)

        await self.store.write(remove)

    async def rotate_secret(self, app_id: AppId, endpoint_id: EndpointId) -> EndpointSecret:
        """Give an endpoint a new secret; the old one signs too for 24 hours. Raises ``EndpointNotFound``.

        A second rotation within that time does not shut out the secret that the site really uses.
        """
        secret = draw_secret(self.entropy)
        sealed = self.seal.seal(secret.encode(), secret_context(endpoint_id))
        now = self.clock.now()

        def rotated(endpoint: Endpoint) -> Endpoint:
            return endpoint.with_secret(sealed, now, now + SECRET_OVERLAP)

        return EndpointSecret(await self._put(app_id, endpoint_id, rotated), secret)

    async def deliveries(self, wanted: DeliveryFilter, cursor: DeliveryId | None, limit: int) -> DeliveryPage:
        """Return a page of at most ``limit`` deliveries from behind ``cursor``; raise ``Invalid``."""
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid("limit", Wrong.NOT_BETWEEN, least=1, most=PAGE_LIMIT)

        def find(unit: Unit) -> Sequence[Delivery]:
            if cursor is not None and not _is_of(wanted.app_id, unit.webhooks.delivery(cursor)):
                raise Invalid("cursor", Wrong.BAD_CURSOR)
            return unit.webhooks.deliveries(wanted, cursor, limit + 1)

        deliveries = await self.store.read(find)
        page = deliveries[:limit]
        return DeliveryPage(page, page[-1].delivery_id if len(deliveries) > limit else None)

    async def resend(self, app_id: AppId, delivery_id: DeliveryId) -> Delivery:
        """Send a delivery again, under the same id; return it as it waits.

        Raises ``DeliveryNotFound``, ``DeliveryErased`` or ``EndpointDisabled``.
        """
        now = self.clock.now()

        def requeue(unit: Unit) -> Delivery:
            delivery = unit.webhooks.delivery(delivery_id)
            if delivery is None or not _is_of(app_id, delivery):
                raise DeliveryNotFound
            if not delivery.body:
                raise DeliveryErased
            if not _endpoint(unit, app_id, delivery.endpoint_id).enabled:
                raise EndpointDisabled
            again = delivery.again(now)
            unit.webhooks.swap_delivery(delivery, again)
            unit.ring(NOTES)
            return again

        return await self.store.write(requeue)

    async def simulate(self, app_id: AppId, event: str, data: Data) -> Sequence[Delivery]:
        """Tell the app's endpoints of an event that did not happen, and return what is sent; raise ``Invalid``."""
        if event not in list(WebhookEvent):
            raise Invalid("event", Wrong.NOT_ONE_OF, choices=tuple(WebhookEvent))
        _check_numbers(data)
        now, simulated = self.clock.now(), Event(WebhookEvent(event), data, is_test=True)
        return await self.store.write(lambda unit: self.publisher.publish(unit, app_id, now, simulated))

    async def _put(self, app_id: AppId, endpoint_id: EndpointId, change: Callable[[Endpoint], Endpoint]) -> Endpoint:
        def put(unit: Unit) -> Endpoint:
            after = change(_endpoint(unit, app_id, endpoint_id))
            unit.webhooks.put_endpoint(after)
            return after

        return await self.store.write(put)

    def _changed(self, endpoint: Endpoint, request: EndpointRequest) -> Endpoint:
        after = replace(
            endpoint,
            url=endpoint.url if request.url is None else request.url,
            events=endpoint.events if request.events is None else request.events,
            description=endpoint.description if request.description is None else request.description,
        )
        if request.enabled is not None and request.enabled != endpoint.enabled:
            after = after.switched_on() if request.enabled else after.switched_off(_SWITCHED_OFF)
        return checked_endpoint(after, allows_http=self.allows_http)


def secret_context(endpoint_id: EndpointId) -> str:
    """Return what an endpoint's secret is sealed for."""
    return f"endpoint secret {endpoint_id}"


def _check_numbers(data: Data) -> None:
    """Raise ``Invalid`` for what Python reads as a number and JSON knows not: NaN, Infinity, and what is too large."""
    try:
        json.dumps(data, allow_nan=False)
    except ValueError as trouble:
        raise Invalid("data", Wrong.NOT_A_JSON_NUMBER) from trouble


def _endpoint(unit: Unit, app_id: AppId, endpoint_id: EndpointId) -> Endpoint:
    endpoint = unit.webhooks.endpoint(endpoint_id)
    if endpoint is None or endpoint.app_id != app_id:
        raise EndpointNotFound
    return endpoint


def _is_of(app_id: AppId, delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.app_id == app_id
