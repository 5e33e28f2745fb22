"""Where somebody stands in a chain, whenever one looks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import AppId, ChainId, SubscriptionId
from core.model.later.drip import LATE, CatchUp, Chain, Enrolment, Trigger, caught_up, enrolled, moved_on

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DELAYS = st.lists(st.integers(0, 2000), min_size=1, max_size=8).map(lambda delays: tuple(sorted(delays)))
SLEEPS = st.lists(st.timedeltas(timedelta(0), timedelta(days=2)), max_size=12)


def a_chain(delays: tuple[int, ...], catch_up: CatchUp) -> Chain:
    """Return a chain with these delays."""
    return Chain(
        chain_id=ChainId("c"),
        app_id=AppId("a" * 24),
        name="",
        trigger=Trigger.SUBSCRIPTION,
        value="",
        catch_up=catch_up,
        steps=b"",
        delays=delays,
        created_at=NOON,
    )


def sent(chain: Chain, sleeps: list[timedelta]) -> list[tuple[int, datetime]]:
    """Go through a chain with a worker that sleeps too long now and then; return each step sent, and when."""
    now, pauses, steps = NOON, iter(sleeps), list[tuple[int, datetime]]()
    enrolment: Enrolment | None = enrolled(chain, SubscriptionId("s"), now, is_test=False)
    while enrolment is not None:
        now = max(now, enrolment.next_at) + next(pauses, timedelta(0))
        current = caught_up(enrolment, chain, now)
        if current is None or current.next_at > now:
            enrolment = current
            continue
        steps.append((current.step, now))
        enrolment = moved_on(current, chain)
    return steps


@given(delays=DELAYS, sleeps=SLEEPS)
def test_from_the_start_every_step_is_sent(delays: tuple[int, ...], sleeps: list[timedelta]) -> None:
    """Each once, in order, never before its time, and never much closer to the one before than it should be."""
    steps = sent(a_chain(delays, CatchUp.FROM_START), sleeps)
    assert [step for step, _ in steps] == list(range(len(delays)))
    for (before, earlier), (after, later) in pairwise(steps):
        assert later - NOON >= timedelta(minutes=delays[after])
        assert later - earlier > timedelta(minutes=delays[after] - delays[before]) - LATE


@given(delays=DELAYS, sleeps=SLEEPS)
def test_skipping_keeps_the_times(delays: tuple[int, ...], sleeps: list[timedelta]) -> None:
    """Each step is sent in its time, give or take what counts as late, or not at all."""
    steps = sent(a_chain(delays, CatchUp.SKIP_PAST), sleeps)
    assert [step for step, _ in steps] == sorted({step for step, _ in steps})
    for step, moment in steps:
        assert timedelta(0) <= moment - NOON - timedelta(minutes=delays[step]) < LATE


@given(delays=DELAYS, catch_up=st.sampled_from(CatchUp))
def test_without_trouble_both_are_the_same(delays: tuple[int, ...], catch_up: CatchUp) -> None:
    """Every step in its time."""
    expected = [(number, NOON + timedelta(minutes=delay)) for number, delay in enumerate(delays)]
    assert sent(a_chain(delays, catch_up), []) == expected
