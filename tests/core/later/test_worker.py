"""The worker that posts what is due: one bad row, a rare rhythm, or a clock that was set back hold up nobody."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.later import recurring_job
from core.later.drip_job import DripJob
from core.later.drips import ChainRequest, DripChains
from core.later.enrolment import TICKS, Enrolments
from core.later.recurring import RecurringMessages, RecurringRequest
from core.later.recurring_job import RecurringJob
from core.later.scheduled import ScheduledMessages, ScheduleRequest
from core.later.scheduled_job import ScheduledJob
from core.later.worker import Deferral, Worker
from core.model.apps.app import App
from core.model.calendar.recurrence import Recurrence, next_run
from core.model.ids import AccountId, AppId, BotName
from core.model.later.drip import CatchUp, Step, Trigger
from core.model.later.recurring import Recurring, RecurringAudience, Run
from core.model.messages.template import Draft
from core.people.accounts import owner
from core.ports.store import Store, Unit
from core.seal import Seal
from core.sending.outbox import Outbox
from storage.vault import Vault
from tests.core.conftest import PUBLISHER, SetClock
from tests.core.subscribed import NOON, OTHER, SHOP, join
from tests.storage.key import SEAL
from tests.waiting import a_moment, patience

TG = BotName("telegram")
HOUR = timedelta(hours=1)
EVERY_HOUR = Recurrence(interval_hours=1)


class Bench:
    """Two apps and the worker."""

    def __init__(self, store: Store, clock: SetClock, seal: Seal, file: Path) -> None:
        self.store, self.clock, self._file = store, clock, file
        self.outbox = Outbox(seal=seal, entropy=PUBLISHER.entropy)
        self.recurring = RecurringJob(outbox=self.outbox, publisher=PUBLISHER)
        self.scheduled_messages = ScheduledMessages(store=store, clock=clock, publisher=PUBLISHER)
        self.recurring_messages = RecurringMessages(store=store, clock=clock, publisher=PUBLISHER)
        self.drips = DripChains(store=store, clock=clock, publisher=PUBLISHER, enrolments=Enrolments())
        jobs = (
            ScheduledJob(outbox=self.outbox, publisher=PUBLISHER),
            self.recurring,
            DripJob(outbox=self.outbox, publisher=PUBLISHER),
        )
        self.worker = Worker(store=store, clock=clock, jobs=jobs)

    def spoil(self, *user_ids: str) -> None:
        """Write what no code of ours can read into somebody's row."""
        self._set("pigeon", user_ids)

    def mend(self, *user_ids: str) -> None:
        """Write what it was."""
        self._set("telegram", user_ids)

    def _set(self, messenger: str, user_ids: tuple[str, ...]) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            for user_id in user_ids:
                digest = Vault(SEAL).user_digest(user_id)
                connection.execute("UPDATE accounts SET messenger = ? WHERE user_digest = ?", (messenger, digest))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let the worker work."""
        task = asyncio.create_task(self.worker.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def until(self, is_so: Callable[[Unit], bool]) -> None:
        """Wait for the worker, which is woken; fail if it does not come so far."""
        async with patience():
            while not await self.store.read(is_so):
                self.store.bells.ring(TICKS)
                await a_moment()

    async def repeat(self, app_id: AppId = SHOP, rhythm: Recurrence = EVERY_HOUR) -> Recurring:
        """Let a message recur."""
        wish = RecurringRequest(name="", draft=Draft("Hi"), rhythm=rhythm, audience=RecurringAudience())
        return (await self.recurring_messages.add(app_id, wish)).recurring


def posted(unit: Unit) -> int:
    """Count what is in the outbox."""
    return sum(count for _, _, count, _ in unit.outbox.waiting())


def last_run(unit: Unit, recurring: Recurring) -> Run | None:
    """Return the last run that is over."""
    found = unit.recurring.by_id(recurring.recurring_id)
    assert found is not None
    return found.last_run


@pytest.fixture
async def bench(store: Store, clock: SetClock, seal: Seal, tmp_path: Path) -> Bench:
    """Return a bench."""

    def add(unit: Unit) -> None:
        for app_id, slug in ((SHOP, "shop"), (OTHER, "other")):
            unit.apps.add(App(app_id=app_id, slug=slug, name=slug, bots=(TG,), created_at=NOON))

    await store.write(add)
    return Bench(store, clock, seal, tmp_path / "gatepost.db")


async def test_a_bad_row_holds_up_no_message_for_later(bench: Bench) -> None:
    """It is tried again some minutes later; what was due with it and after it goes out."""
    for number in range(5):
        someone = await join(bench.store, f"{number}", app_id=OTHER if number else SHOP)
        when = NOON + number * timedelta(seconds=1)
        wish = ScheduleRequest(subscription_id=someone, draft=Draft("Hi"), scheduled_at=when)
        await bench.scheduled_messages.add(OTHER if number else SHOP, wish)
    bench.spoil("0", "2")
    bench.clock.time += HOUR
    async with bench.working():
        await bench.until(lambda unit: posted(unit) == 3)
        assert await bench.store.read(lambda unit: unit.scheduled.due(bench.clock.now(), 10)) == []
        bench.mend("0", "2")
        bench.clock.time += timedelta(minutes=10)
        await bench.until(lambda unit: posted(unit) == 5)


async def test_a_bad_row_holds_up_no_chain(bench: Bench) -> None:
    """Who is in a chain with them goes on."""
    wish = ChainRequest(
        name="", trigger=Trigger.SUBSCRIPTION, value="", catch_up=CatchUp.FROM_START, steps=(Step(0, "Hi"),)
    )
    for app_id in (SHOP, OTHER):
        await bench.drips.add(app_id, wish)
    for number in range(5):
        await join(bench.store, f"{number}", app_id=OTHER if number else SHOP, at=NOON + number * timedelta(seconds=1))
    bench.spoil("0", "2")
    bench.clock.time += HOUR
    async with bench.working():
        await bench.until(lambda unit: posted(unit) == 3)
        bench.mend("0", "2")
        bench.clock.time += timedelta(minutes=10)
        await bench.until(lambda unit: posted(unit) == 5)


async def test_a_bad_row_is_skipped_by_what_recurs(bench: Bench) -> None:
    """All others of its audience get theirs."""
    for number in range(6):
        await join(bench.store, f"{number}")
    recurring = await bench.repeat()
    bench.spoil("1", "3")
    bench.clock.time += HOUR
    async with bench.working():
        await bench.until(lambda unit: last_run(unit, recurring) is not None)
    run = await bench.store.read(lambda unit: last_run(unit, recurring))
    assert run is not None
    assert (run.accepted, run.skipped) == (4, 2)
    assert await bench.store.read(posted) == 4


async def test_where_it_goes_wrong_for_many_the_message_is_put_off(bench: Bench) -> None:
    """Nobody is skipped then, nobody gets it twice, and the other project's message goes out."""
    for number in range(66):
        await join(bench.store, f"{number}")

    def of_second_chunk(unit: Unit) -> list[str]:
        ids = unit.recurring.accounts_after(SHOP, NOON, AccountId(""), 100)
        return [owner(unit, account_id).user_id for account_id in ids[-6:]]

    bad = await bench.store.read(of_second_chunk)
    await join(bench.store, "other", app_id=OTHER)
    wrong, right = await bench.repeat(), await bench.repeat(OTHER)
    bench.spoil(*bad)
    bench.clock.time += HOUR
    async with bench.working():
        await bench.until(lambda unit: last_run(unit, right) is not None)
        await bench.until(lambda unit: unit.recurring.due(bench.clock.now()) is None)
        assert await bench.store.read(lambda unit: last_run(unit, wrong)) is None
        bench.mend(*bad)
        bench.clock.time += timedelta(minutes=10)
        await bench.until(lambda unit: last_run(unit, wrong) is not None)
    run = await bench.store.read(lambda unit: last_run(unit, wrong))
    assert run is not None
    assert (run.accepted, run.skipped) == (66, 0)
    assert await bench.store.read(posted) == 67


async def test_a_rare_time_is_looked_for_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for each recipient: a day that comes every four years takes long to find."""
    looked = []

    def counting(rhythm: Recurrence, since: datetime, after: datetime) -> datetime:
        looked.append(after)
        return next_run(rhythm, since, after)

    monkeypatch.setattr("core.later.recurring_job.next_run", counting)
    for number in range(20):
        await join(bench.store, f"{number}")
    recurring = await bench.repeat(rhythm=Recurrence(cron="0 0 29 2 *", timezone="UTC"))
    bench.clock.time = recurring.next_at
    await bench.store.write(lambda unit: bench.recurring.step(unit, bench.clock.now(), Deferral()))
    assert await bench.store.read(posted) == 20
    assert len(looked) == 1


async def test_a_run_under_way_goes_on_when_the_clock_is_set_back(bench: Bench) -> None:
    """Half of the audience has the message; the rest need not wait until it is as late again."""
    for number in range(recurring_job.CHUNK + 10):
        await join(bench.store, f"{number}")
    recurring = await bench.repeat()
    bench.clock.time += HOUR
    await bench.store.write(lambda unit: bench.recurring.step(unit, bench.clock.now(), Deferral()))
    assert await bench.store.read(posted) == recurring_job.CHUNK
    bench.clock.time -= 30 * timedelta(minutes=1)
    async with bench.working():
        await bench.until(lambda unit: last_run(unit, recurring) is not None)
    assert await bench.store.read(posted) == recurring_job.CHUNK + 10
