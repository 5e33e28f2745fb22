"""What a unit rings is heard after its commit, once, and never if it was rolled back."""

import asyncio
from functools import partial

import pytest

from core.ports.store import Stale, Unit
from storage.sqlite.store import SqlStore
from tests.storage.builders import kept, take

BELL = b"bell"


async def test_who_hears_the_bell_reads_what_was_written(store: SqlStore) -> None:
    """A waiter that reads as soon as it is woken finds the commit."""
    found: list[list[str]] = []

    async def listen() -> None:
        with store.bells.hold(BELL) as bell:
            listening.set()
            assert await bell.wait(30)
            found.append(await store.read(kept))

    def write(unit: Unit) -> None:
        take(unit, "1")
        unit.ring(BELL)

    listening = asyncio.Event()
    waiter = asyncio.create_task(listen())
    await listening.wait()
    await store.write(write)
    await waiter
    assert found == [["1"]]


async def test_nothing_is_heard_before_the_commit(store: SqlStore) -> None:
    """While the unit runs nobody is woken."""
    with store.bells.hold(BELL) as bell:
        silent: list[bool] = []

        def write(unit: Unit) -> None:
            unit.ring(BELL)
            silent.append(not bell.has_rung)

        await store.write(write)
        assert silent == [True]
        assert await bell.wait(0)


@pytest.mark.parametrize("beside", [0, 3])
async def test_a_unit_that_is_rolled_back_rings_nothing(store: SqlStore, beside: int) -> None:
    """Alone, or in a batch with others that are committed."""

    def fail(unit: Unit) -> None:
        unit.ring(BELL)
        raise ZeroDivisionError

    with store.bells.hold(BELL) as bell:
        others = [store.write(partial(take, key=str(number))) for number in range(beside)]
        results = await asyncio.gather(store.write(fail), *others, return_exceptions=True)
        assert isinstance(results[0], ZeroDivisionError)
        assert not await bell.wait(0)


async def test_a_rerun_forgets_what_the_first_run_rang(store: SqlStore) -> None:
    """Only what the run that was committed rang is heard."""
    runs: list[int] = []

    def work(unit: Unit) -> None:
        runs.append(1)
        if len(runs) == 1:
            unit.ring(b"first")
            raise Stale
        unit.ring(BELL)

    with store.bells.hold(b"first") as first, store.bells.hold(BELL) as bell:
        await store.write(work)
        assert not await first.wait(0)
        assert await bell.wait(0)
