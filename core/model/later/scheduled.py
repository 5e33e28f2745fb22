"""Scheduled messages: one draft to one subscriber at a time that its site names (``projects-api`` section 9).

While it waits it can be cancelled; once its time has come it is a message of the outbox, whose end it takes over.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import AppId, MessageId, ScheduledId, SubscriptionId
from core.model.later.errors import ScheduledSettled

WAITING_LIMIT: Final = 100_000
"""How many scheduled messages of a project may wait at once."""
AHEAD_LIMIT: Final = timedelta(days=366)
PAST_TOLERANCE: Final = timedelta(minutes=5)
"""How long ago the time may be, since clocks differ; such a message is sent at once."""


class ScheduledState(StrEnum):
    """How far a scheduled message has come; ``sending`` = it is in the outbox, and its end is not known yet."""

    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A scheduled message.

    ``content`` is its name and draft, sealed. While it waits it is due at ``next_at``; ``timezone`` is the one that its
    site named. ``message_id`` is the message in the outbox, once it is there.
    """

    scheduled_id: ScheduledId
    app_id: AppId
    subscription_id: SubscriptionId
    content: bytes = field(repr=False)
    scheduled_at: datetime
    timezone: str | None
    created_at: datetime
    state: ScheduledState = ScheduledState.SCHEDULED
    next_at: datetime | None = None
    message_id: MessageId | None = None
    reason: str | None = None
    settled_at: datetime | None = None


def checked_time(scheduled_at: datetime, now: datetime) -> datetime:
    """Return the time; raise ``Invalid`` if it is past by more than ``PAST_TOLERANCE``, or too far ahead."""
    if scheduled_at < now - PAST_TOLERANCE:
        raise Invalid("scheduled_at", Wrong.PAST)
    if scheduled_at > now + AHEAD_LIMIT:
        raise Invalid("scheduled_at", Wrong.TOO_MANY_DAYS_AHEAD, most=AHEAD_LIMIT.days)
    return scheduled_at


def cancelled(scheduled: Scheduled, now: datetime) -> Scheduled:
    """Return the message as cancelled, twice being once; raise ``ScheduledSettled`` if its time has come."""
    if scheduled.state is ScheduledState.CANCELLED:
        return scheduled
    if scheduled.state is not ScheduledState.SCHEDULED:
        raise ScheduledSettled
    return replace(scheduled, state=ScheduledState.CANCELLED, next_at=None, settled_at=now)


def posted(scheduled: Scheduled, message_id: MessageId) -> Scheduled:
    """Return the message as one whose time has come, with the id that it has in the outbox."""
    return replace(scheduled, state=ScheduledState.SENDING, next_at=None, message_id=message_id)


def sent(scheduled: Scheduled, now: datetime) -> Scheduled:
    """Return the message as one that the messenger took."""
    return replace(scheduled, state=ScheduledState.SENT, next_at=None, reason=None, settled_at=now)


def failed(scheduled: Scheduled, reason: str, now: datetime) -> Scheduled:
    """Return the message as one that was not sent, or of which it is not known whether it was."""
    return replace(scheduled, state=ScheduledState.FAILED, next_at=None, reason=reason, settled_at=now)
