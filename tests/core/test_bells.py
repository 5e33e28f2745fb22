"""Bells: no wake-up is lost, none is invented."""

import asyncio
from contextlib import ExitStack

from core.bells import Bells
from core.sending.outbox import OUTBOX


async def test_a_ring_wakes_everybody_at_the_bell_and_nobody_else() -> None:
    """All who wait at a key wake; who waits at another key does not."""
    bells = Bells()
    with bells.hold(b"a") as first, bells.hold(b"a") as second, bells.hold(b"b") as other:
        waits = [asyncio.create_task(bell.wait(30)) for bell in (first, second)]
        bells.ring(b"a")
        assert await asyncio.gather(*waits) == [True, True]
        assert await other.wait(0.01) is False


async def test_a_ring_between_holding_and_waiting_is_not_lost() -> None:
    """Who holds the bell before reading the state cannot miss a change that comes after the reading."""
    bells = Bells()
    with bells.hold(b"a") as bell:
        bells.ring(b"a")
        assert await bell.wait(30) is True


async def test_one_waiter_too_many_wakes_the_oldest() -> None:
    """T37: a session's waiters are bounded; the newest stays."""
    bells = Bells(waiters_per_key=1)
    with bells.hold(b"a") as old, bells.hold(b"a") as new:
        assert await old.wait(30) is True
        assert await new.wait(0.01) is False


async def test_the_bound_holds_however_many_come_at_once() -> None:
    """T37: of fifty who come in one turn, all but the bound are woken."""
    bells = Bells(waiters_per_key=8)
    with ExitStack() as held:
        holds = [held.enter_context(bells.hold(b"a")) for _ in range(50)]
        woken = await asyncio.gather(*(bell.wait(0.01) for bell in holds))
    assert woken == [True] * 42 + [False] * 8


async def test_nothing_is_left_behind() -> None:
    """A waiter who leaves, even by being cancelled, is forgotten."""
    bells = Bells()

    async def wait() -> None:
        with bells.hold(b"a") as bell:
            await bell.wait(30)

    waiter = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert len(bells) == 1
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    assert len(bells) == 0


async def test_closing_wakes_everybody_for_good() -> None:
    """After closing nobody waits any more, neither those who do nor those who come."""
    bells = Bells()
    with bells.hold(b"a") as bell:
        bells.close()
        assert await bell.wait(30) is True
    with bells.hold(b"b") as late:
        assert await late.wait(30) is True


async def test_every_lane_can_wait_at_the_outbox() -> None:
    """Twenty bots: none is woken because another begins to wait, or they would wake each other for ever."""
    everybody = Bells()
    with ExitStack() as lanes:
        bells = [lanes.enter_context(everybody.attend(OUTBOX)) for _ in range(20)]
        assert not any([await bell.wait(0) for bell in bells])
