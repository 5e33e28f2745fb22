"""What sites send and get about webhooks."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue

from core.model.apps.app import URL_LIMIT
from core.model.webhooks.webhook import ENDPOINT_DESCRIPTION_LIMIT, Delivery, DeliveryState, Endpoint
from core.webhooks.endpoints import PAGE_LIMIT, EndpointSecret
from http_api.project.call import Moment
from http_api.route import RequestBody, ResponseBody

Url = Annotated[str, Field(min_length=1, max_length=URL_LIMIT)]
Events = Annotated[list[str], Field(max_length=100)]
Description = Annotated[str, Field(max_length=ENDPOINT_DESCRIPTION_LIMIT)]
Status = Literal["active", "disabled"]


class NewEndpoint(RequestBody):
    """An endpoint to be; no ``events`` means all of them."""

    url: Url
    events: Events = Field(default_factory=list)
    description: Description = ""


class ChangedEndpoint(RequestBody):
    """What to change about an endpoint: what is missing stays. ``active`` sends what still waits for it."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    status: Status | None = None


class EndpointAnswer(ResponseBody):
    """An endpoint; ``secret`` is there once, when it was drawn."""

    id: str
    url: str
    events: list[str]
    description: str
    status: Status
    why_disabled: str | None
    created_at: Moment
    secret: str | None = None

    @classmethod
    def of(cls, endpoint: Endpoint, **more: object) -> Self:
        """Make one of what the core says."""
        fields = {
            "id": endpoint.endpoint_id,
            "url": endpoint.url,
            "events": list(endpoint.events),
            "description": endpoint.description,
            "status": "active" if endpoint.enabled else "disabled",
            "why_disabled": endpoint.why_disabled,
            "created_at": endpoint.created_at,
        }
        return cls.model_validate({**fields, **more})

    @classmethod
    def with_secret(cls, made: EndpointSecret) -> Self:
        """Make one that shows the secret."""
        return cls.of(made.endpoint, secret=made.secret)


class EndpointsAnswer(ResponseBody):
    """All endpoints, oldest first."""

    webhooks: list[EndpointAnswer]


class LogQuery(RequestBody):
    """Which deliveries to list; ``cursor`` is the ``next_cursor`` of the page before."""

    endpoint: str | None = None
    state: DeliveryState | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50
    cursor: str | None = None


class DeliveryAnswer(ResponseBody):
    """Something told to one endpoint; ``status`` (of HTTP) and ``error`` are of the last attempt.

    ``is_test`` = it was simulated.
    """

    id: str
    endpoint_id: str
    event: str
    state: DeliveryState
    attempts: int
    status: int | None
    error: str | None
    is_test: bool
    created_at: Moment
    next_at: Moment | None
    settled_at: Moment | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Make one of what the core says."""
        return cls(
            id=delivery.delivery_id,
            endpoint_id=delivery.endpoint_id,
            event=delivery.event,
            state=delivery.state,
            attempts=delivery.attempts,
            status=delivery.status,
            error=delivery.error,
            is_test=delivery.is_test,
            created_at=delivery.created_at,
            next_at=delivery.next_at,
            settled_at=delivery.settled_at,
        )


class DeliveriesAnswer(ResponseBody):
    """A page of the log of the last 30 days, newest first; ``next_cursor`` is ``null`` on the last one."""

    deliveries: list[DeliveryAnswer]
    next_cursor: str | None


class SimulatedEvent(RequestBody):
    """An event that did not happen."""

    event: str
    data: dict[str, JsonValue] = Field(default_factory=dict)


class SimulatedAnswer(ResponseBody):
    """What is sent: one delivery for each endpoint that wants such an event."""

    deliveries: list[DeliveryAnswer]
