"""What was sent later came to its end: its row says so, and its site is told, beside what is told of every message."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.model.ids import ScheduledId
from core.model.later import scheduled as later
from core.model.sending.outbox_message import ARRIVED, OPEN, Cause, CauseKind, OutboxMessage
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Unit
from core.webhooks.publisher import Event


def drip_cause(chain_id: str, number: int, steps: int) -> Cause:
    """Return the cause of step ``number`` (from 1) of a chain of so many steps."""
    return Cause(CauseKind.DRIP, f"{chain_id}/{number}/{steps}")


def news_of_cause(
    unit: Unit, before: OutboxMessage, after: OutboxMessage, told: Event, now: datetime
) -> Sequence[Event]:
    """Return what a site is told of a settled message besides ``told``, because of what made it."""
    if after.cause is None:
        return ()
    if after.cause.kind is CauseKind.SCHEDULED:
        return _scheduled(unit, after, ScheduledId(after.cause.id), told, now)
    if after.cause.kind is CauseKind.DRIP and before.state in OPEN:
        return _drip(after, after.cause, told)
    return ()


def completed(told: Event, chain_id: str) -> Event:
    """Return the news that a subscriber is through a chain."""
    who = {name: told.data[name] for name in ("subscriber_id", "channel")}
    return replace(told, event=WebhookEvent.DRIP_COMPLETED, data={**who, "chain_id": chain_id})


def _scheduled(
    unit: Unit, message: OutboxMessage, scheduled_id: ScheduledId, told: Event, now: datetime
) -> Sequence[Event]:
    scheduled = unit.scheduled.by_id(scheduled_id)
    if scheduled is None:
        return ()
    if message.state in ARRIVED:
        after, event = later.sent(scheduled, now), WebhookEvent.SCHEDULED_SENT
    else:
        after, event = later.failed(scheduled, message.reason or "", now), WebhookEvent.SCHEDULED_FAILED
    unit.scheduled.put(after)
    return (replace(told, event=event, data={**told.data, "scheduled_id": scheduled_id}),)


def _drip(message: OutboxMessage, cause: Cause, told: Event) -> Sequence[Event]:
    chain_id, number, steps = cause.id.split("/")
    news = []
    if message.state in ARRIVED:
        step = {"chain_id": chain_id, "step": int(number), "steps": int(steps)}
        news.append(replace(told, event=WebhookEvent.DRIP_STEP_SENT, data={**told.data, **step}))
    if number == steps and not message.is_told:
        news.append(completed(told, chain_id))
    return news
