"""A bot's breaker: when its messenger fails again and again, its messages wait, and one goes ahead to try.

``CLOSED``: all may go, unless the messenger has just asked for a pause or failed. ``OPEN``: none, until a time. Then
one may go as a probe, ``PROBING``, and how it ends closes the breaker or opens it for longer. Pauses grow and are
spread at random, so that those who failed together do not return together.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.entropy import Entropy, below

FAILURES_ALLOWED: Final = 5
"""Failures in a row that open a breaker; those of calls that were under way together count as one."""
_FIRST: Final = timedelta(seconds=2)
_LONGEST: Final = timedelta(minutes=10)
_STEPS: Final = 1000


class BreakerState(StrEnum):
    """Whether a bot's messages may go: all of them, none, or the one that tries."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """One bot's breaker; ``failures`` are those in a row, ``until`` is when one may go again (``None`` = at once).

    ``since`` is when it opened, and ``why`` the messenger's words then; both are empty while it is closed.
    ``failed_at`` is when a failure was last counted.
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    until: datetime | None = None
    since: datetime | None = None
    why: str = ""
    failed_at: datetime | None = None


def room(breaker: Breaker, now: datetime) -> int | None:
    """Return how many messages may go now: 0, 1 (the probe), or ``None`` for any number."""
    if breaker.state is BreakerState.PROBING or (breaker.until is not None and now < breaker.until):
        return 0
    return 1 if breaker.state is BreakerState.OPEN else None


def counts(breaker: Breaker, began_at: datetime) -> bool:
    """Tell whether the failure of a call counts: the call did not begin before the last failure was counted."""
    return breaker.failed_at is None or began_at >= breaker.failed_at


def failed(breaker: Breaker, why: str, now: datetime, rest: timedelta, began_at: datetime) -> Breaker:
    """Return the breaker after a failure: no message goes for ``rest``, and the last failure allowed opens it.

    While it is not closed, those that were already on their way when it opened change nothing.
    """
    is_one_more = counts(breaker, began_at)
    if breaker.state is BreakerState.OPEN or (breaker.state is BreakerState.PROBING and not is_one_more):
        return breaker
    rested = replace(breaker, until=_later(breaker.until, now + rest))
    if not is_one_more:
        return rested
    tripped = breaker.state is BreakerState.PROBING or breaker.failures + 1 >= FAILURES_ALLOWED
    counted = replace(rested, failures=breaker.failures + 1, failed_at=now)
    return _opened(counted, why, now) if tripped else counted


def revoked(breaker: Breaker, why: str, now: datetime, rest: timedelta, began_at: datetime) -> Breaker:
    """Return the breaker opened at once: the messenger does not let the bot work."""
    if breaker.state is not BreakerState.CLOSED and not counts(breaker, began_at):
        return breaker
    counted = replace(breaker, failures=max(breaker.failures + 1, FAILURES_ALLOWED), failed_at=now)
    return _opened(replace(counted, until=_later(breaker.until, now + rest)), why, now)


def paused(breaker: Breaker, now: datetime, asked: timedelta) -> Breaker:
    """Return a closed breaker that rests as long as the messenger asked: one that asks for a pause is well."""
    return Breaker(until=_later(breaker.until, now + asked))


def succeeded(breaker: Breaker) -> Breaker:
    """Return the breaker closed: the messenger has answered as it should. A pause that has begun goes on."""
    return Breaker(until=breaker.until)


def probing(breaker: Breaker) -> Breaker:
    """Return an open breaker as one whose probe is under way: no other message goes until it has ended."""
    return replace(breaker, state=BreakerState.PROBING) if breaker.state is BreakerState.OPEN else breaker


def undecided(breaker: Breaker) -> Breaker:
    """Return the breaker after a probe that ended without an answer of the messenger: another probe may go."""
    return replace(breaker, state=BreakerState.OPEN) if breaker.state is BreakerState.PROBING else breaker


def set_back(breaker: Breaker, by: timedelta) -> Breaker:
    """Return the breaker after the clock was set back: it opens no later than it would have."""
    until, failed_at = (None if at is None else at - by for at in (breaker.until, breaker.failed_at))
    return replace(breaker, until=until, failed_at=failed_at)


def pause(failures: int, asked: timedelta, entropy: Entropy) -> timedelta:
    """Return how long to wait after so many ``failures`` in a row: never less than was ``asked`` for.

    The rest is full jitter: anything up to twice two seconds, four, eight, and so on to ten minutes.
    """
    ceiling = min(_FIRST * 2 ** min(failures, 20), _LONGEST)
    jitter = ceiling * below(entropy, _STEPS) / _STEPS
    return max(asked, jitter if failures > 1 else asked)


def _opened(breaker: Breaker, why: str, now: datetime) -> Breaker:
    return replace(breaker, state=BreakerState.OPEN, since=breaker.since or now, why=why)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
