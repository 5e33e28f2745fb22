"""Sending broadcasts: recipients are invited, then posted into the outbox in their order, a few at a time.

A few hundred messages of a broadcast at most wait for a bot; the rest wait here, as rows. Posting a message and
moving its recipient on are one transaction, so a crash in between has done neither: no recipient is left out or gets it
twice. The outbox does the rest, and ``tally`` counts what becomes of each message.
"""

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.broadcasts.audience import invite_some
from core.broadcasts.jobs import BROADCASTS, draft_context
from core.broadcasts.pacing import bring_back, following, has_turns
from core.clock import Clock
from core.errors import Busy, Invalid
from core.model.apps.app import App
from core.model.broadcasts import broadcast as jobs
from core.model.broadcasts.broadcast import EARLY, LIFETIME, Broadcast, BroadcastState, Recipient, RecipientState
from core.model.ids import JobId, SubscriptionId
from core.model.messages.template import Draft, read_draft
from core.model.sending.outbox_message import UNSUBSCRIBED, Cause, CauseKind, Priority
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import owner
from core.ports.store import Store, Unit
from core.seal import SealBrokenError
from core.sending.outbox import Outbox, OutboxEntry
from core.sending.personalization import personal
from core.sending.quiet_hours import quiet_for
from core.webhooks.publisher import Event, Publisher

logger = logging.getLogger(__name__)

_PAGE: Final = 50
_POLL_SECONDS: Final = 1.0
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_BUG_PAUSE: Final = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class BroadcastWorker:
    """The worker. Broadcasts take turns, and the last one that had its turn is remembered."""

    store: Store
    clock: Clock
    outbox: Outbox
    publisher: Publisher
    _last: JobId = field(default=JobId(""), init=False)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            with self.store.bells.attend(BROADCASTS) as bell:
                try:
                    is_more = await self.turn()
                except Busy:
                    logger.warning("the store is busy; looking for broadcasts again in a moment")
                    is_more = False
                await bell.wait(0 if is_more else _POLL_SECONDS)

    async def turn(self) -> bool:
        """Let each of some broadcasts do a little; return whether there may be more to do at once."""
        page = await self.store.read(lambda unit: unit.broadcasts.open(self._last, _PAGE))
        is_more = len(page) == _PAGE
        self._last = page[-1] if is_more else JobId("")
        for job_id in page:
            try:
                if await self.store.read(partial(self._is_ready, job_id)):
                    is_more |= await self.store.write(partial(self._step, job_id))
            except Busy:
                raise
            except Exception:
                logger.exception("a bug in sending a broadcast", extra={"job_id": job_id})
                await self.store.write(partial(self._rest, job_id))
            await asyncio.sleep(0)  # a read does not suspend, and other tasks are to have their turn
        return is_more

    def _is_ready(self, job_id: JobId, unit: Unit) -> bool:
        """Tell whether something can be done about a broadcast now: most of the time there is not."""
        job, now = unit.broadcasts.by_id(job_id), self.clock.now()
        if job is None or jobs.is_early(job, now):
            return False
        is_to_end = job.state is BroadcastState.CANCELLED or jobs.is_done(job) or jobs.is_stalled(job, now)
        if is_to_end or job.invitation is not None:
            return True
        app = unit.apps.by_id(job.app_id)
        return app is not None and app.enabled and job.waiting > 0 and has_turns(unit, job, now)

    def _step(self, job_id: JobId, unit: Unit) -> bool:
        """Do a little for one broadcast; return whether there may be more to do at once."""
        now = self.clock.now()
        job = unit.broadcasts.by_id(job_id)
        if job is None or job.next_at is None:
            return False
        if job.state is BroadcastState.CANCELLED:
            self._wind_up(unit, job, BroadcastState.CANCELLED, now)
        elif job.invitation is not None:
            invited = invite_some(unit, job, job.invitation)
            if invited.invitation is None and invited.waiting:
                self._post_some(unit, invited, now)
            return True
        elif jobs.is_done(job):
            self._end(unit, job, BroadcastState.COMPLETED, now)
        elif jobs.is_stalled(job, now):
            self._wind_up(unit, job, BroadcastState.FAILED, now)
        else:
            return bring_back(unit, job, now) or self._post_some(unit, job, now)
        return False

    def _wind_up(self, unit: Unit, job: Broadcast, state: BroadcastState, now: datetime) -> None:
        """Take back what could not be sent at once; what is being sent is waited for."""
        withdrawn = unit.broadcasts.withdraw(job.job_id, now)
        after = jobs.moved(job, RecipientState.POSTED, RecipientState.CANCELLED, withdrawn)
        if after.posted:
            unit.broadcasts.put(after)
        else:
            self._end(unit, after, state, now, "stalled" if state is BroadcastState.FAILED else None)

    def _end(self, unit: Unit, job: Broadcast, state: BroadcastState, now: datetime, reason: str | None = None) -> None:
        """End a broadcast and tell its site; ``reason`` is why it failed."""
        unit.broadcasts.put(jobs.over(job, state, now))
        event, fields = _EVENTS[state], job.tally()
        if reason is not None:
            fields |= {"reason": reason}
        self.publisher.publish(unit, job.app_id, now, Event(event, fields, is_test=job.is_test))
        logger.info("a broadcast is over", extra={**job.tally(), "app_id": job.app_id, "state": state.value})

    def _post_some(self, unit: Unit, job: Broadcast, now: datetime) -> bool:
        """Post the next few messages; return whether there were any."""
        app = unit.apps.by_id(job.app_id)
        if app is None or not app.enabled:
            return False
        try:
            draft = read_draft(self.outbox.seal.open(job.draft, draft_context(job.job_id)))
        except SealBrokenError:
            logger.exception("a broadcast's draft cannot be read", extra={"job_id": job.job_id})
            self._end(unit, job, BroadcastState.FAILED, now, "unreadable")
            return False
        gap = timedelta(minutes=1) / job.per_minute if job.per_minute else timedelta()
        # A moment that is too far ahead was noted before the clock was set back.
        at = max(job.next_at or now, now) if job.per_minute and jobs.is_soon(job, now) else now
        recipients = following(unit, job, now)
        for recipient in recipients:
            if at > now + EARLY:
                break
            after = self._place(unit, _Turn(app, job, draft, at, now), recipient)
            unit.broadcasts.put_recipient(job.job_id, after)
            job = jobs.moved(job, recipient.state, after.state)
            if after.state is not RecipientState.WAITING:
                job = replace(job, moved_at=now)
            at += gap if after.state is RecipientState.POSTED else timedelta()
        next_at = at if job.per_minute and job.waiting else job.created_at
        unit.broadcasts.put(replace(job, state=BroadcastState.PROCESSING, next_at=next_at))
        return bool(recipients)

    def _place(self, unit: Unit, turn: "_Turn", recipient: Recipient) -> Recipient:
        """Post a recipient's message, put it off, or skip them and say why."""
        subscription = unit.subscriptions.by_id(recipient.subscription_id)
        if subscription is None or not subscription.is_alive:
            return _skipped(recipient, UNSUBSCRIBED, turn.now)
        if not turn.job.is_test and _has_enough(unit, turn.app, subscription.subscription_id, turn.now):
            return _skipped(recipient, "frequency_cap", turn.now)
        account = owner(unit, subscription.account_id)
        until = quiet_for(unit, turn.app, account, turn.now)
        if until is not None:
            return replace(recipient, due_at=until)
        try:
            content = personal(unit, self.outbox.seal, turn.draft, subscription, account)
        except (Invalid, SealBrokenError):  # a name so long that the text is too, or of another master key
            return _skipped(recipient, "not_presentable", turn.now)
        entry = OutboxEntry(
            content=content,
            not_before=turn.at,
            lifetime=LIFETIME,
            priority=Priority.BROADCAST,
            cause=Cause(CauseKind.BROADCAST, turn.job.job_id),
            permission=turn.job.audience.permission,
            is_test=turn.job.is_test,
        )
        accepted = self.outbox.to_subscriber(unit, turn.app, subscription, entry, turn.now)
        if accepted.message_id is None:
            return _skipped(recipient, accepted.why_not, turn.now)
        return replace(
            recipient,
            state=RecipientState.POSTED,
            message_id=accepted.message_id,
            due_at=None,
            changed_at=turn.now,
        )

    def _rest(self, job_id: JobId, unit: Unit) -> None:
        """Leave a broadcast alone for a while."""
        job = unit.broadcasts.by_id(job_id)
        if job is not None and job.next_at is not None:
            unit.broadcasts.put(replace(job, next_at=self.clock.now() + _BUG_PAUSE))


_EVENTS: Final = {
    BroadcastState.COMPLETED: WebhookEvent.BROADCAST_COMPLETED,
    BroadcastState.CANCELLED: WebhookEvent.BROADCAST_CANCELLED,
    BroadcastState.FAILED: WebhookEvent.BROADCAST_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is sent to one recipient, and ``at`` what time."""

    app: App
    job: Broadcast
    draft: Draft
    at: datetime
    now: datetime


def _has_enough(unit: Unit, app: App, subscription_id: SubscriptionId, now: datetime) -> bool:
    """Tell whether a subscriber got as many broadcasts as the app allows."""
    return any(
        bound and unit.broadcasts.count_got(subscription_id, now - span) >= bound
        for bound, span in ((app.broadcasts_per_day, _DAY), (app.broadcasts_per_week, _WEEK))
    )


def _skipped(recipient: Recipient, why: str, now: datetime) -> Recipient:
    return replace(recipient, state=RecipientState.SKIPPED, reason=why, due_at=None, changed_at=now)
