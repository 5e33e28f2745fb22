"""Messages for many, again and again (``projects-api`` section 9)."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Self

from pydantic import Field

from core.later.recurring import RecurringMessages, RecurringRequest, ShownRecurring
from core.model.calendar.recurrence import DAYS_LIMIT, HOURS_LIMIT, Recurrence
from core.model.later.recurring import RecurringAudience, Run
from core.model.messages.template import Format
from core.model.people.person import MessengerName
from http_api.project.call import Call, Deleted, Moment, ProjectRoute
from http_api.project.content_shapes import DraftBody
from http_api.project.scheduled import Name, Zone
from http_api.route import Access, ResponseBody, Route, ok
from http_api.unknown import TO_MANY

_Route: Final = partial(Route, unknown=TO_MANY, group="Recurring messages")
_ONE: Final = "/recurring/{recurring_id}"


class RecurringWish(DraftBody):
    """A message for all subscribers, or some, by one of ``interval_hours``, ``interval_days`` and ``cron``."""

    name: Name = ""
    interval_hours: Annotated[int, Field(ge=1, le=HOURS_LIMIT)] | None = None
    interval_days: Annotated[int, Field(ge=1, le=DAYS_LIMIT)] | None = None
    cron: (
        Annotated[
            str,
            Field(
                max_length=200,
                description="Five fields, at most once an hour, by the clock of timezone.",
                examples=["0 9 * * 1"],
            ),
        ]
        | None
    ) = None
    timezone: Zone | None = None
    channel: MessengerName | None = None
    segment: Annotated[str, Field(max_length=64, description="A tag: only who has it.")] | None = None
    permission: Annotated[str, Field(max_length=64, description="Its key: only who holds it.")] | None = None

    def request(self) -> RecurringRequest:
        """Return what the core is to keep; raise ``Invalid``."""
        rhythm = Recurrence(
            interval_hours=self.interval_hours,
            interval_days=self.interval_days,
            cron=self.cron,
            timezone=self.timezone,
        )
        audience = RecurringAudience(self.channel, self.segment, self.permission)
        return RecurringRequest(name=self.name, draft=self.draft(), rhythm=rhythm, audience=audience)


class RunAnswer(ResponseBody):
    """One time that is over: how many messages went out, and how many could not (unreachable, or too long a text)."""

    began_at: Moment
    accepted: int
    skipped: int

    @classmethod
    def of(cls, run: Run) -> Self:
        """Make one of what the core says."""
        return cls(began_at=run.began_at, accepted=run.accepted, skipped=run.skipped)


class RecurringAnswer(ResponseBody):
    """A message that recurs."""

    id: str
    name: str
    text: str
    format: Format
    interval_hours: int | None
    interval_days: int | None
    cron: str | None
    timezone: str | None
    channel: MessengerName | None
    segment: str | None
    permission: str | None
    created_at: Moment
    next_run_at: Moment
    last_run: RunAnswer | None

    @classmethod
    def of(cls, shown: ShownRecurring) -> Self:
        """Make one of what the core says."""
        recurring, rhythm, audience = shown.recurring, shown.recurring.rhythm, shown.recurring.audience
        return cls(
            id=recurring.recurring_id,
            name=recurring.name,
            text=shown.draft.text,
            format=shown.draft.format,
            interval_hours=rhythm.interval_hours,
            interval_days=rhythm.interval_days,
            cron=rhythm.cron,
            timezone=rhythm.timezone,
            channel=audience.channel,
            segment=audience.segment,
            permission=audience.permission,
            created_at=recurring.created_at,
            next_run_at=recurring.next_at,
            last_run=RunAnswer.of(recurring.last_run) if recurring.last_run else None,
        )


class RecurringList(ResponseBody):
    """The project's recurring messages, oldest first."""

    recurring: list[RecurringAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringHandlers:
    """The handlers."""

    recurring_messages: RecurringMessages

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/recurring",
                handler=self.add,
                summary="Have a message sent to many again and again",
                body=RecurringWish,
                answers=ok(RecurringAnswer),
                access=Access.LIVE_KEY,
            ),
            _Route(
                method="GET",
                path="/recurring",
                handler=self.list_all,
                summary="The project's recurring messages",
                answers=ok(RecurringList),
            ),
            _Route(
                method="GET", path=_ONE, handler=self.find, summary="One recurring message", answers=ok(RecurringAnswer)
            ),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.remove,
                summary="Stop a recurring message; what is on its way still arrives",
                answers=ok(Deleted),
                access=Access.LIVE_KEY,
            ),
        ]

    async def add(self, call: Call) -> RecurringAnswer:
        """``POST /recurring``."""
        return RecurringAnswer.of(
            await self.recurring_messages.add(call.caller.app.app_id, call.read(RecurringWish).request())
        )

    async def list_all(self, call: Call) -> RecurringList:
        """``GET /recurring``."""
        messages = await self.recurring_messages.list_all(call.caller.app.app_id)
        return RecurringList(recurring=[RecurringAnswer.of(each) for each in messages])

    async def find(self, call: Call) -> RecurringAnswer:
        """``GET /recurring/{recurring_id}``."""
        return RecurringAnswer.of(await self.recurring_messages.find(call.caller.app.app_id, call.path["recurring_id"]))

    async def remove(self, call: Call) -> Deleted:
        """``DELETE /recurring/{recurring_id}``."""
        await self.recurring_messages.remove(call.caller.app.app_id, call.path["recurring_id"])
        return Deleted(deleted=True)
