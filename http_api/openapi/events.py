"""What sites are told by webhooks (``projects-api`` section 12), event by event, as the description sees it.

``core/webhooks/publisher.py`` writes the bodies; every webhook of the tests' stories is held against these shapes.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, create_model

from core.model.people.person import MessengerName
from core.model.webhooks.webhook import WebhookEvent
from http_api.openapi.operation import Event
from http_api.route import ResponseBody

DeliveryId = Annotated[str, Field(description="Of the message; not of the webhook.")]


class SubscriberData(ResponseBody):
    """Whom it is about, and in which messenger."""

    subscriber_id: Annotated[str, Field(examples=["550e8400-e29b-41d4-a716-446655440000"])]
    channel: MessengerName


class AuthCompletedData(SubscriberData):
    """Who logged in."""

    state: Annotated[str | None, Field(description="The session's; null where none was given.")]
    first_name: str
    username: Annotated[str, Field(description="Empty if there is none.")]
    lang: Annotated[str, Field(examples=["ru"])]
    tags: list[str]
    session_id: Annotated[
        str | None, Field(description="The session that your server polls; null with a permanent link or `/api/v1`.")
    ]


class SubscriptionCreatedData(SubscriberData):
    """Who subscribed, and with what."""

    lang: Annotated[str, Field(examples=["ru"])]
    tags: list[str]
    permissions: list[str]


class ButtonClickedData(SubscriberData):
    """Who pressed which button of which message."""

    callback_data: str
    delivery_id: DeliveryId


class DeliveredData(SubscriberData):
    """A message that a messenger took."""

    delivery_id: DeliveryId


class UndeliveredData(DeliveredData):
    """A message that did not arrive, or may not have."""

    status: Annotated[
        Literal["failed", "expired", "unknown"],
        Field(description="For good; a day has passed; or it may have arrived."),
    ]
    reason: str | None


class ScheduledSentData(DeliveredData):
    """A scheduled message that a messenger took."""

    scheduled_id: str


class ScheduledFailedData(SubscriberData):
    """A scheduled message that did not arrive, or may not have."""

    delivery_id: Annotated[str | None, Field(description="null if it never became a message.")]
    scheduled_id: str
    status: Literal["failed", "expired", "unknown"]
    reason: str | None


class RecurringSentData(ResponseBody):
    """One time of a recurring message: all its messages are on their way."""

    recurring_id: str
    name: str
    accepted: int
    skipped: int


class DripStepSentData(DeliveredData):
    """A step of a drip chain that a messenger took."""

    chain_id: str
    step: Annotated[int, Field(description="From 1.")]
    steps: int


class DripCompletedData(SubscriberData):
    """Who is through a drip chain."""

    chain_id: str


class CodeData(ResponseBody):
    """Whose one-time code it is, and what for."""

    subscriber_id: Annotated[str, Field(examples=["550e8400-e29b-41d4-a716-446655440000"])]
    channel: Annotated[MessengerName | None, Field(description="null of the test key's own subscriber.")]
    purpose: str


class CodeSentData(CodeData):
    """A one-time code that a messenger took."""

    delivery_id: Annotated[DeliveryId | None, Field(description="Absent with the test key, which sends nothing.")] = (
        None
    )


class FailedAttemptData(CodeData):
    """A wrong guess."""

    attempts_left: int


class BroadcastData(ResponseBody):
    """A broadcast that is over, and what became of it."""

    job_id: str
    total: int
    sent: int
    failed: int
    skipped: int
    reason: Annotated[str | None, Field(description="Only of one that has failed.")] = None


_TOLD: Final[tuple[tuple[WebhookEvent, type[ResponseBody], str], ...]] = (
    (WebhookEvent.AUTH_COMPLETED, AuthCompletedData, "Somebody logged in"),
    (WebhookEvent.SUBSCRIPTION_CREATED, SubscriptionCreatedData, "Somebody subscribed"),
    (WebhookEvent.SUBSCRIPTION_DELETED, SubscriberData, "Somebody left, or was erased"),
    (WebhookEvent.PHONE_MOVED, SubscriberData, "A subscriber's phone was proved by somebody else"),
    (WebhookEvent.BUTTON_CLICKED, ButtonClickedData, "A button of one of your messages was pressed"),
    (WebhookEvent.DELIVERY_SUCCESS, DeliveredData, "A messenger took a message"),
    (WebhookEvent.DELIVERY_FAILED, UndeliveredData, "A message did not arrive, or may not have"),
    (WebhookEvent.OTP_SENT, CodeSentData, "A messenger took a one-time code"),
    (WebhookEvent.OTP_VERIFIED, CodeData, "A one-time code was right"),
    (WebhookEvent.OTP_FAILED_ATTEMPT, FailedAttemptData, "A one-time code was wrong"),
    (WebhookEvent.OTP_MAX_ATTEMPTS_REACHED, CodeData, "That was the last guess, and the code is over"),
    (WebhookEvent.SCHEDULED_SENT, ScheduledSentData, "A messenger took a scheduled message"),
    (WebhookEvent.SCHEDULED_FAILED, ScheduledFailedData, "A scheduled message did not arrive, or may not have"),
    (WebhookEvent.RECURRING_SENT, RecurringSentData, "All messages of one time are on their way"),
    (WebhookEvent.DRIP_STEP_SENT, DripStepSentData, "A messenger took a step of a drip chain"),
    (WebhookEvent.DRIP_COMPLETED, DripCompletedData, "A subscriber is through a drip chain"),
    (WebhookEvent.BROADCAST_COMPLETED, BroadcastData, "A broadcast is over"),
    (WebhookEvent.BROADCAST_CANCELLED, BroadcastData, "A broadcast was cancelled, or has failed"),
)


def _body(event: WebhookEvent, data: type[ResponseBody], summary: str) -> type[ResponseBody]:
    """Return the shape of the whole body: ``auth.completed`` is an ``AuthCompletedEvent``."""
    name = "".join(word.capitalize() for word in event.replace("_", ".").split("."))
    told: Any = {
        "event": (Literal[event.value], ...),
        "data": (data, ...),
        "test": (
            Annotated[Literal[True], Field(description="It did not happen: `data` is what a test made of it.")],
            True,
        ),
    }
    return create_model(f"{name}Event", __base__=ResponseBody, __doc__=f"{summary}.", **told)


EVENTS: Final = tuple(Event(event.value, summary, _body(event, data, summary)) for event, data, summary in _TOLD)
"""All events, in the order of the contract."""
