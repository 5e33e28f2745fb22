"""A bot's breaker: when its messenger fails again and again, its messages wait, and one goes ahead to try.

``CLOSED``: all may go, unless the messenger has just asked for a pause or failed. ``OPEN``: none, until a time. Then
one may go as a probe, ``PROBING``, and how it ends closes the breaker or opens it for longer.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FAILURES_ALLOWED: Final = 5
"""So many failures in a row trip it."""


class BreakerState(StrEnum):
    """Whether messages may go."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """One bot's; ``failures`` are those in a row, ``until`` is when something may go again (``None`` = at once).

    ``since`` is when it opened, and ``why`` the messenger's words then; both are empty while it is closed.
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    until: datetime | None = None
    since: datetime | None = None
    why: str = ""


def room(breaker: Breaker, now: datetime) -> int | None:
    """Return how many messages may go now, ``None`` for any number."""
    if breaker.state is BreakerState.PROBING or (breaker.until is not None and now < breaker.until):
        return 0
    return 1 if breaker.state is BreakerState.OPEN else None


def failed(breaker: Breaker, why: str, now: datetime, rest: timedelta) -> Breaker:
    """Note a failure, after which nothing goes for at least ``rest``; the last one that is allowed opens it.

    While it is open, those that were already on their way when it opened change nothing.
    """
    if breaker.state is BreakerState.OPEN:
        return breaker
    tripped = breaker.state is BreakerState.PROBING or breaker.failures + 1 >= FAILURES_ALLOWED
    counted = replace(breaker, failures=breaker.failures + 1, until=_later(breaker.until, now + rest))
    return _opened(counted, why, now) if tripped else counted


def revoked(breaker: Breaker, why: str, now: datetime, rest: timedelta) -> Breaker:
    """Open it at once: the messenger does not let the bot work."""
    counted = replace(breaker, failures=max(breaker.failures + 1, FAILURES_ALLOWED))
    return _opened(replace(counted, until=_later(breaker.until, now + rest)), why, now)


def paused(breaker: Breaker, now: datetime, asked: timedelta) -> Breaker:
    """Let nothing go for as long as was asked; a messenger that asks is well, so this closes the breaker."""
    return Breaker(until=_later(breaker.until, now + asked))


def succeeded(breaker: Breaker) -> Breaker:
    """Close it: the messenger has answered as it should. A pause that has begun goes on."""
    return Breaker(until=breaker.until)


def probing(breaker: Breaker) -> Breaker:
    """Send the one that may go ahead; nothing else goes until it has ended."""
    return replace(breaker, state=BreakerState.PROBING) if breaker.state is BreakerState.OPEN else breaker


def undecided(breaker: Breaker) -> Breaker:
    """Note that the probe has ended without a word of the messenger: another one may go."""
    return replace(breaker, state=BreakerState.OPEN) if breaker.state is BreakerState.PROBING else breaker


def set_back(breaker: Breaker, by: timedelta) -> Breaker:
    """Return the breaker after the clock was set back: it opens no later than it would have."""
    return breaker if breaker.until is None else replace(breaker, until=breaker.until - by)


def _opened(breaker: Breaker, why: str, now: datetime) -> Breaker:
    return replace(breaker, state=BreakerState.OPEN, since=breaker.since or now, why=why)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
