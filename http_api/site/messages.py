"""Writing to people by phone (``sites-api`` sections 2.7 and 6): for sites' servers, with the app's message token."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, Final, Literal, Self

from aiohttp import web
from pydantic import ConfigDict, Field, TypeAdapter

from core.model.ids import MessageId
from core.model.people.person import Account, MessengerName
from core.model.sending.errors import (
    IdempotencyConflict,
    InvalidRecipient,
    MessageEmpty,
    MessageNotFound,
    MessageNotReplayable,
    MessageTooLong,
    RecipientNotFound,
)
from core.model.sending.outbox_message import ARRIVED, OPEN, Attempt, LogFilter, MessageState, Outcome
from core.sending.log import DeliveryLog, Entry
from core.sending.submission import DeliveryStatus, PhoneRecipient, Submission
from http_api.clients import Proxies
from http_api.limits import Limits
from http_api.progress import PROGRESS, Progress
from http_api.route import Access, Answers, HttpRoute, RequestBody, Route, ok
from http_api.site.answers import SiteAnswer, SiteError, Timestamp, timestamp
from http_api.site.shapes import Hex24
from http_api.unknown import FROM_PAGES
from http_api.voice import CALLER, json_of, json_response, once_of

WAIT_SECONDS: Final = 10.0
"""How long an answer waits for a messenger to take the message."""
_ID: Final = TypeAdapter(Hex24)
_BAD_GATEWAY: Final = 502
_ACCEPTED: Final = 202


class SendMessage(RequestBody):
    """What a site wants to be sent."""

    model_config = ConfigDict(strict=True)

    recipient: Annotated[str, Field(max_length=32, examples=["+79001234567"])]
    message: str
    ttl: Annotated[int, Field(ge=10, le=7 * 86_400, description="Seconds after which it is not worth sending.")] = (
        86_400
    )
    platform: Annotated[
        MessengerName | None, Field(strict=False, description="The messenger to try first, such as the one just used.")
    ] = None


class MessageAttempt(SiteAnswer):
    """One try, by one messenger."""

    platform: MessengerName | None
    outcome: Annotated[str, Field(examples=["unreachable"])]
    reason: Annotated[str, Field(description="The messenger's words.")]

    @classmethod
    def of(cls, attempt: Attempt, account: Account | None) -> Self:
        """Make one of what the core says."""
        outcome = attempt.outcome.value if attempt.outcome else "running"
        return cls(platform=account.messenger if account else None, outcome=outcome, reason=attempt.why)


class MessageSent(SiteAnswer):
    """A messenger took it; ``correlation_id`` is what it is known by here, ``message_id`` there."""

    success: Literal[True]
    platform: MessengerName
    message_id: str
    sent_at: Timestamp
    correlation_id: Hex24


class MessageQueued(SiteAnswer):
    """It is kept and will be sent (``queued``), or it may have been sent and will not be again (``unknown``)."""

    success: Literal[True]
    status: Literal["queued", "unknown"]
    correlation_id: Hex24


class MessageProgress(SiteAnswer):
    """How far a message has come."""

    success: Literal[True]
    status: Progress
    platform: MessengerName | None
    message_id: str | None
    sent_at: Timestamp | None
    correlation_id: Hex24
    attempts: list[MessageAttempt]


class ListMessages(RequestBody):
    """Which page of what did not arrive; ``cursor`` is the ``next_cursor`` of the page before."""

    status: Literal["undelivered"] = "undelivered"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Hex24 | None = None


class MessageRow(SiteAnswer):
    """A message that did not arrive, or of which nobody knows; neither its text nor to whom it went."""

    correlation_id: Hex24
    status: Progress
    platform: Annotated[MessengerName | None, Field(description="The last one that was tried.")]
    reason: str | None
    created_at: Timestamp

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Make one of what the core says."""
        message = entry.message
        return cls(
            correlation_id=message.message_id,
            status=PROGRESS[message.state],
            platform=entry.channel,
            reason=message.reason,
            created_at=timestamp(message.created_at),
        )


class MessagesPage(SiteAnswer):
    """A page, newest first; ``next_cursor`` is ``null`` on the last one."""

    success: Literal[True]
    messages: list[MessageRow]
    next_cursor: Hex24 | None


class UndeliveredError(SiteError):
    """No messenger takes it."""

    attempts: list[MessageAttempt]


_SENT: Final[Answers] = {200: (MessageSent,), _ACCEPTED: (MessageQueued,), _BAD_GATEWAY: (UndeliveredError,)}
_Route: Final = partial(Route, group="Messages by phone", access=Access.MESSAGE_TOKEN, unknown=FROM_PAGES)
_ONE: Final = "/message/{correlation_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHandlers:
    """The handlers."""

    submission: Submission
    log: DeliveryLog
    limits: Limits
    proxies: Proxies

    def routes(self) -> list[HttpRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/message/send",
                handler=self.send,
                summary="Write to somebody by phone; answered when a messenger took it, or after ten seconds",
                body=SendMessage,
                is_once=True,
                answers=_SENT,
                refusals=(InvalidRecipient, MessageEmpty, MessageTooLong, RecipientNotFound, IdempotencyConflict),
            ),
            _Route(
                method="GET",
                path=_ONE,
                handler=self.find,
                summary="How far a message has come",
                answers=ok(MessageProgress),
                refusals=(MessageNotFound,),
            ),
            _Route(
                method="POST",
                path=f"{_ONE}/replay",
                handler=self.replay,
                summary="Send once more what failed, expired, or may have been sent; answered as if it was sent now",
                answers=_SENT,
                refusals=(MessageNotFound, MessageNotReplayable),
            ),
            _Route(
                method="GET",
                path="/messages",
                handler=self.page,
                summary="What did not arrive, newest first",
                query=ListMessages,
                answers=ok(MessagesPage),
            ),
        ]

    async def send(self, request: web.Request) -> web.Response:
        """``POST /message/send``: keep it, and answer when a messenger took it, or after ten seconds."""
        app_id = request[CALLER].app.app_id
        body = SendMessage.model_validate_json(await json_of(request))
        self.limits.count_message(app_id)
        ttl = timedelta(seconds=body.ttl)
        once = await once_of(request)
        recipient = PhoneRecipient(body.recipient, body.platform)
        message_id = await self.submission.to_phone(app_id, recipient, body.message, ttl, once)
        await self.submission.wait(message_id, WAIT_SECONDS)
        return _answer(await self.submission.find(app_id, message_id))

    async def find(self, request: web.Request) -> web.Response:
        """``GET /message/{correlation_id}``: how far it has come."""
        message_id = _ID.validate_python(request.match_info["correlation_id"])
        try:
            delivery = await self.submission.find(request[CALLER].app.app_id, message_id)
        except MessageNotFound:
            self.limits.count_miss(self.proxies.network_of(request))
            raise
        return json_response(_progress(delivery))

    async def page(self, request: web.Request) -> web.Response:
        """``GET /messages``: what did not arrive."""
        query = ListMessages.model_validate(dict(request.query))
        cursor = MessageId(query.cursor) if query.cursor else None
        page = await self.log.page(request[CALLER].app.app_id, LogFilter(undelivered=True), cursor, query.limit)
        rows = [MessageRow.of(entry) for entry in page.entries]
        return json_response(MessagesPage(success=True, messages=rows, next_cursor=page.next_cursor))

    async def replay(self, request: web.Request) -> web.Response:
        """``POST /message/{correlation_id}/replay``: send it once more, and answer as if it was sent now."""
        app_id = request[CALLER].app.app_id
        message_id = MessageId(_ID.validate_python(request.match_info["correlation_id"]))
        self.limits.count_message(app_id)
        try:
            await self.log.replay(app_id, message_id)
        except MessageNotFound:
            self.limits.count_miss(self.proxies.network_of(request))
            raise
        await self.submission.wait(message_id, WAIT_SECONDS)
        return _answer(await self.submission.find(app_id, message_id))


def _answer(delivery: DeliveryStatus) -> web.Response:
    message = delivery.message
    platform = _platform(delivery)
    if message.state in ARRIVED and platform and message.platform_message_id and message.settled_at:
        sent = MessageSent(
            success=True,
            platform=platform,
            message_id=message.platform_message_id,
            sent_at=timestamp(message.settled_at),
            correlation_id=message.message_id,
        )
        return json_response(sent)
    if message.state in OPEN or message.state is MessageState.UNKNOWN:
        status: Literal["queued", "unknown"] = "queued" if message.state in OPEN else "unknown"
        return json_response(
            MessageQueued(success=True, status=status, correlation_id=message.message_id), status=_ACCEPTED
        )
    failed = UndeliveredError(
        success=False,
        error="DELIVERY_FAILED",
        message="No messenger brings this message to the recipient.",
        correlation_id=message.message_id,
        attempts=_attempts(delivery),
    )
    return json_response(failed, status=_BAD_GATEWAY)


def _progress(delivery: DeliveryStatus) -> MessageProgress:
    message = delivery.message
    has_arrived = message.state in ARRIVED
    return MessageProgress(
        success=True,
        status=PROGRESS[message.state],
        platform=_platform(delivery),
        message_id=message.platform_message_id,
        sent_at=timestamp(message.settled_at) if has_arrived and message.settled_at else None,
        correlation_id=message.message_id,
        attempts=_attempts(delivery),
    )


def _platform(delivery: DeliveryStatus) -> MessengerName | None:
    """Return which messenger took the message; ``None`` as long as none has."""
    accounts = [account for attempt, account in delivery.attempts if attempt.outcome is Outcome.SENT and account]
    return accounts[-1].messenger if accounts else None


def _attempts(delivery: DeliveryStatus) -> list[MessageAttempt]:
    return [MessageAttempt.of(attempt, account) for attempt, account in delivery.attempts]
