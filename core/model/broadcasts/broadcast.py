"""Broadcasts: one draft to all subscribers of an audience, and how far each of its recipients has come.

``Broadcast`` counts its recipients by state; what moves one on moves the count with it (``moved``).
Source: ``projects-api`` section 8.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.apps.project import Project, checked_tag
from core.model.ids import AppId, JobId, MessageId, SubscriptionId
from core.model.people.person import MessengerName
from core.model.sending.outbox_message import ARRIVED, NOT_PERMITTED, UNSUBSCRIBED, MessageState, OutboxMessage

RECIPIENTS_LIMIT: Final = 100_000
LIFETIME: Final = timedelta(days=2)
"""How long each message is worth sending: longer than any quiet hours."""
CONDITIONS_LIMIT: Final = 20
"""How many tags or permissions a list may name: as many as a project may have."""
PATIENCE: Final = timedelta(days=7)
"""How long a broadcast waits for a recipient's turn to come; news that are older are none."""
EARLY: Final = timedelta(seconds=2)
"""How long before its time a message is posted, where there are only so many a minute."""
_FAR: Final = timedelta(minutes=2)


class BroadcastState(StrEnum):
    """How far a broadcast has come, in the contract's words."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RecipientState(StrEnum):
    """How far one recipient's message has come; ``POSTED`` = it is in the outbox."""

    WAITING = "waiting"
    POSTED = "posted"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastAudience:
    """Who is meant: all living subscribers for whom everything that is said here holds.

    They hold ``permission``, have all of ``tags`` and ``tags_all``, one of ``tags_any``, and none of those excluded;
    ``channels`` are messengers, none meaning any.
    """

    permission: str | None = None
    tags: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    exclude_permissions: tuple[str, ...] = ()
    channels: tuple[MessengerName, ...] = ()

    @property
    def required_tags(self) -> tuple[str, ...]:
        """The tags that each recipient must have."""
        return tuple(dict.fromkeys((*self.tags, *self.tags_all)))

    def said(self) -> Mapping[str, object]:
        """Return the conditions that are set, by name."""
        return {name: value for name, value in asdict(self).items() if value}

    def to_json(self) -> str:
        """Return the audience as the JSON under which it is kept."""
        return json.dumps(self.said())


def read_audience(kept: str) -> BroadcastAudience:
    """Return the audience that ``to_json`` wrote."""
    fields = json.loads(kept)
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    lists["channels"] = tuple(map(MessengerName, lists.get("channels", ())))
    return BroadcastAudience(permission=fields.get("permission"), **lists)


def checked_audience(audience: BroadcastAudience) -> BroadcastAudience:
    """Return the audience, or raise ``Invalid``: tags and permissions are written as those of projects are."""
    for field in fields(BroadcastAudience):
        value = getattr(audience, field.name)
        named = (value,) if isinstance(value, str) else value or ()
        if len(named) > CONDITIONS_LIMIT:
            raise Invalid(field.name, Wrong.TOO_MANY_VALUES, most=CONDITIONS_LIMIT)
        for name in named:
            _check_name(field.name, name)
    if len(audience.required_tags) > CONDITIONS_LIMIT:
        raise Invalid("tags", Wrong.TOO_MANY_REQUIRED_TAGS, most=CONDITIONS_LIMIT)
    return audience


def check_exclusions(audience: BroadcastAudience, project: Project) -> None:
    """Raise ``Invalid`` for excluding a tag or permission that the project does not have.

    Misspelt, it would spare no subscriber; where a tag is asked for that no subscriber has, none is written to.
    """
    permissions = [permission.key for permission in project.permissions]
    for field, named, existing in (
        ("exclude_tags", audience.exclude_tags, project.tags),
        ("exclude_permissions", audience.exclude_permissions, permissions),
    ):
        unknown = next((name for name in named if name not in existing), None)
        if unknown is not None:
            raise Invalid(field, Wrong.NOT_OF_THE_PROJECT, name=unknown)


def _check_name(field: str, name: str) -> None:
    try:
        checked_tag(name)
    except Invalid:
        raise Invalid(field, Wrong.BAD_KEYS) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast under way, or over.

    ``draft`` is sealed, and empty once it was erased. ``next_at`` is when the next message is due, where there are only
    so many ``per_minute``; ``None`` once nothing is left to be done. ``total`` is how many recipients there are, or,
    while ``invitation`` says that they are still being fixed, how many were counted. ``posted`` are in the outbox now,
    ``withdrawn`` were and were taken back. ``moved_at`` is when a recipient's turn last came.
    """

    job_id: JobId
    app_id: AppId
    draft: bytes
    audience: BroadcastAudience
    created_at: datetime
    next_at: datetime | None
    per_minute: int | None = None
    is_test: bool = False
    state: BroadcastState = BroadcastState.PENDING
    total: int = 0
    posted: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    withdrawn: int = 0
    over_at: datetime | None = None
    invitation: "AudienceProgress | None" = None
    moved_at: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many recipients' turn has not come yet."""
        return self.total - self.posted - self.sent - self.failed - self.skipped - self.withdrawn

    def tally(self) -> dict[str, object]:
        """Return the numbers that the site gets at the end, in the contract's words."""
        return {
            "job_id": self.job_id,
            "total": self.total,
            "sent": self.sent,
            "failed": self.failed,
            "skipped": self.skipped,
        }


@dataclass(frozen=True, slots=True, order=True)
class SubscriberPosition:
    """One subscriber's place in the order of an app's subscribers: by consent, then by id."""

    consented_at: datetime
    subscription_id: SubscriptionId


@dataclass(frozen=True, slots=True)
class AudienceProgress:
    """How far an audience has become recipients: subscribers up to ``last`` are looked at, and no later ones.

    Those up to ``behind`` have been, ``None`` if none has; ``invited`` of them are recipients.
    """

    last: SubscriberPosition
    behind: SubscriberPosition | None = None
    invited: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient, at a ``position`` from 1 on.

    One whose turn is put off waits until ``due_at``. ``changed_at`` is when the state was changed last.
    """

    position: int
    subscription_id: SubscriptionId
    state: RecipientState = RecipientState.WAITING
    reason: str | None = None
    message_id: MessageId | None = None
    due_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A recipient as the site is told; ``channel`` is ``None`` once the subscriber was erased."""

    recipient: Recipient
    channel: MessengerName | None


_COUNTERS: Final = {
    RecipientState.POSTED: "posted",
    RecipientState.SENT: "sent",
    RecipientState.FAILED: "failed",
    RecipientState.SKIPPED: "skipped",
    RecipientState.CANCELLED: "withdrawn",
}
_STATES: Final = {
    **dict.fromkeys(ARRIVED, RecipientState.SENT),
    MessageState.FAILED: RecipientState.FAILED,
    MessageState.UNKNOWN: RecipientState.FAILED,
    MessageState.EXPIRED: RecipientState.FAILED,
    MessageState.CANCELLED: RecipientState.CANCELLED,
}


def moved(job: Broadcast, before: RecipientState, after: RecipientState, count: int = 1) -> Broadcast:
    """Return the broadcast with ``count`` recipients more in one state and as many fewer in another."""
    if before is after:
        return job
    counts = {name: getattr(job, name) for name in _COUNTERS.values()}
    if before in _COUNTERS:
        counts[_COUNTERS[before]] -= count
    if after in _COUNTERS:
        counts[_COUNTERS[after]] += count
    return replace(job, **counts)


def settled(recipient: Recipient, message: OutboxMessage, now: datetime) -> Recipient:
    """Return the recipient in the state that their settled message gives them."""
    is_spared = message.state is MessageState.FAILED and message.reason in {UNSUBSCRIBED, NOT_PERMITTED}
    state = RecipientState.SKIPPED if is_spared else _STATES[message.state]
    return replace(recipient, state=state, reason=_reason(message), changed_at=now)


def _reason(message: OutboxMessage) -> str | None:
    """Return why the message did not arrive; one that may have arrived says so."""
    return f"unknown: {message.reason}" if message.state is MessageState.UNKNOWN else message.reason


def is_done(job: Broadcast) -> bool:
    """Tell whether the audience is fixed and every recipient's message is settled."""
    return job.invitation is None and not job.waiting and not job.posted


def is_stalled(job: Broadcast, now: datetime) -> bool:
    """Tell whether recipients wait and no turn has come for ``PATIENCE``."""
    return job.waiting > 0 and now - max(job.created_at, job.moved_at or job.created_at) > PATIENCE


def is_early(job: Broadcast, now: datetime) -> bool:
    """Tell whether the next message is not due yet.

    No broadcast rests for long: a moment that is far ahead was noted before the clock was set back.
    """
    is_noted = job.next_at is not None and job.next_at != job.created_at
    return is_noted and is_soon(job, now) and not is_soon(job, now, EARLY)


def is_soon(job: Broadcast, now: datetime, span: timedelta = _FAR) -> bool:
    """Tell whether the next message is due within ``span``; the default is longer than any broadcast rests."""
    return job.next_at is None or job.next_at - now <= span


def over(job: Broadcast, state: BroadcastState, now: datetime) -> Broadcast:
    """Return the broadcast as over, in ``state``."""
    return replace(job, state=state, next_at=None, over_at=now)
