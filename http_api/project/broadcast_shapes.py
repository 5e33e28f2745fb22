"""What a project sends and gets about messages to many (``projects-api`` section 8)."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from core.broadcasts.jobs import DryRun
from core.model.broadcasts.broadcast import (
    CONDITIONS_LIMIT,
    Broadcast,
    BroadcastAudience,
    BroadcastState,
    RecipientState,
    Report,
)
from core.model.people.person import MessengerName
from http_api.project.call import Moment
from http_api.project.content_shapes import DraftBody
from http_api.route import RequestBody, ResponseBody

REPORTS_LIMIT = 500
Names = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=CONDITIONS_LIMIT, default_factory=list)]
JobStatus = Literal["pending", "processing", "completed", "failed", "cancelled"]
ReportStatus = Literal["queued", "success", "failed", "skipped", "cancelled"]

_STATUSES: dict[RecipientState, ReportStatus] = {
    RecipientState.WAITING: "queued",
    RecipientState.POSTED: "queued",
    RecipientState.SENT: "success",
    RecipientState.FAILED: "failed",
    RecipientState.SKIPPED: "skipped",
    RecipientState.CANCELLED: "cancelled",
}
_JOB_STATUSES: dict[BroadcastState, JobStatus] = {
    BroadcastState.PENDING: "pending",
    BroadcastState.PROCESSING: "processing",
    BroadcastState.COMPLETED: "completed",
    BroadcastState.FAILED: "failed",
    BroadcastState.CANCELLED: "cancelled",
}


class NewBroadcast(DraftBody):
    """A message to all subscribers for whom every filter holds; without filters, to all."""

    permission: Annotated[str, Field(max_length=64)] | None = None
    tags: Names
    tags_all: Names
    tags_any: Names
    exclude_tags: Names
    exclude_permissions: Names
    channels: Annotated[list[MessengerName], Field(max_length=len(MessengerName), default_factory=list)]
    channel: MessengerName | None = None
    messages_per_minute: Annotated[int, Field(ge=1, le=100_000)] | None = None
    dry_run: bool = False

    def audience(self) -> BroadcastAudience:
        """Return who is meant."""
        named = (*self.channels, *((self.channel,) if self.channel else ()))
        return BroadcastAudience(
            permission=self.permission,
            tags=tuple(self.tags),
            tags_all=tuple(self.tags_all),
            tags_any=tuple(self.tags_any),
            exclude_tags=tuple(self.exclude_tags),
            exclude_permissions=tuple(self.exclude_permissions),
            channels=tuple(dict.fromkeys(named)),
        )


class StartedBroadcast(ResponseBody):
    """A broadcast was started."""

    job_id: str
    status: Literal["pending"]
    total_subscribers: int


class RehearsedBroadcast(ResponseBody):
    """What a broadcast would be; nothing was sent."""

    dry_run: Literal[True]
    would_send_to: int
    estimated_credits: Annotated[int, Field(description="One for each recipient; nothing is charged here.")]
    rendered_sample: Annotated[str, Field(description="What one of them would read, best one whose name is known.")]
    rendered_samples: Annotated[
        list[str],
        Field(description="What one would read whose first name is known, and one whose is not, if there are such."),
    ]
    filters_applied: dict[str, Any]

    @classmethod
    def of(cls, rehearsal: DryRun, audience: BroadcastAudience) -> Self:
        """Make one of what the core says."""
        return cls(
            dry_run=True,
            would_send_to=rehearsal.recipients,
            estimated_credits=rehearsal.recipients,
            rendered_sample=rehearsal.sample,
            rendered_samples=list(rehearsal.samples),
            filters_applied=dict(audience.said()),
        )


class BroadcastAnswer(ResponseBody):
    """How far a broadcast has come. What is in none of the three numbers is still to be sent, or was cancelled."""

    job_id: str
    status: JobStatus
    total: int
    sent: int
    failed: int
    skipped: int

    @classmethod
    def of(cls, job: Broadcast) -> Self:
        """Make one of what the core says."""
        return cls(
            job_id=job.job_id,
            status=_JOB_STATUSES[job.state],
            total=job.total,
            sent=job.sent,
            failed=job.failed,
            skipped=job.skipped,
        )


class ListedBroadcast(BroadcastAnswer):
    """A broadcast in the list."""

    created_at: Moment
    is_test: bool

    @classmethod
    def of(cls, job: Broadcast) -> Self:
        """Make one of what the core says."""
        progress = BroadcastAnswer.of(job)
        return cls(**progress.model_dump(), created_at=job.created_at, is_test=job.is_test)


class BroadcastsQuery(RequestBody):
    """How many broadcasts are listed."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class BroadcastsAnswer(ResponseBody):
    """The newest broadcasts, newest first."""

    broadcasts: list[ListedBroadcast]


class ReportsQuery(RequestBody):
    """Which recipients are listed."""

    status: Literal["success", "failed", "skipped"] | None = None
    limit: Annotated[int, Field(ge=1, le=REPORTS_LIMIT)] = 100
    cursor: Annotated[str, Field(pattern="^[0-9]{1,9}$")] | None = None

    def state(self) -> RecipientState | None:
        """Return the state that is asked for."""
        return next((state for state, status in _STATUSES.items() if status == self.status), None)


class RecipientAnswer(ResponseBody):
    """One recipient; ``delivery_id`` is the message's row in the log, ``null`` if there is none."""

    subscriber_id: str
    channel: MessengerName | None
    status: ReportStatus
    delivery_id: str | None
    reason: str | None
    updated_at: Moment | None

    @classmethod
    def of(cls, job: Broadcast, report: Report) -> Self:
        """Make one of what the core says."""
        recipient = report.recipient
        is_off = job.state is BroadcastState.CANCELLED and recipient.state is RecipientState.WAITING
        return cls(
            subscriber_id=recipient.subscription_id,
            channel=report.channel,
            status="cancelled" if is_off else _STATUSES[recipient.state],
            delivery_id=recipient.message_id,
            reason=recipient.reason,
            updated_at=recipient.changed_at,
        )


class ReportsAnswer(ResponseBody):
    """A page of recipients, in the order in which their turn comes; ``next_cursor`` is ``null`` on the last."""

    deliveries: list[RecipientAnswer]
    next_cursor: str | None
