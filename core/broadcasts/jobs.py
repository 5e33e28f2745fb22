"""A site writes to many at once: it starts a broadcast, watches it, and cancels it. ``worker`` sends it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.apps.lookup import enabled_app
from core.broadcasts.audience import count, examples
from core.clock import Clock
from core.entropy import hex_id
from core.errors import Invalid
from core.model.apps.errors import TestKeyForbidden
from core.model.broadcasts import broadcast as jobs
from core.model.broadcasts.broadcast import (
    AudienceProgress,
    Broadcast,
    BroadcastAudience,
    BroadcastState,
    RecipientState,
    Report,
    check_exclusions,
    checked_audience,
)
from core.model.broadcasts.errors import BroadcastNotFound, BroadcastOver, TooManyBroadcasts
from core.model.ids import AppId, JobId, SubscriptionId
from core.model.messages.template import SAMPLE_VALUES, Draft
from core.model.sending.idempotency import Accepted, Once
from core.people.accounts import owner
from core.ports.store import Store, Unit
from core.seal import SealBrokenError
from core.sending.idempotency import carried_out, only_once
from core.sending.outbox import Outbox
from core.sending.personalization import personal

BROADCASTS: Final = b"broadcasts"
"""The bell of the worker that sends broadcasts."""
OPEN_LIMIT: Final = 50
"""How many broadcasts of an app may be under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastRequest:
    """What is to be sent to whom; at most so many ``per_minute``, ``None`` = as fast as messengers allow."""

    draft: Draft
    audience: BroadcastAudience
    per_minute: int | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class DryRun:
    """How many would get a broadcast, and what some of them would read.

    ``samples`` are for one of them whose first name is known and for one whose is not, as far as there are such;
    ``sample`` is the first of these, and for an example if there is none.
    """

    recipients: int
    sample: str
    samples: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastJobs:
    """The story of the site's side, and the operator's."""

    store: Store
    clock: Clock
    outbox: Outbox

    async def start(self, app_id: AppId, request: BroadcastRequest, once: Once | None = None) -> Broadcast:
        """Start a broadcast to all who are in the audience now; what was started ``once`` is not started again.

        Raises ``IdempotencyConflict``, ``AppDisabled``, ``Invalid``, and ``TooManyBroadcasts``.
        """
        audience, now = checked_audience(request.audience), self.clock.now()
        earlier = await self.store.read(lambda unit: self._started_before(unit, app_id, request, once))
        if earlier is not None:
            return earlier
        total, last = await count(self.store, app_id, audience)
        job_id = JobId(hex_id(self.outbox.entropy))
        job = Broadcast(
            job_id=job_id,
            app_id=app_id,
            draft=self.outbox.seal.seal(request.draft.to_bytes(), draft_context(job_id)),
            audience=audience,
            created_at=now,
            next_at=now,
            per_minute=request.per_minute,
            is_test=request.is_test,
            total=total,
            invitation=None if last is None else AudienceProgress(last),
        )

        def accept(unit: Unit) -> Sequence[Accepted]:
            self._check(unit, app_id, request)
            unit.broadcasts.add(job)
            unit.ring(BROADCASTS)
            return [Accepted(None, None, job_id)]

        def start(unit: Unit) -> Broadcast:
            unit.guard(f"broadcasts of {app_id}")
            return _started(unit, app_id, only_once(unit, app_id, once, now, accept))

        return await self.store.write(start)

    async def rehearse(self, app_id: AppId, request: BroadcastRequest) -> DryRun:
        """Return how many would get a broadcast, and samples; raise ``AppDisabled`` or ``Invalid``."""
        audience = checked_audience(request.audience)
        sample = await self.store.read(lambda unit: _sample(unit, app_id, request))
        total, _ = await count(self.store, app_id, audience)
        ids = await examples(self.store, self.outbox.seal, app_id, audience)
        samples = await self.store.read(lambda unit: [self._read_by(unit, request, each) for each in ids])
        return DryRun(total, samples[0] if samples else sample, samples)

    def _read_by(self, unit: Unit, request: BroadcastRequest, subscription_id: SubscriptionId) -> str:
        """Return what a recipient reads; why they get nothing, if it does not fit them."""
        subscription = unit.subscriptions.by_id(subscription_id)
        if subscription is None:
            return ""
        account = owner(unit, subscription.account_id)
        try:
            return personal(unit, self.outbox.seal, request.draft, subscription, account).text.text
        except (Invalid, SealBrokenError) as trouble:
            return str(trouble)

    async def find(self, app_id: AppId, job_id: str) -> Broadcast:
        """Return a broadcast of the app; raise ``BroadcastNotFound``."""
        return await self.store.read(lambda unit: _own(unit, app_id, job_id))

    async def any(self, job_id: str) -> Broadcast:
        """Return a broadcast of any app; raise ``BroadcastNotFound``."""
        return await self.store.read(lambda unit: _own(unit, None, job_id))

    async def latest(self, app_id: AppId | None, limit: int) -> Sequence[Broadcast]:
        """List the newest broadcasts of the app, or of all if it is ``None``, newest first."""
        return await self.store.read(lambda unit: unit.broadcasts.latest(app_id, limit))

    async def reports(
        self, app_id: AppId, job_id: str, state: RecipientState | None, after: int, limit: int
    ) -> tuple[Broadcast, Sequence[Report]]:
        """Return a broadcast, and how far its recipients behind position ``after`` have come, in order.

        ``state`` ``None`` means all states. Raises ``BroadcastNotFound``.
        """

        def find(unit: Unit) -> tuple[Broadcast, Sequence[Report]]:
            job = _own(unit, app_id, job_id)
            return job, unit.broadcasts.reports(job.job_id, state, after, limit)

        return await self.store.read(find)

    async def cancel(self, app_id: AppId | None, job_id: str, *, is_test: bool = False) -> Broadcast:
        """Stop a broadcast: recipients it was not sent to yet do not get it. Cancelling again changes nothing.

        ``app_id`` is ``None`` when the operator cancels; ``is_test`` = only tests may be cancelled. Raises
        ``BroadcastNotFound``, ``BroadcastOver`` or ``TestKeyForbidden``.
        """
        now = self.clock.now()

        def cancel(unit: Unit) -> Broadcast:
            job = _own(unit, app_id, job_id)
            if is_test and not job.is_test:
                raise TestKeyForbidden
            if job.state is BroadcastState.CANCELLED:
                return job
            if job.next_at is None:
                raise BroadcastOver
            withdrawn = unit.broadcasts.withdraw(job.job_id, now)
            after = jobs.moved(job, RecipientState.POSTED, RecipientState.CANCELLED, withdrawn)
            after = replace(after, state=BroadcastState.CANCELLED, next_at=now)
            unit.broadcasts.put(after)
            unit.ring(BROADCASTS)
            return after

        return await self.store.write(cancel)

    def _started_before(
        self, unit: Unit, app_id: AppId, request: BroadcastRequest, once: Once | None
    ) -> Broadcast | None:
        """Return what was started ``once``; raise what ``start`` raises."""
        accepted = carried_out(unit, app_id, once)
        if accepted is not None:
            return _started(unit, app_id, accepted)
        self._check(unit, app_id, request)
        return None

    @staticmethod
    def _check(unit: Unit, app_id: AppId, request: BroadcastRequest) -> None:
        """Raise what ``start`` raises."""
        _sample(unit, app_id, request)
        if unit.broadcasts.count_open(app_id) >= OPEN_LIMIT:
            raise TooManyBroadcasts


def draft_context(job_id: JobId) -> str:
    """Return what a broadcast's draft is sealed for."""
    return f"draft of broadcast {job_id}"


def _started(unit: Unit, app_id: AppId, accepted: Sequence[Accepted]) -> Broadcast:
    return _own(unit, app_id, accepted[0].resource_id or "")


def _own(unit: Unit, app_id: AppId | None, job_id: str) -> Broadcast:
    job = unit.broadcasts.by_id(JobId(job_id))
    if job is None or (app_id is not None and job.app_id != app_id):
        raise BroadcastNotFound
    return job


def _sample(unit: Unit, app_id: AppId, request: BroadcastRequest) -> str:
    """Return what an example of a recipient reads; raise ``AppDisabled``, or ``Invalid`` for what cannot be sent."""
    enabled_app(unit.apps.by_id(app_id))
    project = unit.apps.project(app_id)
    check_exclusions(request.audience, project)
    return request.draft.content(SAMPLE_VALUES, project.sender.signature).text.text
