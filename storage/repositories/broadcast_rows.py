"""Broadcasts and recipients as rows, and back."""

from collections.abc import Sequence
from typing import Any

from core.model.broadcasts.broadcast import (
    AudienceProgress,
    Broadcast,
    BroadcastState,
    Recipient,
    RecipientState,
    SubscriberPosition,
    read_audience,
)
from core.model.ids import JobId, SubscriptionId
from storage.errors import ImpossibleRowError
from storage.statements import Row
from storage.values import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_STATES = {state.value: state for state in BroadcastState}
_RECIPIENT_STATES = {state.value: state for state in RecipientState}


def broadcast_values(job: Broadcast) -> dict[str, object]:
    """Return all the columns of a broadcast."""
    return {
        "job_id": job.job_id,
        "app_id": job.app_id,
        "draft": job.draft,
        "audience": job.audience.to_json(),
        "created_at": to_ms(job.created_at),
        "per_minute": job.per_minute,
        "is_test": job.is_test,
        **changing_values(job),
    }


def changing_values(job: Broadcast) -> dict[str, object]:
    """Return the columns of a broadcast that change."""
    invitation = job.invitation
    return {
        "next_at": to_ms_or_none(job.next_at),
        "state": job.state.value,
        "total": job.total,
        "posted": job.posted,
        "sent": job.sent,
        "failed": job.failed,
        "skipped": job.skipped,
        "withdrawn": job.withdrawn,
        "over_at": to_ms_or_none(job.over_at),
        **_place_values("last", invitation.last if invitation else None),
        **_place_values("invited", invitation.behind if invitation else None),
        "invited": invitation.invited if invitation else None,
        "moved_at": to_ms_or_none(job.moved_at),
    }


def to_broadcast(row: Row) -> Broadcast:
    """Return the broadcast that a row holds."""
    job_id, app_id, draft, audience, created_at, next_at, per_minute, is_test, state, *rest = row
    if state not in _STATES:
        raise ImpossibleRowError("broadcasts", job_id, f"state {state!r}")
    total, posted, sent, failed, skipped, withdrawn, over_at, *invitation, moved_at = rest
    return Broadcast(
        job_id=job_id,
        app_id=app_id,
        draft=draft,
        audience=read_audience(audience),
        created_at=from_ms(created_at),
        next_at=from_ms_or_none(next_at),
        per_minute=per_minute,
        is_test=bool(is_test),
        state=_STATES[state],
        total=total,
        posted=posted,
        sent=sent,
        failed=failed,
        skipped=skipped,
        withdrawn=withdrawn,
        over_at=from_ms_or_none(over_at),
        invitation=_invitation(invitation),
        moved_at=from_ms_or_none(moved_at),
    )


def _place_values(name: str, place: SubscriberPosition | None) -> dict[str, object]:
    return {
        f"{name}_at": to_ms(place.consented_at) if place else None,
        f"{name}_id": place.subscription_id if place else None,
    }


def _invitation(row: Sequence[Any]) -> AudienceProgress | None:
    last, behind, invited = _place(*row[:2]), _place(*row[2:4]), row[4]
    return None if last is None else AudienceProgress(last, behind, invited)


def _place(at: int | None, subscription_id: str | None) -> SubscriberPosition | None:
    return (
        None
        if at is None or subscription_id is None
        else SubscriberPosition(from_ms(at), SubscriptionId(subscription_id))
    )


def recipient_values(recipient: Recipient) -> dict[str, object]:
    """Return the columns of a recipient that change."""
    return {
        "state": recipient.state.value,
        "reason": recipient.reason,
        "message_id": recipient.message_id,
        "due_at": to_ms_or_none(recipient.due_at),
        "changed_at": to_ms_or_none(recipient.changed_at),
    }


def to_recipient(job_id: JobId, row: Row) -> Recipient:
    """Return the recipient that a row holds, from its position on."""
    position, subscription_id, state, reason, message_id, due_at, changed_at = row
    if state not in _RECIPIENT_STATES:
        raise ImpossibleRowError("recipients", f"{job_id} {position}", f"state {state!r}")
    return Recipient(
        position=position,
        subscription_id=subscription_id,
        state=_RECIPIENT_STATES[state],
        reason=reason,
        message_id=message_id,
        due_at=from_ms_or_none(due_at),
        changed_at=from_ms_or_none(changed_at),
    )
