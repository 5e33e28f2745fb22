"""Writing to many at once (``projects-api`` section 8)."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from core.broadcasts.jobs import BroadcastJobs, BroadcastRequest
from core.model.apps.errors import TestKeyForbidden
from core.model.broadcasts.errors import BroadcastNotFound, BroadcastOver, TooManyBroadcasts
from core.model.sending.errors import IdempotencyConflict
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
from http_api.project.call import Call, ProjectRoute
from http_api.route import ResponseBody, Route, ok
from http_api.unknown import TO_MANY

_Route: Final = partial(Route, unknown=TO_MANY, group="Broadcasts")
_ONE: Final = "/broadcast/{job_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastHandlers:
    """The handlers."""

    broadcasts: BroadcastJobs

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/broadcast",
                handler=self.start,
                summary="Write to many; with dry_run only tell how many, and how it would look",
                body=NewBroadcast,
                answers=ok(StartedBroadcast, RehearsedBroadcast),
                is_once=True,
                refusals=(IdempotencyConflict, TooManyBroadcasts),
            ),
            _Route(
                method="GET",
                path="/broadcast",
                handler=self.list_all,
                summary="The newest broadcasts, newest first",
                query=BroadcastsQuery,
                answers=ok(BroadcastsAnswer),
            ),
            _Route(
                method="GET",
                path=_ONE,
                handler=self.find,
                summary="How far a broadcast has come",
                answers=ok(BroadcastAnswer),
                is_poll=True,
                refusals=(BroadcastNotFound,),
            ),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.cancel,
                summary="Cancel a broadcast; what was sent stays sent",
                answers=ok(BroadcastAnswer),
                refusals=(BroadcastNotFound, BroadcastOver, TestKeyForbidden),
            ),
            _Route(
                method="GET",
                path=f"{_ONE}/deliveries",
                handler=self.reports,
                summary="What became of each recipient",
                query=ReportsQuery,
                answers=ok(ReportsAnswer),
                refusals=(BroadcastNotFound,),
            ),
        ]

    async def start(self, call: Call) -> ResponseBody:
        """``POST /broadcast``."""
        body = call.read(NewBroadcast)
        request = BroadcastRequest(
            draft=body.draft(),
            audience=body.audience(),
            per_minute=body.messages_per_minute,
            is_test=call.caller.is_test,
        )
        app_id = call.caller.app.app_id
        if body.dry_run:
            return RehearsedBroadcast.of(await self.broadcasts.rehearse(app_id, request), request.audience)
        job = await self.broadcasts.start(app_id, request, call.once)
        return StartedBroadcast(job_id=job.job_id, status="pending", total_subscribers=job.total)

    async def list_all(self, call: Call) -> BroadcastsAnswer:
        """``GET /broadcast``."""
        jobs = await self.broadcasts.latest(call.caller.app.app_id, call.read(BroadcastsQuery).limit)
        return BroadcastsAnswer(broadcasts=[ListedBroadcast.of(job) for job in jobs])

    async def find(self, call: Call) -> BroadcastAnswer:
        """``GET /broadcast/{job_id}``."""
        return BroadcastAnswer.of(await self.broadcasts.find(call.caller.app.app_id, call.path["job_id"]))

    async def cancel(self, call: Call) -> BroadcastAnswer:
        """``DELETE /broadcast/{job_id}``."""
        app_id, is_test = call.caller.app.app_id, call.caller.is_test
        return BroadcastAnswer.of(await self.broadcasts.cancel(app_id, call.path["job_id"], is_test=is_test))

    async def reports(self, call: Call) -> ReportsAnswer:
        """``GET /broadcast/{job_id}/deliveries``."""
        query = call.read(ReportsQuery)
        job, reports = await self.broadcasts.reports(
            call.caller.app.app_id, call.path["job_id"], query.state(), int(query.cursor or 0), query.limit
        )
        last = reports[-1].recipient.position if len(reports) == query.limit else None
        return ReportsAnswer(
            deliveries=[RecipientAnswer.of(job, report) for report in reports],
            next_cursor=None if last is None else str(last),
        )
