"""A bot's breaker: a value with one function per transition."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.model.sending.breaker import (
    FAILURES_ALLOWED,
    Breaker,
    BreakerState,
    failed,
    paused,
    probing,
    revoked,
    room,
    set_back,
    succeeded,
    undecided,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
REST = timedelta(seconds=7)
RESTS = st.timedeltas(timedelta(), timedelta(hours=2))


def opened() -> Breaker:
    """Return a breaker that has just tripped."""
    breaker = Breaker()
    for _ in range(FAILURES_ALLOWED):
        breaker = failed(breaker, "HTTP 502", NOW, REST, NOW)
    return breaker


def test_it_takes_failures_in_a_row() -> None:
    """One less does not trip it, and a success between them begins anew."""
    breaker = Breaker()
    for _ in range(FAILURES_ALLOWED - 1):
        breaker = failed(breaker, "HTTP 502", NOW, REST, NOW)
    assert (breaker.state, room(breaker, NOW), room(breaker, NOW + REST)) == (BreakerState.CLOSED, 0, None)
    assert failed(succeeded(breaker), "HTTP 502", NOW, REST, NOW).state is BreakerState.CLOSED
    tripped = failed(breaker, "HTTP 502", NOW, REST, NOW)
    assert (tripped.state, tripped.since, tripped.why) == (BreakerState.OPEN, NOW, "HTTP 502")


def test_one_goes_ahead_when_the_rest_is_over() -> None:
    """And nobody else until it has ended: well, badly, or without a word."""
    breaker = opened()
    assert (room(breaker, NOW), room(breaker, NOW + REST)) == (0, 1)
    probe = probing(breaker)
    later = NOW + REST
    assert room(probe, later) == 0
    assert room(succeeded(probe), later) is None
    assert room(undecided(probe), later) == 1
    again = failed(probe, "HTTP 503", later, REST, later)
    assert (again.state, again.since, again.why) == (BreakerState.OPEN, NOW, "HTTP 503")
    assert (room(again, later), room(again, later + REST)) == (0, 1)


def test_a_revoked_bot_trips_it_at_once() -> None:
    """No second message is wasted on a token that is no good."""
    breaker = revoked(Breaker(), "the token", NOW, REST, NOW)
    assert (breaker.state, room(breaker, NOW), room(breaker, NOW + REST)) == (BreakerState.OPEN, 0, 1)


def test_late_failures_do_not_make_it_longer() -> None:
    """Those that were under way when it opened tell nothing new."""
    assert failed(opened(), "late", NOW + REST, REST, NOW) == opened()


def test_one_blip_is_one_failure() -> None:
    """Calls that were under way together fail together, and that is no row; the next to begin is the second."""
    breaker = Breaker()
    for number in range(64):
        breaker = failed(breaker, "HTTP 502", NOW + timedelta(milliseconds=number + 1), REST, NOW)
    assert (breaker.state, breaker.failures) == (BreakerState.CLOSED, 1)
    later = NOW + 2 * REST
    assert failed(breaker, "HTTP 502", later, REST, later).failures == 2


def test_who_is_late_does_not_decide_for_the_probe() -> None:
    """A call that began before the bot was shut out says nothing about now, and makes nothing longer."""
    breaker = revoked(Breaker(), "the token", NOW + REST, REST, NOW)
    assert revoked(breaker, "late", NOW + 2 * REST, REST, NOW) == breaker
    probe = probing(breaker)
    assert failed(probe, "late", NOW + 3 * REST, REST, NOW) == probe
    assert revoked(probe, "late", NOW + 3 * REST, REST, NOW) == probe


@given(asked=RESTS, rest=RESTS)
def test_an_asked_pause_is_kept(asked: timedelta, rest: timedelta) -> None:
    """Exactly as long as asked, whatever arrives late; and it is no failure."""
    breaker = paused(Breaker(), NOW, asked)
    assert (breaker.failures, breaker.until) == (0, NOW + asked)
    assert succeeded(breaker).until == NOW + asked
    until = failed(breaker, "late", NOW, rest, NOW).until
    assert until is not None
    assert until >= NOW + asked


def test_a_clock_that_is_set_back_prolongs_nothing() -> None:
    """The rest ends when it would have."""
    back = timedelta(hours=1)
    assert room(set_back(opened(), back), NOW - back + REST) == 1
    assert set_back(Breaker(), back) == Breaker()


class Weather(RuleBasedStateMachine):
    """Whatever comes in whatever order, the breaker keeps its promises."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now, self.in_a_row = Breaker(), NOW, 0

    @rule(rest=RESTS)
    def fail(self, rest: timedelta) -> None:
        """Let a message fail."""
        before = self.breaker
        self.breaker = failed(before, "trouble", self.now, rest, self.now)
        self.in_a_row += before.state is not BreakerState.OPEN
        if self.in_a_row >= FAILURES_ALLOWED:
            assert self.breaker.state is BreakerState.OPEN

    @rule(rest=RESTS)
    def revoke(self, rest: timedelta) -> None:
        """Let the messenger shut the bot out."""
        self.breaker = revoked(self.breaker, "token", self.now, rest, self.now)
        self.in_a_row = FAILURES_ALLOWED
        assert room(self.breaker, self.now) == 0 or rest == timedelta()

    @rule()
    def succeed(self) -> None:
        """Let a message arrive."""
        self.breaker, self.in_a_row = succeeded(self.breaker), 0
        assert self.breaker.state is BreakerState.CLOSED

    @rule(asked=RESTS)
    def pause(self, asked: timedelta) -> None:
        """Let the messenger ask for a pause."""
        self.breaker, self.in_a_row = paused(self.breaker, self.now, asked), 0
        assert room(self.breaker, self.now + asked - timedelta(microseconds=1)) == 0 or asked == timedelta()

    @precondition(lambda self: room(self.breaker, self.now) == 1)
    @rule()
    def probe(self) -> None:
        """Send the one that may go."""
        self.breaker = probing(self.breaker)
        assert room(self.breaker, self.now + timedelta(days=9)) == 0

    @rule()
    def give_the_probe_up(self) -> None:
        """Let a probe end in nothing."""
        self.breaker = undecided(self.breaker)

    @rule(by=RESTS)
    def wait(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by

    @invariant()
    def an_open_breaker_lets_one_go_some_time(self) -> None:
        """Nothing is stuck for ever, and only a closed breaker lets many go."""
        much_later = room(self.breaker, self.now + timedelta(days=3000))
        expected = {BreakerState.CLOSED: None, BreakerState.OPEN: 1, BreakerState.PROBING: 0}
        assert much_later == expected[self.breaker.state]
        assert (self.breaker.since is None) == (self.breaker.state is BreakerState.CLOSED)


TestWeather = Weather.TestCase
