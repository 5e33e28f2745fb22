"""A site's chains of messages, and the events by which it begins some. ``drip_job`` sends them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.clock import Clock
from core.complaints import Wrong
from core.entropy import uuid4
from core.errors import Invalid
from core.housekeeping.sweep import ROWS_A_UNIT, erase_all
from core.later.enrolment import Enrolments
from core.model.apps.errors import TemplateNotFound
from core.model.ids import AppId, ChainId
from core.model.later.drip import (
    CHAINS_LIMIT,
    CatchUp,
    Chain,
    Step,
    Trigger,
    checked_event,
    checked_steps,
    read_steps,
    steps_to_bytes,
)
from core.model.later.errors import ChainNotFound
from core.model.sending.idempotency import Accepted, Once
from core.ports.store import Store, Unit
from core.seal import Seal
from core.sending.idempotency import only_once
from core.subscribers.subscriptions import named
from core.webhooks.publisher import Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRequest:
    """A chain: what begins it, and its steps; ``name`` is for the site itself."""

    name: str
    trigger: Trigger
    value: str
    catch_up: CatchUp
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class ShownChain:
    """A chain as its site sees it; ``enrolled`` are in it now, ``None`` where they were not counted."""

    chain: Chain
    steps: Sequence[Step]
    enrolled: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedEvent:
    """An event of a site's, to one subscriber or to all that share an ``external_id``."""

    event: str
    subscription_id: str | None = None
    external_id: str | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DripChains:
    """The story of the site's side."""

    store: Store
    clock: Clock
    publisher: Publisher
    enrolments: Enrolments

    async def add(self, app_id: AppId, request: ChainRequest) -> ShownChain:
        """Keep a chain for those to whom its trigger happens from now on; raise ``Invalid`` or ``TemplateNotFound``."""
        now, steps = self.clock.now(), checked_steps(request.steps)
        chain_id = ChainId(str(uuid4(self.publisher.entropy)))
        chain = Chain(
            chain_id=chain_id,
            app_id=app_id,
            name=request.name,
            trigger=request.trigger,
            value=request.value,
            catch_up=request.catch_up,
            steps=self.publisher.seal.seal(steps_to_bytes(steps), chain_context(chain_id)),
            delays=tuple(step.delay_minutes for step in steps),
            created_at=now,
        )

        def add(unit: Unit) -> None:
            unit.guard(f"drip chains of {app_id}")
            _check_value(unit, chain)
            for step in steps:
                _check_step(unit, app_id, step)
            if len(unit.drips.chains(app_id)) >= CHAINS_LIMIT:
                raise Invalid("name", Wrong.TOO_MANY_CHAINS, most=CHAINS_LIMIT)
            unit.drips.add_chain(chain)

        await self.store.write(add)
        return ShownChain(chain, steps, 0)

    async def list_all(self, app_id: AppId) -> Sequence[ShownChain]:
        """List the app's chains, oldest first; their subscribers are not counted."""
        chains = await self.store.read(lambda unit: unit.drips.chains(app_id))
        return [self._shown(chain, None) for chain in chains]

    async def find(self, app_id: AppId, chain_id: str) -> ShownChain:
        """Return the app's chain with this id; raise ``ChainNotFound``."""

        def find(unit: Unit) -> tuple[Chain, int]:
            chain = _chain(unit, app_id, chain_id)
            return chain, unit.drips.count_enrolled(chain.chain_id)

        return self._shown(*await self.store.read(find))

    async def remove(self, app_id: AppId, chain_id: str) -> None:
        """Delete a chain, also for the subscribers who are in it; raise ``ChainNotFound``."""

        def remove(unit: Unit) -> ChainId:
            chain = _chain(unit, app_id, chain_id)
            unit.drips.remove_chain(chain.chain_id)
            return chain.chain_id

        removed = await self.store.write(remove)
        await erase_all(self.store, lambda unit: unit.drips.empty(removed, ROWS_A_UNIT))

    async def track(self, app_id: AppId, happened: TrackedEvent, once: Once | None = None) -> int:
        """Begin the chains of an event; return how many it began. An event that was told ``once`` begins none again.

        Raises ``SubscriberNotFound``, ``Invalid`` or ``IdempotencyConflict``.
        """
        now, event = self.clock.now(), checked_event(happened.event, "event")

        def accept(unit: Unit) -> Sequence[Accepted]:
            begun: list[Accepted] = []
            for each in named(unit, app_id, happened.subscription_id, happened.external_id):
                count = self.enrolments.event_happened(unit, each, event, now, is_test=happened.is_test)
                begun += [Accepted(each.subscription_id, None, None)] * count
            return begun

        return len(await self.store.write(lambda unit: only_once(unit, app_id, once, now, accept)))

    def _shown(self, chain: Chain, enrolled: int | None) -> ShownChain:
        return ShownChain(chain, open_steps(self.publisher.seal, chain), enrolled)


def open_steps(seal: Seal, chain: Chain) -> Sequence[Step]:
    """Return a chain's steps; raise ``SealBrokenError``."""
    return read_steps(seal.open(chain.steps, chain_context(chain.chain_id)))


def chain_context(chain_id: ChainId) -> str:
    """Return what a chain's steps are sealed for."""
    return f"drip chain {chain_id}"


def _chain(unit: Unit, app_id: AppId, chain_id: str) -> Chain:
    chain = unit.drips.chain(ChainId(chain_id))
    if chain is None or chain.app_id != app_id:
        raise ChainNotFound
    return chain


def _check_value(unit: Unit, chain: Chain) -> None:
    """Raise ``Invalid`` unless the trigger's value is something that can happen."""
    project = unit.apps.project(chain.app_id)
    if chain.trigger is Trigger.EVENT:
        checked_event(chain.value, "trigger_value")
        return
    possible: Collection[str] = {
        Trigger.SUBSCRIPTION: ("",),
        Trigger.SEGMENT: project.tags,
        Trigger.PERMISSION: [each.key for each in project.permissions],
    }[chain.trigger]
    if chain.value not in possible:
        raise Invalid("trigger_value", Wrong.IMPOSSIBLE_TRIGGER)


def _check_step(unit: Unit, app_id: AppId, step: Step) -> None:
    """Raise ``Invalid`` for a step that could be sent to no recipient, or ``TemplateNotFound``."""
    template = None
    if step.template is not None:
        template = next((each for each in unit.apps.templates(app_id) if each.key == step.template), None)
        if template is None:
            raise TemplateNotFound
    step.draft(template).checked()
