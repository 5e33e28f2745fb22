"""What a project sends and gets about messages to a few (``projects-api`` section 6)."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from core.complaints import Wrong
from core.errors import Invalid
from core.model.messages.content import Content
from core.model.messages.template import Format, Template, filled, filled_buttons, filled_media, read_text
from core.model.people.person import MessengerName
from core.model.sending.idempotency import Accepted
from core.model.sending.outbox_message import ARRIVED, OPEN, MessageState, OutboxMessage
from core.model.text.entities import from_entities
from core.model.text.text import RichText
from http_api.project.call import ExternalId
from http_api.project.content_shapes import SentButton, SentMedia, media_of, rows_of
from http_api.route import RequestBody, ResponseBody

Status = Literal["success", "failed", "queued", "unknown"]


class SendWish(RequestBody):
    """A message to one subscriber, or to all that share an ``external_id`` of yours."""

    subscriber_id: str | None = None
    external_id: ExternalId | None = None
    channels: Annotated[list[MessengerName], Field(max_length=len(MessengerName), default_factory=list)]
    channel: MessengerName | None = None
    text: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    format: Format | None = None
    template: Annotated[str, Field(max_length=64)] | None = None
    vars: Annotated[dict[str, str | int | float], Field(max_length=50, default_factory=dict)]
    entities: Annotated[list[dict[str, Any]], Field(max_length=100)] | None = None
    media: SentMedia | None = None
    buttons: Annotated[list[list[SentButton]], Field(max_length=3, default_factory=list)]
    permission: Annotated[str, Field(max_length=64)] | None = None

    def content(self, template: Template | None, signature: str) -> Content:
        """Return what is to be sent, signed; ``template`` is the one that was named. Raise ``Invalid``."""
        text = self._text() if template is None else self._filled(template)
        media, rows = media_of(self.media), rows_of(self.buttons, has_variables=template is not None)
        if template is not None:
            media, rows = filled_media(media, self.vars), filled_buttons(rows, self.vars)
        return Content(text.append(signature) if signature else text, media, rows)

    def wanted_channels(self) -> frozenset[MessengerName]:
        """Return the messengers to send by; none means any."""
        return frozenset(self.channels) | ({self.channel} if self.channel else frozenset())

    def _text(self) -> RichText:
        if self.text is None:
            raise Invalid("text", Wrong.NOTHING_TO_SEND)
        if self.entities is None:
            return read_text(self.text, self.format or Format.PLAIN)
        if self.format is not None:
            raise Invalid("entities", Wrong.NOT_WITH_FORMAT)
        return from_entities(self.text, self.entities)

    def _filled(self, template: Template) -> RichText:
        if self.text is not None or self.entities is not None or self.format is not None:
            raise Invalid("template", Wrong.NOT_WITH_TEXT)
        return filled(template, self.vars)


class SendDetail(ResponseBody):
    """What became of the message to one subscriber; ``delivery_id`` is its row in the log."""

    subscriber_id: str | None
    channel: MessengerName | None
    status: Status
    delivery_id: str | None
    reason: str | None

    @classmethod
    def of(cls, accepted: Accepted, message: OutboxMessage | None) -> Self:
        """Make one of what the core says."""
        return cls(
            subscriber_id=accepted.subscription_id,
            channel=accepted.channel,
            status=status_of(message),
            delivery_id=accepted.message_id,
            reason=accepted.why_not or (message.reason if message else None),
        )


class SendAnswer(ResponseBody):
    """How many got it and how many did not; what is on its way is in neither number."""

    sent: int
    failed: int
    details: list[SendDetail]

    @classmethod
    def of(cls, details: list[SendDetail]) -> Self:
        """Make one of its details."""
        statuses = [detail.status for detail in details]
        return cls(sent=statuses.count("success"), failed=statuses.count("failed"), details=details)


class BatchWish(RequestBody):
    """Many messages at once, each as ``/send`` takes it."""

    messages: Annotated[list[SendWish], Field(min_length=1, max_length=100)]


class PreviewAnswer(ResponseBody):
    """How a message would look."""

    rendered_text: str
    format: str | None
    text_length: int
    has_media: bool
    buttons_count: int
    entities_count: int
    template_key: str | None


def status_of(message: OutboxMessage | None) -> Status:
    """Return the contract's word for how a message stands; ``None`` = it could not be accepted."""
    if message is None:
        return "failed"
    if message.state in OPEN:
        return "queued"
    if message.state in ARRIVED:
        return "success"
    return "unknown" if message.state is MessageState.UNKNOWN else "failed"
