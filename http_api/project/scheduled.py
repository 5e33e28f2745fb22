"""Messages for one subscriber, for later (``projects-api`` section 9)."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Self

from pydantic import Field

from core.later.scheduled import ScheduledMessages, ScheduleRequest, ShownScheduled
from core.model.calendar.time_zones import read_moment, read_zone
from core.model.later.errors import ScheduledNotFound, ScheduledSettled
from core.model.later.scheduled import ScheduledState
from core.model.messages.template import Format
from core.model.sending.errors import IdempotencyConflict
from core.model.subscribers.errors import SubscriberNotFound
from http_api.project.call import Call, Deleted, Moment, ProjectRoute
from http_api.project.content_shapes import DraftBody
from http_api.route import Access, RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

_Route: Final = partial(Route, unknown=FROM_SERVERS, group="Scheduled messages")
_ONE: Final = "/scheduled/{scheduled_id}"
_PAGE_LIMIT: Final = 200
Name = Annotated[str, Field(max_length=100, description="For yourself; nobody is shown it.")]
Zone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"], description="IANA.")]


class ScheduleWish(DraftBody):
    """A message for one subscriber, for later."""

    subscriber_id: Annotated[str, Field(max_length=64)]
    scheduled_at: Annotated[
        str,
        Field(
            max_length=200,
            description="ISO 8601 with an offset or Z; or without, and then it is a time of timezone.",
            examples=["2026-12-31T18:00:00+03:00"],
        ),
    ]
    timezone: Zone | None = None
    name: Name = ""

    def request(self) -> ScheduleRequest:
        """Return what the core is to keep; raise ``Invalid``."""
        zone = read_zone(self.timezone) if self.timezone is not None else None
        return ScheduleRequest(
            subscription_id=self.subscriber_id,
            draft=self.draft(),
            scheduled_at=read_moment(self.scheduled_at, zone, "scheduled_at"),
            timezone=self.timezone,
            name=self.name,
        )


class ScheduledAnswer(ResponseBody):
    """A message for later; ``delivery_id`` and ``reason`` tell what became of it."""

    id: str
    subscriber_id: str
    name: str
    text: str
    format: Format
    status: ScheduledState
    scheduled_at: Moment
    timezone: str | None
    created_at: Moment
    delivery_id: str | None
    reason: str | None

    @classmethod
    def of(cls, shown: ShownScheduled) -> Self:
        """Make one of what the core says."""
        scheduled = shown.scheduled
        return cls(
            id=scheduled.scheduled_id,
            subscriber_id=scheduled.subscription_id,
            name=shown.name,
            text=shown.draft.text,
            format=shown.draft.format,
            status=scheduled.state,
            scheduled_at=scheduled.scheduled_at,
            timezone=scheduled.timezone,
            created_at=scheduled.created_at,
            delivery_id=scheduled.message_id,
            reason=scheduled.reason,
        )


class ListScheduled(RequestBody):
    """Which page of the list; ``status`` = only those."""

    status: ScheduledState | None = None
    limit: Annotated[int, Field(ge=1, le=_PAGE_LIMIT)] = 50
    cursor: Annotated[str, Field(max_length=64)] | None = None


class ScheduledPage(ResponseBody):
    """A page of the list, by their time; ``next_cursor`` is ``null`` on the last one."""

    scheduled: list[ScheduledAnswer]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledHandlers:
    """The handlers."""

    scheduled_messages: ScheduledMessages

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/scheduled",
                handler=self.add,
                summary="Have a message sent to a subscriber later",
                body=ScheduleWish,
                answers=ok(ScheduledAnswer),
                access=Access.LIVE_KEY,
                is_once=True,
                refusals=(SubscriberNotFound, ScheduledNotFound, IdempotencyConflict),
            ),
            _Route(
                method="GET",
                path="/scheduled",
                handler=self.page,
                summary="Scheduled messages by their time; what is done stays for 30 days",
                query=ListScheduled,
                answers=ok(ScheduledPage),
            ),
            _Route(
                method="GET", path=_ONE, handler=self.find, summary="One scheduled message", answers=ok(ScheduledAnswer)
            ),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.cancel,
                summary="Cancel a scheduled message whose time has not come",
                answers=ok(Deleted),
                access=Access.LIVE_KEY,
                refusals=(ScheduledSettled,),
            ),
        ]

    async def add(self, call: Call) -> ScheduledAnswer:
        """``POST /scheduled``."""
        request = call.read(ScheduleWish).request()
        return ScheduledAnswer.of(await self.scheduled_messages.add(call.caller.app.app_id, request, call.once))

    async def page(self, call: Call) -> ScheduledPage:
        """``GET /scheduled``."""
        query = call.read(ListScheduled)
        page, cursor = await self.scheduled_messages.page(
            call.caller.app.app_id, query.status, query.cursor, query.limit
        )
        return ScheduledPage(scheduled=[ScheduledAnswer.of(each) for each in page], next_cursor=cursor)

    async def find(self, call: Call) -> ScheduledAnswer:
        """``GET /scheduled/{scheduled_id}``."""
        return ScheduledAnswer.of(await self.scheduled_messages.find(call.caller.app.app_id, call.path["scheduled_id"]))

    async def cancel(self, call: Call) -> Deleted:
        """``DELETE /scheduled/{scheduled_id}``."""
        await self.scheduled_messages.cancel(call.caller.app.app_id, call.path["scheduled_id"])
        return Deleted(deleted=True)
