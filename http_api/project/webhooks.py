"""Where a site is told what happens, what it was told, and how to try it out (``projects-api`` section 12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.model.apps.errors import TestKeyRequired
from core.model.ids import DeliveryId, EndpointId
from core.model.webhooks.webhook import DeliveryFilter
from core.webhooks.endpoints import EndpointRequest, WebhookEndpoints
from http_api.project.call import Call, Deleted, Route
from http_api.project.webhook_shapes import (
    ChangedEndpoint,
    DeliveriesAnswer,
    DeliveryAnswer,
    EndpointAnswer,
    EndpointsAnswer,
    LogQuery,
    NewEndpoint,
    SimulatedAnswer,
    SimulatedEvent,
)

_Route: Final = partial(Route, group="WebhookEndpoints")
_Setting: Final = partial(Route, group="WebhookEndpoints", is_setting=True)
_ONE: Final = "/webhooks/{id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHandlers:
    """The handlers."""

    webhooks: WebhookEndpoints

    def routes(self) -> list[Route]:
        """List the routes."""
        return [*self._log_routes(), *self._endpoint_routes()]

    def _endpoint_routes(self) -> Sequence[Route]:
        return [
            _Route(
                method="GET",
                path="/webhooks",
                handler=self.endpoints,
                summary="All endpoints",
                answer=EndpointsAnswer,
            ),
            _Setting(
                method="POST",
                path="/webhooks",
                handler=self.create,
                summary="Add an endpoint, up to five; its secret is shown this once",
                wish=NewEndpoint,
                answer=EndpointAnswer,
                codes=("conflict",),
            ),
            _Route(method="GET", path=_ONE, handler=self.endpoint, summary="One endpoint", answer=EndpointAnswer),
            _Setting(
                method="PUT",
                path=_ONE,
                handler=self.change,
                summary="Change an endpoint",
                wish=ChangedEndpoint,
                answer=EndpointAnswer,
            ),
            _Setting(
                method="DELETE",
                path=_ONE,
                handler=self.remove,
                summary="Remove an endpoint and its log",
                answer=Deleted,
            ),
        ]

    def _log_routes(self) -> Sequence[Route]:
        return [
            _Setting(
                method="POST",
                path=f"{_ONE}/rotate-secret",
                handler=self.rotate_secret,
                summary="Draw a new secret; the old one signs too for 24 hours",
                answer=EndpointAnswer,
            ),
            _Route(
                method="GET",
                path="/webhooks/deliveries",
                handler=self.deliveries,
                summary="What was sent in the last 30 days, newest first",
                wish=LogQuery,
                answer=DeliveriesAnswer,
            ),
            _Setting(
                method="POST",
                path="/webhooks/deliveries/{id}/resend",
                handler=self.resend,
                summary="Send something again, under the same id",
                answer=DeliveryAnswer,
                codes=("conflict",),
            ),
            _Route(
                method="POST",
                path="/test/simulate-event",
                handler=self.simulate,
                summary="Send a webhook of an event that did not happen; by test keys only",
                wish=SimulatedEvent,
                answer=SimulatedAnswer,
                codes=("forbidden",),
            ),
        ]

    async def endpoints(self, call: Call) -> EndpointsAnswer:
        """``GET /webhooks``."""
        found = await self.webhooks.endpoints(call.caller.app.app_id)
        return EndpointsAnswer(webhooks=[EndpointAnswer.of(endpoint) for endpoint in found])

    async def create(self, call: Call) -> EndpointAnswer:
        """``POST /webhooks``."""
        wanted = call.read(NewEndpoint)
        wish = EndpointRequest(url=wanted.url, events=tuple(wanted.events), description=wanted.description)
        return EndpointAnswer.with_secret(await self.webhooks.create(call.caller.app.app_id, wish))

    async def endpoint(self, call: Call) -> EndpointAnswer:
        """``GET /webhooks/{id}``."""
        return EndpointAnswer.of(await self.webhooks.endpoint(call.caller.app.app_id, EndpointId(call.path["id"])))

    async def change(self, call: Call) -> EndpointAnswer:
        """``PUT /webhooks/{id}``."""
        wanted = call.read(ChangedEndpoint)
        wish = EndpointRequest(
            url=wanted.url,
            events=None if wanted.events is None else tuple(wanted.events),
            description=wanted.description,
            enabled=None if wanted.status is None else wanted.status == "active",
        )
        changed = await self.webhooks.change(call.caller.app.app_id, EndpointId(call.path["id"]), wish)
        return EndpointAnswer.of(changed)

    async def remove(self, call: Call) -> Deleted:
        """``DELETE /webhooks/{id}``."""
        await self.webhooks.remove(call.caller.app.app_id, EndpointId(call.path["id"]))
        return Deleted(deleted=True)

    async def rotate_secret(self, call: Call) -> EndpointAnswer:
        """``POST /webhooks/{id}/rotate-secret``."""
        endpoint_id = EndpointId(call.path["id"])
        return EndpointAnswer.with_secret(await self.webhooks.rotate_secret(call.caller.app.app_id, endpoint_id))

    async def deliveries(self, call: Call) -> DeliveriesAnswer:
        """``GET /webhooks/deliveries``."""
        query = call.read(LogQuery)
        endpoint_id = EndpointId(query.endpoint) if query.endpoint else None
        wanted = DeliveryFilter(call.caller.app.app_id, endpoint_id, query.state)
        cursor = DeliveryId(query.cursor) if query.cursor else None
        page = await self.webhooks.deliveries(wanted, cursor, query.limit)
        told = [DeliveryAnswer.of(delivery) for delivery in page.deliveries]
        return DeliveriesAnswer(deliveries=told, next_cursor=page.next_cursor)

    async def resend(self, call: Call) -> DeliveryAnswer:
        """``POST /webhooks/deliveries/{id}/resend``."""
        delivery_id = DeliveryId(call.path["id"])
        return DeliveryAnswer.of(await self.webhooks.resend(call.caller.app.app_id, delivery_id))

    async def simulate(self, call: Call) -> SimulatedAnswer:
        """``POST /test/simulate-event``."""
        if not call.caller.is_test:
            raise TestKeyRequired
        wanted = call.read(SimulatedEvent)
        sent = await self.webhooks.simulate(call.caller.app.app_id, wanted.event, wanted.data)
        return SimulatedAnswer(deliveries=[DeliveryAnswer.of(delivery) for delivery in sent])
