"""Writing to many at once (``projects-api`` section 8)."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from core.broadcasts.jobs import BroadcastJobs, BroadcastRequest
from http_api.project.broadcast_shapes import (
    BroadcastAnswer,
    BroadcastsAnswer,
    BroadcastsQuery,
    ListedBroadcast,
    NewBroadcast,
    RecipientAnswer,
    RehearsedBroadcast,
    ReportsAnswer,
    ReportsQuery,
    StartedBroadcast,
)
from http_api.project.call import Call, ResponseBody, Route

_Route: Final = partial(Route, group="BroadcastJobs")
_ONE: Final = "/broadcast/{job_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastHandlers:
    """The handlers."""

    broadcasts: BroadcastJobs

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/broadcast",
                handler=self.start,
                summary="Write to many; with dry_run only tell how many, and how it would look",
                wish=NewBroadcast,
                answer=StartedBroadcast,
                other_answers=(RehearsedBroadcast,),
                is_once=True,
                codes=("idempotency_conflict", "conflict"),
            ),
            _Route(
                method="GET",
                path="/broadcast",
                handler=self.list_all,
                summary="The newest broadcasts, newest first",
                wish=BroadcastsQuery,
                answer=BroadcastsAnswer,
            ),
            _Route(
                method="GET",
                path=_ONE,
                handler=self.find,
                summary="How far a broadcast has come",
                answer=BroadcastAnswer,
                is_poll=True,
                codes=("not_found",),
            ),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.cancel,
                summary="Cancel a broadcast; what was sent stays sent",
                answer=BroadcastAnswer,
                codes=("not_found", "conflict", "test_key_forbidden"),
            ),
            _Route(
                method="GET",
                path=f"{_ONE}/deliveries",
                handler=self.reports,
                summary="What became of each recipient",
                wish=ReportsQuery,
                answer=ReportsAnswer,
                codes=("not_found",),
            ),
        ]

    async def start(self, call: Call) -> ResponseBody:
        """``POST /broadcast``."""
        wanted = call.read(NewBroadcast)
        wish = BroadcastRequest(
            draft=wanted.draft(),
            audience=wanted.audience(),
            per_minute=wanted.messages_per_minute,
            is_test=call.caller.is_test,
        )
        app_id = call.caller.app.app_id
        if wanted.dry_run:
            return RehearsedBroadcast.of(await self.broadcasts.rehearse(app_id, wish), wish.audience)
        job = await self.broadcasts.start(app_id, wish, call.once)
        return StartedBroadcast(job_id=job.job_id, status="pending", total_subscribers=job.total)

    async def list_all(self, call: Call) -> BroadcastsAnswer:
        """``GET /broadcast``."""
        found = await self.broadcasts.latest(call.caller.app.app_id, call.read(BroadcastsQuery).limit)
        return BroadcastsAnswer(broadcasts=[ListedBroadcast.of(job) for job in found])

    async def find(self, call: Call) -> BroadcastAnswer:
        """``GET /broadcast/{job_id}``."""
        return BroadcastAnswer.of(await self.broadcasts.find(call.caller.app.app_id, call.path["job_id"]))

    async def cancel(self, call: Call) -> BroadcastAnswer:
        """``DELETE /broadcast/{job_id}``."""
        app_id, is_test = call.caller.app.app_id, call.caller.is_test
        return BroadcastAnswer.of(await self.broadcasts.cancel(app_id, call.path["job_id"], is_test=is_test))

    async def reports(self, call: Call) -> ReportsAnswer:
        """``GET /broadcast/{job_id}/deliveries``."""
        wanted = call.read(ReportsQuery)
        job, found = await self.broadcasts.reports(
            call.caller.app.app_id, call.path["job_id"], wanted.state(), int(wanted.cursor or 0), wanted.limit
        )
        last = found[-1].recipient.position if len(found) == wanted.limit else None
        return ReportsAnswer(
            deliveries=[RecipientAnswer.of(job, report) for report in found],
            next_cursor=None if last is None else str(last),
        )
