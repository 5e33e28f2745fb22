"""The log of what a project sent, and sending once more what did not arrive."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from core.model.ids import MessageId
from core.model.people.person import MessengerName
from core.model.sending.errors import MessageNotFound, MessageNotReplayable
from core.model.sending.outbox_message import ARRIVED, Attempt, LogFilter, MessageState
from core.sending.log import DeliveryLog, Entry
from http_api.progress import PROGRESS, Progress
from http_api.project.call import Call, Moment, ProjectRoute
from http_api.route import Access, RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

_PAGE_LIMIT: Final = 200
_ONE: Final = "/deliveries/{delivery_id}"
_Route: Final = partial(Route, unknown=FROM_SERVERS, group="Messages")


class ListDeliveries(RequestBody):
    """Which page of the log; ``status`` = only those; ``cursor`` is the ``next_cursor`` of the page before."""

    status: Literal["failed", "expired", "unknown"] | None = None
    limit: Annotated[int, Field(ge=1, le=_PAGE_LIMIT)] = 50
    cursor: Annotated[str, Field(max_length=64)] | None = None


class LogEntry(ResponseBody):
    """One message, never its text. ``sent_at`` is when a messenger took it, ``reason`` why it did not arrive.

    ``subscriber_id`` is ``null`` once the subscriber was erased.
    """

    delivery_id: str
    subscriber_id: str | None
    channel: MessengerName | None
    status: Progress
    reason: str | None
    attempts: int
    created_at: Moment
    sent_at: Moment | None
    is_test: bool

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Make one of what the core says."""
        return cls.model_validate(_fields(entry))


class LogPage(ResponseBody):
    """A page of the log, newest first; ``next_cursor`` is ``null`` on the last one."""

    deliveries: list[LogEntry]
    next_cursor: str | None


class LogAttempt(ResponseBody):
    """One try by one messenger; ``outcome`` is ``running`` until it has ended, ``reason`` the messenger's words."""

    channel: MessengerName
    began_at: Moment
    outcome: Annotated[str, Field(examples=["sent"])]
    reason: str

    @classmethod
    def of(cls, attempt: Attempt, channel: MessengerName) -> Self:
        """Make one of what the core says."""
        outcome = attempt.outcome.value if attempt.outcome else "running"
        return cls(channel=channel, began_at=attempt.began_at, outcome=outcome, reason=attempt.why)


class LogEntryAtLength(LogEntry):
    """One message, and everything that was tried."""

    tried: list[LogAttempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryHandlers:
    """The handlers."""

    log: DeliveryLog

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="GET",
                path="/deliveries",
                handler=self.page,
                summary="What was sent in the last year and what became of it, newest first",
                query=ListDeliveries,
                answers=ok(LogPage),
            ),
            _Route(
                method="GET",
                path=_ONE,
                handler=self.find,
                summary="One message, and everything that was tried",
                answers=ok(LogEntryAtLength),
                refusals=(MessageNotFound,),
            ),
            _Route(
                method="POST",
                path=f"{_ONE}/replay",
                handler=self.replay,
                summary="Send once more what failed, expired, or may have been sent",
                answers=ok(LogEntry),
                refusals=(MessageNotFound, MessageNotReplayable),
                access=Access.LIVE_KEY,
            ),
        ]

    async def page(self, call: Call) -> LogPage:
        """``GET /deliveries``."""
        query = call.read(ListDeliveries)
        log_filter = LogFilter(
            undelivered=query.status is not None,
            state=None if query.status is None else MessageState(query.status),
            tests_only=call.caller.is_test,
        )
        cursor = MessageId(query.cursor) if query.cursor else None
        page = await self.log.page(call.caller.app.app_id, log_filter, cursor, query.limit)
        return LogPage(deliveries=[LogEntry.of(each) for each in page.entries], next_cursor=page.next_cursor)

    async def find(self, call: Call) -> LogEntryAtLength:
        """``GET /deliveries/{delivery_id}``."""
        caller, message_id = call.caller, MessageId(call.path["delivery_id"])
        entry, tried = await self.log.find(caller.app.app_id, message_id, tests_only=caller.is_test)
        attempts = [LogAttempt.of(attempt, channel) for attempt, channel in tried]
        return LogEntryAtLength.model_validate({**_fields(entry), "tried": attempts})

    async def replay(self, call: Call) -> LogEntry:
        """``POST /deliveries/{delivery_id}/replay``."""
        return LogEntry.of(await self.log.replay(call.caller.app.app_id, MessageId(call.path["delivery_id"])))


def _fields(entry: Entry) -> dict[str, object]:
    message = entry.message
    return {
        "delivery_id": message.message_id,
        "subscriber_id": entry.subscription_id,
        "channel": entry.channel,
        "status": PROGRESS[message.state],
        "reason": message.reason,
        "attempts": message.attempts,
        "created_at": message.created_at,
        "sent_at": message.settled_at if message.state in ARRIVED else None,
        "is_test": message.is_test,
    }
