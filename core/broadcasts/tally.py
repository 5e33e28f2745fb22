"""A broadcast's message is settled, or is not after all: its recipient and the broadcast's counts move with it."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from core.model.broadcasts import broadcast as jobs
from core.model.broadcasts.broadcast import BroadcastState, RecipientState
from core.model.ids import JobId
from core.model.sending import outbox_message
from core.model.sending.outbox_message import CauseKind, OutboxMessage
from core.ports.store import Unit

_CALLED_OFF: Final = frozenset({BroadcastState.CANCELLED, BroadcastState.FAILED})


def job_of(message: OutboxMessage) -> JobId | None:
    """Return the broadcast that a message is of, if it is of one."""
    cause = message.cause
    return JobId(cause.id) if cause is not None and cause.kind is CauseKind.BROADCAST else None


def count_in(unit: Unit, job_id: JobId, message: OutboxMessage, now: datetime) -> None:
    """Note what became of a message of the broadcast; what was forgotten already is let be."""
    job = unit.broadcasts.by_id(job_id)
    before = unit.broadcasts.recipient_of(job_id, message.message_id)
    if job is None or before is None:
        return
    after = jobs.settled(before, message, now)
    unit.broadcasts.put_recipient(job_id, after)
    unit.broadcasts.put(jobs.moved(job, before.state, after.state))


def count_out(unit: Unit, job_id: JobId, message: OutboxMessage, now: datetime) -> None:
    """Note that a message which was sent did not arrive and is to be sent again; of a cancelled broadcast it is not."""
    job = unit.broadcasts.by_id(job_id)
    before = unit.broadcasts.recipient_of(job_id, message.message_id)
    if job is None or before is None:
        return
    state = RecipientState.POSTED
    if job.state in _CALLED_OFF:
        unit.outbox.swap(message, outbox_message.cancelled(message, now))
        state = RecipientState.CANCELLED
    unit.broadcasts.put_recipient(job_id, replace(before, state=state, changed_at=now))
    unit.broadcasts.put(jobs.moved(job, before.state, state))
