"""What was sent later came to its end: its row says so, and its site is told, beside what is told of every message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from core.model.ids import ScheduledId
from core.model.later.scheduled import failed, sent
from core.model.sending.outbox_message import ARRIVED, OPEN, Cause, CauseKind, OutboxMessage
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Unit
from core.webhooks.publisher import Event


def drip_cause(chain_id: str, number: int, steps: int) -> Cause:
    """Return the cause of step ``number`` (from 1) of a chain of so many steps."""
    return Cause(CauseKind.DRIP, f"{chain_id}/{number}/{steps}")


def completed(event: Event, chain_id: str) -> Event:
    """Return the event that a subscriber is through a chain, given another event about the same subscriber."""
    who = {name: event.data[name] for name in ("subscriber_id", "channel")}
    return replace(event, event=WebhookEvent.DRIP_COMPLETED, data={**who, "chain_id": chain_id})


@dataclass(frozen=True, slots=True)
class ScheduledOutcome:
    """Scheduled messages as makers of messages: the row learns how its message ended."""

    tells_each: ClassVar[bool] = True

    def settled(
        self, unit: Unit, before: OutboxMessage, after: OutboxMessage, event: Event | None, now: datetime
    ) -> Sequence[Event]:
        """Note in the row how its message ended, and tell that as well."""
        del before
        if event is None or after.cause is None:
            return ()
        scheduled_id = ScheduledId(after.cause.id)
        scheduled = unit.scheduled.by_id(scheduled_id)
        if scheduled is None:
            return (event,)
        if after.state in ARRIVED:
            ended, kind = sent(scheduled, now), WebhookEvent.SCHEDULED_SENT
        else:
            ended, kind = failed(scheduled, after.reason or "", now), WebhookEvent.SCHEDULED_FAILED
        unit.scheduled.put(ended)
        return (event, replace(event, event=kind, data={**event.data, "scheduled_id": scheduled_id}))

    def reopened(self, unit: Unit, message: OutboxMessage, now: datetime) -> None:
        """Leave the row as it is: it says how its message ends the next time."""


@dataclass(frozen=True, slots=True)
class DripOutcome:
    """Drip chains as makers of messages: the site is told of each step that was sent, and of the end."""

    tells_each: ClassVar[bool] = True

    def settled(
        self, unit: Unit, before: OutboxMessage, after: OutboxMessage, event: Event | None, now: datetime
    ) -> Sequence[Event]:
        """Tell of the step, and after the last one that the subscriber is through the chain."""
        del unit, now
        if event is None or after.cause is None:
            return ()
        if before.state not in OPEN:
            return (event,)
        chain_id, number, steps = after.cause.id.split("/")
        events = [event]
        if after.state in ARRIVED:
            step = {"chain_id": chain_id, "step": int(number), "steps": int(steps)}
            events.append(replace(event, event=WebhookEvent.DRIP_STEP_SENT, data={**event.data, **step}))
        if number == steps and not after.is_told:
            events.append(completed(event, chain_id))
        return events

    def reopened(self, unit: Unit, message: OutboxMessage, now: datetime) -> None:
        """Leave the chain as it is: it has gone on to its next step."""
