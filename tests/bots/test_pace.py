"""The rates are kept whatever comes: no window of a second ever sees more calls than allowed, and nobody is forgotten.

Time leaps here: a loop with nothing to do is at once where its next timer is.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.bots.pace import Pace
from gatepost.core.ports import TryLater

PER_SECOND, CHAT_PER_SECOND = 8.0, 2.0
LEAST_GAP, LEAST_CHAT_GAP = 1 / PER_SECOND - 1e-6, 1 / CHAT_PER_SECOND - 1e-6


class Leap(selectors.DefaultSelector):
    """A selector that does not wait but moves the time on."""

    ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Look once, and skip the time that would have been waited."""
        self.ahead += max(0.0, timeout or 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop in which waiting takes no time. Its clock stands still otherwise."""

    def __init__(self) -> None:
        self._leap = Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        """Return the time in seconds."""
        return self._leap.ahead

    def hold_up(self, seconds: float) -> None:
        """Be busy with something else: timers come late."""
        self._leap.ahead += seconds


def run(work: Callable[[LeapingLoop], Coroutine[Any, Any, None]]) -> None:
    """Run ``work`` in a loop whose time leaps."""
    loop = LeapingLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(work(loop))


@settings(max_examples=60, deadline=None)
@given(
    callers=st.lists(
        st.tuples(st.floats(0, 3), st.sampled_from([None, "anna", "boris", "clara"])), min_size=1, max_size=60
    ),
    stalls=st.lists(st.tuples(st.floats(0, 6), st.floats(0, 2)), max_size=4),
)
def test_the_rates_are_kept(callers: list[tuple[float, str | None]], stalls: list[tuple[float, float]]) -> None:
    """Whenever callers come, and however often the loop is held up, calls keep their distance, in each chat too."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        went: list[tuple[float, str | None]] = []

        async def call(comes_at: float, chat: str | None) -> None:
            await asyncio.sleep(comes_at)
            try:
                await pace.turn(chat)
            except TryLater:
                return
            went.append((loop.time(), chat))

        for at, seconds in stalls:
            loop.call_later(at, loop.hold_up, seconds)
        await asyncio.gather(*(call(at, chat) for at, chat in callers))
        times = [at for at, _ in went]
        assert all(later - sooner >= LEAST_GAP for sooner, later in pairwise(times))
        for chat in ("anna", "boris", "clara"):
            mine = [at for at, whose in went if whose == chat]
            assert all(later - sooner >= LEAST_CHAT_GAP for sooner, later in pairwise(mine))

    run(story)


def test_a_chat_that_waits_holds_up_no_other() -> None:
    """Ten messages for Anna stand in her line only; Boris is served between them."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        anna = [asyncio.create_task(pace.turn("anna")) for _ in range(10)]
        await asyncio.sleep(0)
        await pace.turn("boris")
        assert loop.time() < 0.3
        await asyncio.gather(*anna)
        assert loop.time() == pytest.approx(9 / CHAT_PER_SECOND)

    run(story)


def test_who_comes_first_goes_first() -> None:
    """The line keeps its order, and goes no slower than allowed."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        order: list[int] = []

        async def call(number: int) -> None:
            await pace.turn()
            order.append(number)

        await asyncio.gather(*(call(number) for number in range(40)))
        assert order == list(range(40))
        assert loop.time() == pytest.approx(39 / PER_SECOND)

    run(story)


@pytest.mark.parametrize(("chat", "rate"), [(None, PER_SECOND), ("anna", CHAT_PER_SECOND)])
def test_an_endless_line_is_not_formed(chat: str | None, rate: float) -> None:
    """Who would have to wait for more than ten seconds is told to come back, and when; the others are served."""

    async def story(_loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        ended = await asyncio.gather(*(pace.turn(chat) for _ in range(200)), return_exceptions=True)
        refused = [each for each in ended if isinstance(each, TryLater)]
        assert 200 - len(refused) == pytest.approx(10 * rate, abs=2)
        assert all(10 < each.after < 12 for each in refused)
        await pace.turn(chat)

    run(story)


def test_who_gives_up_leaves_the_line() -> None:
    """A caller that is cancelled takes nobody's turn, and the line moves on."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        tasks = [asyncio.create_task(pace.turn("anna")) for _ in range(10)]
        await asyncio.sleep(0.1)
        for task in tasks[1:9]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert tasks[9].done()
        assert not tasks[9].cancelled()
        assert loop.time() == pytest.approx(1 / CHAT_PER_SECOND)

    run(story)


def test_many_chats_take_no_endless_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats that were served are forgotten when there are too many; one that waits is not."""
    monkeypatch.setattr("gatepost.bots.pace._CHATS_REMEMBERED", 10)

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(1000.0, CHAT_PER_SECOND)
        for number in range(100):
            await pace.turn(str(number))
            await asyncio.sleep(1)
        before = loop.time()
        await pace.turn("anna")
        for number in range(20):
            await pace.turn(str(number))
        await pace.turn("anna")
        assert loop.time() - before >= LEAST_CHAT_GAP
        assert len(pace._chats) <= 31

    run(story)
