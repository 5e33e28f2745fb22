"""Webhook endpoints of a project, their log, and events to try them out (``projects-api`` section 12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.model.apps.errors import TestKeyRequired
from core.model.ids import DeliveryId, EndpointId
from core.model.webhooks.errors import DeliveryErased, EndpointDisabled, TooManyEndpoints
from core.model.webhooks.webhook import DeliveryFilter
from core.webhooks.endpoints import EndpointRequest, WebhookEndpoints
from http_api.project.call import Call, Deleted, ProjectRoute
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
from http_api.route import Access, Route, ok
from http_api.unknown import FROM_SERVERS

_Route: Final = partial(Route, unknown=FROM_SERVERS, group="Webhooks")
_Setting: Final = partial(Route, unknown=FROM_SERVERS, group="Webhooks", access=Access.LIVE_KEY)
_ONE: Final = "/webhooks/{id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHandlers:
    """The handlers."""

    webhooks: WebhookEndpoints

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [*self._log_routes(), *self._endpoint_routes()]

    def _endpoint_routes(self) -> Sequence[ProjectRoute]:
        return [
            _Route(
                method="GET",
                path="/webhooks",
                handler=self.endpoints,
                summary="All endpoints",
                answers=ok(EndpointsAnswer),
            ),
            _Setting(
                method="POST",
                path="/webhooks",
                handler=self.create,
                summary="Add an endpoint, up to five; its secret is shown this once",
                body=NewEndpoint,
                answers=ok(EndpointAnswer),
                refusals=(TooManyEndpoints,),
            ),
            _Route(method="GET", path=_ONE, handler=self.endpoint, summary="One endpoint", answers=ok(EndpointAnswer)),
            _Setting(
                method="PUT",
                path=_ONE,
                handler=self.change,
                summary="Change an endpoint",
                body=ChangedEndpoint,
                answers=ok(EndpointAnswer),
            ),
            _Setting(
                method="DELETE",
                path=_ONE,
                handler=self.remove,
                summary="Remove an endpoint and its log",
                answers=ok(Deleted),
            ),
        ]

    def _log_routes(self) -> Sequence[ProjectRoute]:
        return [
            _Setting(
                method="POST",
                path=f"{_ONE}/rotate-secret",
                handler=self.rotate_secret,
                summary="Draw a new secret; the old one signs too for 24 hours",
                answers=ok(EndpointAnswer),
            ),
            _Route(
                method="GET",
                path="/webhooks/deliveries",
                handler=self.deliveries,
                summary="What was sent in the last 30 days, newest first",
                query=LogQuery,
                answers=ok(DeliveriesAnswer),
            ),
            _Setting(
                method="POST",
                path="/webhooks/deliveries/{id}/resend",
                handler=self.resend,
                summary="Send something again, under the same id",
                answers=ok(DeliveryAnswer),
                refusals=(DeliveryErased, EndpointDisabled),
            ),
            _Route(
                method="POST",
                path="/test/simulate-event",
                handler=self.simulate,
                summary="Send a webhook of an event that did not happen; by test keys only",
                body=SimulatedEvent,
                answers=ok(SimulatedAnswer),
                refusals=(TestKeyRequired,),
            ),
        ]

    async def endpoints(self, call: Call) -> EndpointsAnswer:
        """``GET /webhooks``."""
        endpoints = await self.webhooks.endpoints(call.caller.app.app_id)
        return EndpointsAnswer(webhooks=[EndpointAnswer.of(endpoint) for endpoint in endpoints])

    async def create(self, call: Call) -> EndpointAnswer:
        """``POST /webhooks``."""
        body = call.read(NewEndpoint)
        request = EndpointRequest(url=body.url, events=tuple(body.events), description=body.description)
        return EndpointAnswer.with_secret(await self.webhooks.create(call.caller.app.app_id, request))

    async def endpoint(self, call: Call) -> EndpointAnswer:
        """``GET /webhooks/{id}``."""
        return EndpointAnswer.of(await self.webhooks.endpoint(call.caller.app.app_id, EndpointId(call.path["id"])))

    async def change(self, call: Call) -> EndpointAnswer:
        """``PUT /webhooks/{id}``."""
        body = call.read(ChangedEndpoint)
        request = EndpointRequest(
            url=body.url,
            events=None if body.events is None else tuple(body.events),
            description=body.description,
            enabled=None if body.status is None else body.status == "active",
        )
        changed = await self.webhooks.change(call.caller.app.app_id, EndpointId(call.path["id"]), request)
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
        delivery_filter = DeliveryFilter(call.caller.app.app_id, endpoint_id, query.state)
        cursor = DeliveryId(query.cursor) if query.cursor else None
        page = await self.webhooks.deliveries(delivery_filter, cursor, query.limit)
        deliveries = [DeliveryAnswer.of(delivery) for delivery in page.deliveries]
        return DeliveriesAnswer(deliveries=deliveries, next_cursor=page.next_cursor)

    async def resend(self, call: Call) -> DeliveryAnswer:
        """``POST /webhooks/deliveries/{id}/resend``."""
        delivery_id = DeliveryId(call.path["id"])
        return DeliveryAnswer.of(await self.webhooks.resend(call.caller.app.app_id, delivery_id))

    async def simulate(self, call: Call) -> SimulatedAnswer:
        """``POST /test/simulate-event``."""
        if not call.caller.is_test:
            raise TestKeyRequired
        body = call.read(SimulatedEvent)
        sent = await self.webhooks.simulate(call.caller.app.app_id, body.event, body.data)
        return SimulatedAnswer(deliveries=[DeliveryAnswer.of(delivery) for delivery in sent])
