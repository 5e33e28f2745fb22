"""When a delivery is tried again, and when it is given up: pure functions of what the site answered.

The pauses are those of Standard Webhooks' example, about three days in all (``delivery`` section 2).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from core.entropy import Entropy, below
from core.model.webhooks.webhook import Endpoint, EndpointResponse

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait after each attempt; the first one is at once, so there is one more attempt than pauses."""
ATTEMPTS_IF_REFUSED: Final = 4
"""Attempts at an endpoint that refuses (4xx): it understood, and will hardly want the same tomorrow."""
LONGEST_WISH: Final = timedelta(hours=24)
"""The longest ``Retry-After`` that is kept to."""
DISABLED_AFTER: Final = timedelta(days=5)
_PASSING: Final = frozenset({408, 409, 425, 429})
"""4xx statuses that mean "not now" rather than "no"."""
_MAY_ASK_FOR_TIME: Final = frozenset({429, 503})
_JITTER_PERMILLE: Final = 100


class RetryDecision(StrEnum):
    """What an answer means for a delivery, and ``DISABLE`` also for its endpoint."""

    DELIVERED = "delivered"
    TRY_AGAIN = "try again"
    GIVE_UP = "give up"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """A decision, with the time of the next attempt if there is to be one."""

    decision: RetryDecision
    next_at: datetime | None = None


def judge(answer: EndpointResponse, attempts: int, now: datetime, entropy: Entropy) -> NextAttempt:
    """Return what follows from the answer to attempt number ``attempts`` (1 = the first).

    Only 2xx is success: a redirection is not followed and counts as a failure. 410 says that the endpoint is gone.
    """
    status = answer.status
    if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return NextAttempt(RetryDecision.DELIVERED)
    if status == HTTPStatus.GONE:
        return NextAttempt(RetryDecision.DISABLE)
    if attempts > len(PAUSES) or (attempts >= ATTEMPTS_IF_REFUSED and _is_refusal(status)):
        return NextAttempt(RetryDecision.GIVE_UP)
    pause = jittered(PAUSES[attempts - 1], entropy)
    if status in _MAY_ASK_FOR_TIME:
        pause = max(pause, wished_pause(answer.retry_after, now))
    return NextAttempt(RetryDecision.TRY_AGAIN, now + pause)


def jittered(pause: timedelta, entropy: Entropy) -> timedelta:
    """Return ``pause`` give or take a tenth, so that what failed together does not come back together."""
    permille = 1000 - _JITTER_PERMILLE + below(entropy, 2 * _JITTER_PERMILLE + 1)
    return pause * permille / 1000


def wished_pause(retry_after: str | None, now: datetime) -> timedelta:
    """Read a ``Retry-After`` header: seconds or a date (RFC 9110 section 10.2.3); nothing sensible is no pause."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WISH)
    try:
        moment = parsedate_to_datetime(text)
        wished = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return timedelta()
    return min(max(wished, timedelta()), LONGEST_WISH)


def after_attempt(endpoint: Endpoint, decision: RetryDecision, why: str, now: datetime) -> Endpoint:
    """Return what an attempt makes of its endpoint; ``why`` are a few words on what went wrong.

    One that has not taken anything for five days is switched off, but only when a delivery has had all its attempts:
    an endpoint with one event a month is not switched off by one bad moment a month after another.
    """
    if decision is RetryDecision.DELIVERED:
        return replace(endpoint, failing_since=None)
    failing_since = endpoint.failing_since or now
    failing = replace(endpoint, failing_since=failing_since)
    if decision is RetryDecision.DISABLE:
        return failing.switched_off("the site answered 410: gone")
    if decision is RetryDecision.GIVE_UP and now - failing_since >= DISABLED_AFTER:
        return failing.switched_off(f"nothing arrived for {DISABLED_AFTER.days} days; the last attempt: {why}")
    return failing


def _is_refusal(status: int | None) -> bool:
    return (
        status is not None
        and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        and status not in _PASSING
    )
