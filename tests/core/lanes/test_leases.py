"""What a lane takes up, or does not after all: permissions withdrawn, disabled projects, nights, and what is told."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import pytest

from core.clock import Clock
from core.entropy import SystemEntropy
from core.lanes.leases import Dependencies, Leases
from core.later.outcomes import drip_cause
from core.model.apps.app import App
from core.model.calendar.quiet_hours import read_quiet_hours
from core.model.ids import AppId, BotName, MessageId, SubscriptionId
from core.model.messages.bot import Capabilities
from core.model.messages.content import Content
from core.model.messages.receipt import Receipt, Stage
from core.model.sending import outbox_message
from core.model.sending.outbox_message import Cause, CauseKind, MessageState, OutboxMessage, Outcome, Priority
from core.model.text.text import from_plain
from core.model.webhooks.webhook import Delivery
from core.ports.messengers import Messenger
from core.ports.store import Store, Unit
from core.seal import Seal
from core.sending.feedback import Receipts
from core.sending.log import replay
from core.sending.outbox import Outbox, OutboxEntry
from core.sending.routing import after_receipt
from core.sending.settlement import Settlement
from core.subscribers.subscriptions import Gain
from core.webhooks.publisher import Event, Publisher
from daemon.wiring import settlement_of
from tests.core.conftest import PUBLISHER, SetClock
from tests.core.subscribed import NOON, SHOP, join, leave

TG = BotName("telegram")


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear(Publisher):
    """Hears what a site would be told."""

    heard: list[str] = field(default_factory=list)

    def publish(self, unit: Unit, app_id: AppId, now: datetime, *news: Event) -> list[Delivery]:
        """Remember the events."""
        del unit, app_id, now
        self.heard.extend(each.event.value for each in news)
        return []


class Taker:
    """What a lane asks a messenger before it takes messages up."""

    capabilities = Capabilities(sends_per_second=30, chat_gap=0)


class Patient:
    """A messenger that wants ten seconds between two messages to a chat."""

    capabilities = Capabilities(sends_per_second=30, chat_gap=10)


class Bench:
    """One app, one lane, and a messenger that takes what the lane takes up."""

    def __init__(self, store: Store, clock: SetClock, seal: Seal) -> None:
        self.store, self.clock = store, clock
        self.outbox = Outbox(seal=seal, entropy=SystemEntropy())
        self.ear = Ear(seal=PUBLISHER.seal, entropy=PUBLISHER.entropy)
        self.settlement = settlement_of(self.ear)
        self.taking = Leases(TG, _dependencies(store, clock, self.outbox, self.settlement))
        self.count = 0

    async def post(self, subscription_id: SubscriptionId, **wishes: object) -> MessageId:
        """Put a message into the outbox."""
        letter = OutboxEntry(content=Content(from_plain("Hi")), not_before=self.clock.now())

        def post(unit: Unit) -> MessageId | None:
            app, subscription = unit.apps.by_id(SHOP), unit.subscriptions.by_id(subscription_id)
            assert app is not None
            assert subscription is not None
            wish = replace(letter, **wishes)  # type: ignore[arg-type]  # each test says what it wants
            return self.outbox.to_subscriber(unit, app, subscription, wish, self.clock.now()).message_id

        posted = await self.store.write(post)
        assert posted is not None
        return posted

    async def work(self) -> int:
        """Take up what is due, and let the messenger take it; return how many it took."""
        batch = await self.taking.take(cast("Messenger", Taker()), 100)
        self.taking.held.clear()

        def settle(unit: Unit) -> int:
            now = self.clock.now()
            for each in batch.taken:
                self.count += 1
                unit.outbox.put_attempt(replace(each.attempt, outcome=Outcome.SENT))
                after = outbox_message.sent(each.message, f"m{self.count}", now)
                receipt = unit.receipts.by_message(TG, f"m{self.count}")
                after = after_receipt(unit, after, receipt, now) if receipt else after
                assert unit.outbox.swap(each.message, after)
                self.settlement.settled(unit, each.message, after, now)
            return len(batch.taken)

        return await self.store.write(settle)

    async def receive(self, message_id: str, stage: Stage) -> None:
        """Let the messenger tell how far a message came."""
        story = Receipts(store=self.store, clock=self.clock, settlement=self.settlement)
        await story.record(self.receipt(message_id, stage))

    def receipt(self, message_id: str, stage: Stage) -> Receipt:
        """Return what the messenger tells."""
        return Receipt(bot=TG, message_id=message_id, stage=stage, at=self.clock.now(), why="131047")

    async def change_app(self, **changes: object) -> None:
        """Change the app."""

        def change(unit: Unit) -> None:
            app = unit.apps.by_id(SHOP)
            assert app is not None
            unit.apps.put(replace(app, **changes))  # type: ignore[arg-type]  # each test says what it wants

        await self.store.write(change)

    async def stands(self, message_id: MessageId) -> OutboxMessage:
        """Return how a message stands."""
        message = await self.store.read(lambda unit: unit.outbox.by_id(message_id))
        assert message is not None
        return message


def _dependencies(store: Store, clock: Clock, outbox: Outbox, settlement: Settlement) -> Dependencies:
    return Dependencies(store=store, clock=clock, outbox=outbox, settlement=settlement, messengers=NoMore())


class NoMore:
    """Where nobody looks for messengers."""

    def messenger(self, bot: BotName) -> None:
        """Find none."""

    def names(self) -> tuple[BotName, ...]:
        """List none."""
        return ()


@pytest.fixture
async def bench(store: Store, clock: SetClock, seal: Seal) -> Bench:
    """Return a bench with an app."""
    app = App(app_id=SHOP, slug="shop", name="Shop", bots=(TG,), created_at=NOON)
    await store.write(lambda unit: unit.apps.add(app))
    return Bench(store, clock, seal)


async def test_a_permission_may_be_withdrawn_until_the_message_is_sent(bench: Bench) -> None:
    """Who withdrew it meanwhile gets nothing, and the site is told why; who did not gets the message."""
    keeps = await join(bench.store, "1", Gain(permissions=("news",)))
    withdraws = await join(bench.store, "2", Gain(permissions=("news",)))
    cause = Cause(CauseKind.RECURRING, "r")
    kept = await bench.post(keeps, permission="news", cause=cause)
    lost = await bench.post(withdraws, permission="news", cause=cause)

    def withdraw(unit: Unit) -> None:
        subscription = unit.subscriptions.by_id(withdraws)
        assert subscription is not None
        unit.subscriptions.put(replace(subscription, permissions=("orders",)))

    await bench.store.write(withdraw)
    assert await bench.work() == 1
    assert (await bench.stands(kept)).state is MessageState.SENT
    ended = await bench.stands(lost)
    assert (ended.state, ended.reason) == (MessageState.FAILED, "permission_missing")
    assert sorted(bench.ear.heard) == ["delivery.failed", "delivery.success"]


async def test_that_it_was_sent_is_told_once(bench: Bench) -> None:
    """A messenger took it, did not bring it, and takes it once more: the site heard of the first time already."""
    anna = await join(bench.store, "1")
    sent = await bench.post(anna, cause=drip_cause("c", 1, 1))
    await bench.work()
    told = ["delivery.success", "drip.step_sent", "drip.completed"]
    assert bench.ear.heard == told
    await bench.receive("m1", Stage.TOO_LATE)
    assert (await bench.stands(sent)).state is MessageState.ACCEPTED
    assert await bench.work() == 1
    assert bench.ear.heard == told
    await bench.receive("m2", Stage.TOO_LATE)
    assert (await bench.stands(sent)).state is MessageState.FAILED
    assert bench.ear.heard == [*told, "delivery.failed"]


async def test_a_failure_after_all_is_told(bench: Bench) -> None:
    """It goes on after it was sent, and then fails: that is news, but the chain was through before."""
    anna = await join(bench.store, "1")
    sent = await bench.post(anna, cause=drip_cause("c", 1, 1))
    await bench.work()
    await bench.receive("m1", Stage.TOO_LATE)
    await leave(bench.store, anna)
    assert await bench.work() == 0
    assert (await bench.stands(sent)).state is MessageState.FAILED
    assert bench.ear.heard == ["delivery.success", "drip.step_sent", "drip.completed", "delivery.failed"]


async def test_what_is_asked_for_again_is_told_again(bench: Bench) -> None:
    """Somebody replays it: that it was sent is news once more."""
    sent = await bench.post(await join(bench.store, "1"), cause=Cause(CauseKind.RECURRING, "r"))
    await bench.work()
    await bench.receive("m1", Stage.TOO_LATE)
    await bench.work()
    await bench.receive("m2", Stage.TOO_LATE)
    assert bench.ear.heard == ["delivery.success", "delivery.failed"]
    failed = await bench.stands(sent)
    await bench.store.write(lambda unit: replay(unit, failed, bench.clock.now()))
    await bench.work()
    assert bench.ear.heard == ["delivery.success", "delivery.failed", "delivery.success"]


async def test_what_its_messenger_denied_at_once_is_told_when_it_was_sent(bench: Bench) -> None:
    """The messenger's word came before we had written down that it took the message: nothing was told then."""
    anna = await join(bench.store, "1")
    await bench.store.write(lambda unit: unit.receipts.put(bench.receipt("m1", Stage.TOO_LATE)))
    await bench.post(anna, cause=Cause(CauseKind.RECURRING, "r"))
    await bench.work()
    assert bench.ear.heard == []
    await bench.work()
    assert bench.ear.heard == ["delivery.success"]


async def test_what_recurs_does_not_pile_up_at_night(bench: Bench) -> None:
    """The next one comes instead of what waits for the morning; what comes once a day, or once at all, is not lost."""
    await bench.change_app(quiet_hours=read_quiet_hours("22:00-08:00"), timezone="UTC")
    anna = await join(bench.store, "1")
    bench.clock.time = datetime(2026, 11, 21, 21, 30, tzinfo=UTC)
    hourly, hour = Cause(CauseKind.RECURRING, "hourly"), timedelta(hours=1)
    many = Priority.BROADCAST
    sent = []
    for _ in range(12):
        bench.clock.time += hour
        await bench.post(anna, cause=hourly, priority=many, lifetime=hour)
        if bench.clock.time.hour == 23:
            await bench.post(anna, cause=Cause(CauseKind.RECURRING, "daily"), priority=many)
            await bench.post(anna, cause=drip_cause("c", 1, 1), priority=many, lifetime=hour)
            await bench.post(anna, cause=Cause(CauseKind.BROADCAST, "b"), priority=many, lifetime=hour)
        sent.append(await bench.work())
    assert sent == [0] * 10 + [4, 1]


@pytest.mark.parametrize("priority", list(Priority))
async def test_a_disabled_app_s_wait(bench: Bench, priority: Priority) -> None:
    """Whatever it had accepted goes out when the app is enabled again, if it is not stale by then."""
    anna = await join(bench.store, "1")
    minutes = timedelta(minutes=1)
    lasting = await bench.post(anna, priority=priority)
    brief = await bench.post(anna, priority=priority, lifetime=5 * minutes)
    await bench.change_app(enabled=False)
    for _ in range(6):
        assert await bench.work() == 0
        bench.clock.time += minutes
    assert (await bench.stands(brief)).state is MessageState.EXPIRED
    await bench.change_app(enabled=True)
    bench.clock.time += minutes
    assert await bench.work() == 1
    assert (await bench.stands(lasting)).state is MessageState.SENT


class Twice:
    """The store as one that loses each unit's first run, and runs it again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Unit], T], within: float = 0.0) -> T:
        """Run the work, roll it back, and run it again."""

        def lose(unit: Unit) -> None:
            work(unit)
            raise LostError

        with suppress(LostError):
            await self._store.write(lose)
        return await self._store.write(work, within)


class LostError(Exception):
    """The connection broke before the commit."""


async def test_a_unit_that_is_run_again_claims_nothing_twice(bench: Bench) -> None:
    """What a lane remembers changes after the commit: the second of two to one chat is one gap away, not two."""
    anna = await join(bench.store, "anna")
    first = await bench.post(anna)
    bench.clock.time += timedelta(seconds=1)
    second = await bench.post(anna)
    dependencies = _dependencies(cast("Store", Twice(bench.store)), bench.clock, bench.outbox, bench.settlement)
    leases = Leases(TG, dependencies)
    batch = await leases.take(cast("Messenger", Patient()), 100)
    assert [each.message.message_id for each in batch.taken] == [first]
    assert leases.held == {first}
    waiting = (await bench.stands(second)).next_at
    assert waiting is not None
    assert timedelta(seconds=9) < waiting - bench.clock.now() <= timedelta(seconds=10)
