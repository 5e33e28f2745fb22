"""A site has something sent to many again and again. ``recurring_job`` sends it."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.clock import Clock
from core.complaints import Wrong
from core.entropy import uuid4
from core.errors import Invalid
from core.later.enrolment import TICKS
from core.model.calendar.recurrence import Recurrence, checked_recurrence, next_run
from core.model.ids import AppId, RecurringId
from core.model.later.errors import RecurringNotFound
from core.model.later.recurring import RECURRING_LIMIT, Recurring, RecurringAudience
from core.model.messages.template import Draft, read_draft
from core.ports.store import Store, Unit
from core.seal import Seal
from core.webhooks.publisher import Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringRequest:
    """What is to be sent to whom, and how often; ``name`` is for the site itself."""

    name: str
    draft: Draft
    rhythm: Recurrence
    audience: RecurringAudience


@dataclass(frozen=True, slots=True)
class ShownRecurring:
    """A message that recurs, as its site sees it."""

    recurring: Recurring
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringMessages:
    """The story of the site's side."""

    store: Store
    clock: Clock
    publisher: Publisher

    async def add(self, app_id: AppId, request: RecurringRequest) -> ShownRecurring:
        """Keep a message that recurs from now on; raise ``Invalid``."""
        now, recurrence = self.clock.now(), checked_recurrence(request.rhythm)
        recurring_id = RecurringId(str(uuid4(self.publisher.entropy)))
        recurring = Recurring(
            recurring_id=recurring_id,
            app_id=app_id,
            name=request.name,
            draft=self.publisher.seal.seal(request.draft.to_bytes(), recurring_context(recurring_id)),
            rhythm=recurrence,
            audience=request.audience,
            created_at=now,
            next_at=next_run(recurrence, now, now),
        )

        def add(unit: Unit) -> None:
            unit.guard(f"recurring messages of {app_id}")
            project = unit.apps.project(app_id)
            if request.audience.segment is not None and request.audience.segment not in project.tags:
                raise Invalid("segment", Wrong.NOT_A_TAG)
            if request.audience.permission is not None and project.permission(request.audience.permission) is None:
                raise Invalid("permission", Wrong.NOT_A_PERMISSION)
            if len(unit.recurring.list_all(app_id)) >= RECURRING_LIMIT:
                raise Invalid("name", Wrong.TOO_MANY_RECURRING, most=RECURRING_LIMIT)
            unit.recurring.put(recurring)
            unit.ring(TICKS)

        await self.store.write(add)
        return ShownRecurring(recurring, request.draft)

    async def list_all(self, app_id: AppId) -> Sequence[ShownRecurring]:
        """List the app's recurring messages, oldest first."""
        messages = await self.store.read(lambda unit: unit.recurring.list_all(app_id))
        return [self._shown(each) for each in messages]

    async def find(self, app_id: AppId, recurring_id: str) -> ShownRecurring:
        """Return the app's recurring message with this id; raise ``RecurringNotFound``."""
        return self._shown(await self.store.read(lambda unit: _recurring(unit, app_id, recurring_id)))

    async def remove(self, app_id: AppId, recurring_id: str) -> None:
        """Delete a recurring message; what is in the outbox is sent. Raises ``RecurringNotFound``."""

        def remove(unit: Unit) -> None:
            unit.recurring.remove(_recurring(unit, app_id, recurring_id).recurring_id)

        await self.store.write(remove)

    def _shown(self, recurring: Recurring) -> ShownRecurring:
        return ShownRecurring(recurring, open_recurring(self.publisher.seal, recurring))


def open_recurring(seal: Seal, recurring: Recurring) -> Draft:
    """Return the draft of a recurring message; raise ``SealBrokenError``."""
    return read_draft(seal.open(recurring.draft, recurring_context(recurring.recurring_id)))


def recurring_context(recurring_id: RecurringId) -> str:
    """Return what a recurring message's draft is sealed for."""
    return f"recurring {recurring_id}"


def _recurring(unit: Unit, app_id: AppId, recurring_id: str) -> Recurring:
    recurring = unit.recurring.by_id(RecurringId(recurring_id))
    if recurring is None or recurring.app_id != app_id:
        raise RecurringNotFound
    return recurring
