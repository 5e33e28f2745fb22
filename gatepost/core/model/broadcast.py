"""Broadcasts: one draft to all subscribers of an audience, and how far each of its recipients has come.

``Broadcast`` counts its recipients by state; whoever moves one on moves the count with it (``moved``).
Source: ``projects-api`` section 8.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gatepost.core.errors import Invalid
from gatepost.core.model.ids import AppId, JobId, NoticeId, SubscriptionId
from gatepost.core.model.notice import ARRIVED, GONE, NOT_PERMITTED, Notice, NoticeState
from gatepost.core.model.person import MessengerName
from gatepost.core.model.project import checked_tag

RECIPIENTS_LIMIT: Final = 100_000
LIFETIME: Final = timedelta(days=2)
"""How long each message is worth sending: longer than any quiet hours."""
CONDITIONS_LIMIT: Final = 20
"""How many tags or permissions a list may name: as many as a project may have."""


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
class Audience:
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
        """The tags that everybody must have."""
        return tuple(dict.fromkeys((*self.tags, *self.tags_all)))

    def said(self) -> Mapping[str, object]:
        """Return what is said at all."""
        return {name: value for name, value in asdict(self).items() if value}

    def to_json(self) -> str:
        """Return the audience as it is kept."""
        return json.dumps(self.said())


def read_audience(kept: str) -> Audience:
    """Return what ``to_json`` wrote."""
    told = json.loads(kept)
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    lists["channels"] = tuple(map(MessengerName, lists.get("channels", ())))
    return Audience(permission=told.get("permission"), **lists)


def checked_audience(audience: Audience) -> Audience:
    """Return the audience, or raise ``Invalid``: tags and permissions are written as those of projects are."""
    for field in fields(Audience):
        value = getattr(audience, field.name)
        named = (value,) if isinstance(value, str) else value or ()
        if len(named) > CONDITIONS_LIMIT:
            raise Invalid(f"{field.name}: at most {CONDITIONS_LIMIT}")
        for name in named:
            _check_name(field.name, name)
    if len(audience.required_tags) > CONDITIONS_LIMIT:
        raise Invalid(f"tags: at most {CONDITIONS_LIMIT}, together with tags_all")
    return audience


def _check_name(field: str, name: str) -> None:
    try:
        checked_tag(name)
    except Invalid:
        raise Invalid(f"{field}: each must be 1 to 64 of A-Z, a-z, 0-9, '-' and '_'") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast under way, or over.

    ``draft`` is sealed, and empty once it was erased. ``looked`` is the position of the last recipient whose turn has
    come. ``next_at`` is when the next message is due, where there are only so many ``per_minute``; ``None`` once
    nothing is left to be done. ``posted`` are in the outbox now, ``withdrawn`` were and were taken back.
    """

    job_id: JobId
    app_id: AppId
    draft: bytes
    audience: Audience
    created_at: datetime
    next_at: datetime | None
    per_minute: int | None = None
    is_test: bool = False
    state: BroadcastState = BroadcastState.PENDING
    total: int = 0
    looked: int = 0
    posted: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    withdrawn: int = 0
    over_at: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many recipients' turn has not come."""
        return self.total - self.posted - self.sent - self.failed - self.skipped - self.withdrawn

    def tally(self) -> dict[str, object]:
        """Return what sites are told at the end."""
        return {
            "job_id": self.job_id,
            "total": self.total,
            "sent": self.sent,
            "failed": self.failed,
            "skipped": self.skipped,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient, at a ``position`` from 1 on.

    One whose turn is put off waits until ``due_at``. ``changed_at`` is when the state was changed last.
    """

    position: int
    subscription_id: SubscriptionId
    state: RecipientState = RecipientState.WAITING
    reason: str | None = None
    notice_id: NoticeId | None = None
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


def moved(job: Broadcast, before: RecipientState, after: RecipientState, count: int = 1) -> Broadcast:
    """Return the broadcast with so many recipients moved from one state to another."""
    if before is after:
        return job
    counts = {name: getattr(job, name) for name in _COUNTERS.values()}
    if before in _COUNTERS:
        counts[_COUNTERS[before]] -= count
    if after in _COUNTERS:
        counts[_COUNTERS[after]] += count
    return replace(job, **counts)


def settled(recipient: Recipient, notice: Notice, now: datetime) -> Recipient:
    """Return the recipient as far as their message has come, which is settled."""
    is_spared = notice.state is NoticeState.FAILED and notice.reason in {GONE, NOT_PERMITTED}
    state = RecipientState.SKIPPED if is_spared else _STATES[notice.state]
    return replace(recipient, state=state, reason=_reason(notice), changed_at=now)


_STATES: Final = {
    **dict.fromkeys(ARRIVED, RecipientState.SENT),
    NoticeState.FAILED: RecipientState.FAILED,
    NoticeState.UNKNOWN: RecipientState.FAILED,
    NoticeState.EXPIRED: RecipientState.FAILED,
    NoticeState.CANCELLED: RecipientState.CANCELLED,
}


def _reason(notice: Notice) -> str | None:
    """Return why it did not arrive; a message that may have arrived says so."""
    return f"unknown: {notice.reason}" if notice.state is NoticeState.UNKNOWN else notice.reason


def over(job: Broadcast, state: BroadcastState, now: datetime) -> Broadcast:
    """Return the broadcast with nothing left to be done."""
    return replace(job, state=state, next_at=None, over_at=now)
