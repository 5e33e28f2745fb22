"""A site has something sent to one subscriber later. ``scheduled_job`` sends it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.clock import Clock
from core.complaints import Wrong
from core.entropy import uuid4
from core.errors import Invalid
from core.later.enrolment import TICKS
from core.model.ids import AppId, ScheduledId
from core.model.later.errors import ScheduledNotFound
from core.model.later.scheduled import WAITING_LIMIT, Scheduled, ScheduledState, cancelled, checked_time
from core.model.messages.template import Draft, read_draft
from core.model.sending.idempotency import Accepted, Once
from core.ports.store import Store, Unit
from core.seal import Seal
from core.sending.idempotency import only_once
from core.subscribers.subscriptions import alive
from core.webhooks.publisher import Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """What is to be sent to whom, and when; ``name`` is for the site itself."""

    subscription_id: str
    draft: Draft
    scheduled_at: datetime
    timezone: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class ShownScheduled:
    """A message for later, as its site sees it."""

    scheduled: Scheduled
    name: str
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledMessages:
    """The story of the site's side."""

    store: Store
    clock: Clock
    publisher: Publisher

    async def add(self, app_id: AppId, request: ScheduleRequest, once: Once | None = None) -> ShownScheduled:
        """Keep a message until its time, and return it; what was asked ``once`` is not kept again.

        Raises ``SubscriberNotFound``, ``Invalid``, ``IdempotencyConflict``, and ``ScheduledNotFound`` if it was asked
        before, and is erased by now.
        """
        now = self.clock.now()

        def add(unit: Unit) -> Scheduled:
            unit.guard(f"scheduled messages of {app_id}")
            accepted = only_once(unit, app_id, once, now, lambda unit: [self._keep(unit, app_id, request, now)])
            return _scheduled(unit, app_id, accepted[0].resource_id or "")

        return self._shown(await self.store.write(add))

    def _keep(self, unit: Unit, app_id: AppId, request: ScheduleRequest, now: datetime) -> Accepted:
        """Keep a message until its time; return what was made, the new ``ScheduledId``."""
        checked_time(request.scheduled_at, now)
        subscription = alive(unit, app_id, request.subscription_id)
        if unit.scheduled.count_waiting(app_id) >= WAITING_LIMIT:
            raise Invalid("scheduled_at", Wrong.TOO_MANY_WAITING, most=WAITING_LIMIT)
        scheduled_id = ScheduledId(str(uuid4(self.publisher.entropy)))
        scheduled = Scheduled(
            scheduled_id=scheduled_id,
            app_id=app_id,
            subscription_id=subscription.subscription_id,
            content=_sealed(self.publisher.seal, scheduled_id, request),
            scheduled_at=request.scheduled_at,
            timezone=request.timezone,
            created_at=now,
            next_at=request.scheduled_at,
        )
        unit.scheduled.put(scheduled)
        unit.ring(TICKS)
        return Accepted(subscription.subscription_id, None, scheduled_id)

    async def find(self, app_id: AppId, scheduled_id: str) -> ShownScheduled:
        """Return the app's message for later with this id; raise ``ScheduledNotFound``."""
        return self._shown(await self.store.read(lambda unit: _scheduled(unit, app_id, scheduled_id)))

    async def page(
        self, app_id: AppId, state: ScheduledState | None, cursor: str | None, limit: int
    ) -> tuple[Sequence[ShownScheduled], str | None]:
        """Return a page by their time from behind ``cursor``, and the next cursor; ``None`` if it is the last.

        ``state`` ``None`` means all states. Raises ``Invalid`` for a bad cursor.
        """

        def find(unit: Unit) -> Sequence[Scheduled]:
            after = unit.scheduled.by_id(ScheduledId(cursor)) if cursor is not None else None
            if cursor is not None and (after is None or after.app_id != app_id):
                raise Invalid("cursor", Wrong.BAD_CURSOR)
            return unit.scheduled.page(app_id, state, after, limit + 1)

        messages = await self.store.read(find)
        page = messages[:limit]
        return [self._shown(each) for each in page], page[-1].scheduled_id if len(messages) > limit else None

    async def cancel(self, app_id: AppId, scheduled_id: str) -> None:
        """Cancel a message before its time; raise ``ScheduledNotFound`` or ``ScheduledSettled``."""
        now = self.clock.now()

        def cancel(unit: Unit) -> None:
            unit.scheduled.put(cancelled(_scheduled(unit, app_id, scheduled_id), now))

        await self.store.write(cancel)

    def _shown(self, scheduled: Scheduled) -> ShownScheduled:
        return ShownScheduled(scheduled, *open_scheduled(self.publisher.seal, scheduled))


def open_scheduled(seal: Seal, scheduled: Scheduled) -> tuple[str, Draft]:
    """Return the name and draft of a message for later; raise ``SealBrokenError``."""
    name, draft = json.loads(seal.open(scheduled.content, scheduled_context(scheduled.scheduled_id)))
    return name, read_draft(draft)


def _sealed(seal: Seal, scheduled_id: ScheduledId, request: ScheduleRequest) -> bytes:
    return seal.seal(
        json.dumps([request.name, request.draft.to_bytes().decode()]).encode(), scheduled_context(scheduled_id)
    )


def scheduled_context(scheduled_id: ScheduledId) -> str:
    """Return what a scheduled message is sealed for."""
    return f"scheduled {scheduled_id}"


def _scheduled(unit: Unit, app_id: AppId, scheduled_id: str) -> Scheduled:
    scheduled = unit.scheduled.by_id(ScheduledId(scheduled_id))
    if scheduled is None or scheduled.app_id != app_id:
        raise ScheduledNotFound
    return scheduled
