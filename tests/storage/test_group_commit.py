"""Many units, one commit: each has its own fate, and nobody pays for another."""

import asyncio
from pathlib import Path

import pytest

from core.errors import Busy
from core.model.login.login import Pending
from core.ports.store import Stale, Store, Unit
from storage.sqlite.store import SqlStore, open_store
from storage.sqlite.writer import ENOUGH
from tests.storage.builders import asked, busy_writer, claimed, kept, take, turn
from tests.storage.key import SEAL


class _Taking:
    """A unit of work that keeps an update and, if told to, fails afterwards."""

    def __init__(self, key: str, error: BaseException | None = None) -> None:
        self.key = key
        self.error = error

    def __call__(self, unit: Unit) -> str:
        take(unit, self.key)
        if self.error is not None:
            raise self.error
        return self.key


async def test_units_that_wait_share_one_commit(store: SqlStore, path: Path) -> None:
    """While the writer is at work units gather; they are committed together and answered each with its own value."""
    before = store.commits
    async with busy_writer(path):
        tasks = [asyncio.create_task(store.write(_Taking(str(number)))) for number in range(20)]
        await turn()
    assert await asyncio.gather(*tasks) == [str(number) for number in range(20)]
    assert store.commits == before + 1


async def test_what_was_written_is_what_is_read(store: SqlStore) -> None:
    """A read that follows an answered write sees it."""
    for number in range(50):
        await store.write(_Taking(str(number)))
        assert len(await store.read(kept)) == number + 1


async def test_a_batch_that_changes_nothing_is_no_commit(store: SqlStore) -> None:
    """``commits`` counts what reached the disk."""
    before = store.commits
    await store.write(kept)
    with pytest.raises(ValueError, match="no"):
        await store.write(_Taking("1", ValueError("no")))
    assert store.commits == before


async def test_a_failing_unit_is_rolled_back_alone(store: SqlStore, path: Path) -> None:
    """Of five units in one batch the one that raises leaves no trace; its caller gets the exception, the others win."""
    async with busy_writer(path):
        works = [_Taking(str(number), ValueError("mine") if number == 2 else None) for number in range(5)]
        tasks = [asyncio.create_task(store.write(work)) for work in works]
        await turn()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers.pop(2), ValueError)
    assert answers == ["0", "1", "3", "4"]
    assert await store.read(kept) == ["0", "1", "3", "4"]


@pytest.mark.parametrize("error", [ValueError("mine"), StopIteration(), SystemExit(1)], ids=repr)
async def test_a_lone_failing_unit_leaves_no_trace(store: SqlStore, error: BaseException) -> None:
    """Whatever a unit raises is its caller's, even what would end a thread, and the writer goes on."""
    with pytest.raises((ValueError, RuntimeError, SystemExit)):
        await store.write(_Taking("1", error))
    assert await store.write(_Taking("2")) == "2"
    assert await store.read(kept) == ["2"]


async def test_a_caller_who_gives_up_harms_nobody(store: SqlStore, path: Path) -> None:
    """A cancelled unit that had not begun is not done; its neighbours are."""
    async with busy_writer(path):
        tasks = [asyncio.create_task(store.write(_Taking(str(number)))) for number in range(3)]
        await turn()
        tasks[1].cancel()
        await turn()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert await store.read(kept) == ["0", "2"]


async def test_a_full_queue_is_busy_at_once(path: Path) -> None:
    """The unit over the limit is refused without waiting; those within it are done."""
    async with open_store(f"sqlite:///{path}", SEAL, queue_limit=2) as store:
        async with busy_writer(path):
            tasks = [asyncio.create_task(store.write(_Taking(str(number)))) for number in range(2)]
            await turn()
            with pytest.raises(Busy):
                await store.write(_Taking("too many"))
        await asyncio.gather(*tasks)
        assert await store.read(kept) == ["0", "1"]


async def test_of_two_hundred_claims_one_wins(store: SqlStore) -> None:
    """However many open a link at once, one holds the login, and it is the one who was told so."""
    first = Pending(asked(1))
    await store.write(lambda unit: unit.logins.add(first))

    async def claim(number: int) -> bool:
        return await store.write(lambda unit: unit.logins.swap(first, claimed(first, number)))

    won = await asyncio.gather(*(claim(number) for number in range(200)))
    assert won.count(True) == 1
    winner = claimed(first, won.index(True))
    assert await store.read(lambda unit: unit.logins.by_id(first.asked.login_id)) == winner


async def test_a_stale_unit_is_run_again(store: SqlStore) -> None:
    """A unit that finds its swap lost is run again, and what it did before is undone."""
    runs = 0

    def work(unit: Unit) -> int:
        nonlocal runs
        runs += 1
        take(unit, f"run {runs}")
        if runs < 3:
            raise Stale
        return runs

    assert await store.write(work) == 3
    assert await store.read(kept) == ["run 3"]


async def test_a_unit_that_stays_stale_is_busy(store: SqlStore) -> None:
    """After three more runs the caller is told to come back later."""
    runs = 0

    def work(_unit: Unit) -> None:
        nonlocal runs
        runs += 1
        raise Stale

    with pytest.raises(Busy):
        await store.write(work)
    assert runs == 4


async def test_reading_cannot_write(store: SqlStore) -> None:
    """A unit that writes through the wrong door changes nothing, and the reader goes on."""
    with pytest.raises(Busy):
        await store.read(_Taking("1"))
    assert await store.read(kept) == []


async def test_reads_share_one_view(store: SqlStore) -> None:
    """Many readers at once are each answered with their own value."""
    await asyncio.gather(*(store.write(_Taking(str(number))) for number in range(10)))

    async def read(limit: int) -> int:
        return await store.read(lambda unit: len(kept(unit)[:limit]))

    assert await asyncio.gather(*(read(limit) for limit in range(10))) == list(range(10))


async def test_closing_finishes_what_waits(path: Path) -> None:
    """What was asked for before the store closes is done and answered; what comes after is refused."""
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        async with busy_writer(path):
            tasks = [asyncio.create_task(store.write(_Taking(str(number)))) for number in range(5)]
            await turn()
            closing = asyncio.create_task(store.close())
            await turn()
            with pytest.raises(Busy):
                await store.read(kept)
        assert await asyncio.gather(*tasks) == ["0", "1", "2", "3", "4"]
        await closing
        with pytest.raises(Busy):
            await store.write(_Taking("too late"))
    async with open_store(f"sqlite:///{path}", SEAL) as again:
        assert await again.read(kept) == ["0", "1", "2", "3", "4"]


async def test_who_may_wait_shares_the_commit_that_others_cause(store: SqlStore) -> None:
    """A unit in no hurry is begun by the next one that is, however long it would have waited."""
    before = store.commits
    patient = [asyncio.create_task(store.write(_Taking(str(number)), within=60)) for number in range(3)]
    await turn()
    assert await store.read(kept) == []
    assert await store.write(_Taking("now")) == "now"
    assert await asyncio.gather(*patient) == ["0", "1", "2"]
    assert store.commits == before + 1


async def test_who_may_wait_waits_no_longer(store: SqlStore) -> None:
    """Without others a unit is done when its time is over: the shortest that was asked for counts for all."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(10):
        answers = await asyncio.gather(
            store.write(_Taking("slow"), within=60), store.write(_Taking("quick"), within=0.05)
        )
        assert loop.time() - began >= 0.045
        assert await store.write(_Taking("again"), within=0.05) == "again"
    assert list(answers) == ["slow", "quick"]


async def test_sixteen_are_let_wait_for_no_more(store: SqlStore) -> None:
    """They share one commit, at once."""
    before = store.commits
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(store.write(_Taking(str(number)), within=60) for number in range(ENOUGH)))
    assert answers == [str(number) for number in range(ENOUGH)]
    assert store.commits == before + 1


async def test_not_all_who_may_wait_share_one_commit(store: SqlStore, path: Path) -> None:
    """So that those who may not find the writer free."""
    before = store.commits
    async with busy_writer(path):
        tasks = [asyncio.create_task(store.write(_Taking(str(number)), within=60)) for number in range(2 * ENOUGH + 1)]
        await turn()
    async with asyncio.timeout(10):
        await asyncio.gather(*tasks)
    assert store.commits == before + 2


async def test_of_those_who_wait_a_failing_one_is_rolled_back_alone(store: SqlStore) -> None:
    """No one spoils it for others, and each gets back what its own work returned or raised."""
    works = [_Taking(str(number), ValueError("mine") if number == 2 else None) for number in range(ENOUGH)]
    answers = await asyncio.gather(*(store.write(work, within=60) for work in works), return_exceptions=True)
    assert isinstance(answers[2], ValueError)
    assert [each for each in answers if isinstance(each, str)] == [
        str(number) for number in range(ENOUGH) if number != 2
    ]
    assert len(await store.read(kept)) == ENOUGH - 1


async def test_who_may_wait_is_run_again_when_stale(store: SqlStore) -> None:
    """As every unit is."""
    runs = 0

    def work(unit: Unit) -> None:
        nonlocal runs
        runs += 1
        take(unit, f"run {runs}")
        if runs < 3:
            raise Stale

    await store.write(work, within=0.01)
    assert await store.read(kept) == ["run 3"]


async def test_closing_waits_for_nobody_s_time(path: Path) -> None:
    """What could have waited longer is done at once when the store closes."""
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        tasks = [asyncio.create_task(store.write(_Taking(str(number)), within=60)) for number in range(5)]
        await turn()
        async with asyncio.timeout(10):
            await store.close()
        assert await asyncio.gather(*tasks) == ["0", "1", "2", "3", "4"]


async def test_the_queue_bounds_those_who_may_wait_too(path: Path) -> None:
    """The unit over the limit is refused, whether it is in a hurry or not."""
    async with open_store(f"sqlite:///{path}", SEAL, queue_limit=2) as store:
        tasks = [asyncio.create_task(store.write(_Taking(str(number)), within=60)) for number in range(2)]
        await turn()
        for within in (0.0, 60.0):
            with pytest.raises(Busy):
                await store.write(_Taking("too many"), within)
        await store.close()
        assert await asyncio.gather(*tasks) == ["0", "1"]


async def test_the_store_is_a_store(store: SqlStore) -> None:
    """The type checker agrees that this is what the core asks for."""
    door: Store = store
    assert await door.read(kept) == []
