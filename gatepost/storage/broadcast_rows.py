"""Broadcasts and recipients as rows, and back."""

from gatepost.core.model.broadcast import Broadcast, BroadcastState, Recipient, RecipientState, read_audience
from gatepost.core.model.ids import JobId
from gatepost.storage.errors import ImpossibleRowError
from gatepost.storage.statements import Row
from gatepost.storage.values import from_ms, from_ms_or_none, to_ms, to_ms_or_none

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
    return {
        "next_at": to_ms_or_none(job.next_at),
        "state": job.state.value,
        "total": job.total,
        "looked": job.looked,
        "posted": job.posted,
        "sent": job.sent,
        "failed": job.failed,
        "skipped": job.skipped,
        "withdrawn": job.withdrawn,
        "over_at": to_ms_or_none(job.over_at),
    }


def to_broadcast(row: Row) -> Broadcast:
    """Return the broadcast that a row holds."""
    job_id, app_id, draft, audience, created_at, next_at, per_minute, is_test, state, *counts, over_at = row
    if state not in _STATES:
        raise ImpossibleRowError("broadcasts", job_id, f"state {state!r}")
    total, looked, posted, sent, failed, skipped, withdrawn = counts
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
        looked=looked,
        posted=posted,
        sent=sent,
        failed=failed,
        skipped=skipped,
        withdrawn=withdrawn,
        over_at=from_ms_or_none(over_at),
    )


def recipient_values(recipient: Recipient) -> dict[str, object]:
    """Return the columns of a recipient that change."""
    return {
        "state": recipient.state.value,
        "reason": recipient.reason,
        "notice_id": recipient.notice_id,
        "due_at": to_ms_or_none(recipient.due_at),
        "changed_at": to_ms_or_none(recipient.changed_at),
    }


def to_recipient(job_id: JobId, row: Row) -> Recipient:
    """Return the recipient that a row holds, from its position on."""
    position, subscription_id, state, reason, notice_id, due_at, changed_at = row
    if state not in _RECIPIENT_STATES:
        raise ImpossibleRowError("recipients", f"{job_id} {position}", f"state {state!r}")
    return Recipient(
        position=position,
        subscription_id=subscription_id,
        state=_RECIPIENT_STATES[state],
        reason=reason,
        notice_id=notice_id,
        due_at=from_ms_or_none(due_at),
        changed_at=from_ms_or_none(changed_at),
    )
