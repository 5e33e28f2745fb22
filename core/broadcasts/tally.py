"""A broadcast's message is settled, or is not after all: its recipient and the broadcast's counts move with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from core.model.broadcasts import broadcast as jobs
from core.model.broadcasts.broadcast import BroadcastState, RecipientState
from core.model.ids import JobId
from core.model.sending import outbox_message
from core.model.sending.outbox_message import OutboxMessage
from core.ports.store import Unit
from core.webhooks.publisher import Event

_CALLED_OFF: Final = frozenset({BroadcastState.CANCELLED, BroadcastState.FAILED})


@dataclass(frozen=True, slots=True)
class BroadcastTally:
    """The broadcasts as makers of messages: each is counted, and their site is told of a whole broadcast at its end."""

    tells_each: ClassVar[bool] = False

    def settled(
        self, unit: Unit, before: OutboxMessage, after: OutboxMessage, event: Event | None, now: datetime
    ) -> Sequence[Event]:
        """Count a message in; one of a broadcast that was swept up already is let be."""
        del before, event
        job_id = _job_of(after)
        job = unit.broadcasts.by_id(job_id)
        recipient = unit.broadcasts.recipient_of(job_id, after.message_id)
        if job is None or recipient is None:
            return ()
        counted = jobs.settled(recipient, after, now)
        unit.broadcasts.put_recipient(job_id, counted)
        unit.broadcasts.put(jobs.moved(job, recipient.state, counted.state))
        return ()

    def reopened(self, unit: Unit, message: OutboxMessage, now: datetime) -> None:
        """Count a message out that did not arrive and is to be sent again; of a cancelled broadcast it is not sent."""
        job_id = _job_of(message)
        job = unit.broadcasts.by_id(job_id)
        recipient = unit.broadcasts.recipient_of(job_id, message.message_id)
        if job is None or recipient is None:
            return
        state = RecipientState.POSTED
        if job.state in _CALLED_OFF:
            unit.outbox.swap(message, outbox_message.cancelled(message, now))
            state = RecipientState.CANCELLED
        unit.broadcasts.put_recipient(job_id, replace(recipient, state=state, changed_at=now))
        unit.broadcasts.put(jobs.moved(job, recipient.state, state))


def _job_of(message: OutboxMessage) -> JobId:
    if message.cause is None:
        raise ValueError("a message of no broadcast")
    return JobId(message.cause.id)
