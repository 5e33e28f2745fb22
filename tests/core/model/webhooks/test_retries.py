"""When a site is told again, and when nobody tries any more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entropy import SystemEntropy
from core.model.ids import AppId, EndpointId
from core.model.webhooks.retries import DISABLED_AFTER, PAUSES, RetryDecision, after_attempt, judge, wished_pause
from core.model.webhooks.webhook import Endpoint, EndpointResponse

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHANCE = SystemEntropy()
ENDPOINT = Endpoint(
    endpoint_id=EndpointId("e"), app_id=AppId("a"), url="https://shop.example.com/", secret=b"", created_at=NOW
)
LAST = len(PAUSES) + 1


def decision(status: int | None, attempts: int) -> RetryDecision:
    """Judge an answer by its status; ``None`` = there was none."""
    return judge(EndpointResponse(status), attempts, NOW, CHANCE).decision


def test_the_pauses_are_those_of_the_contract() -> None:
    """5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h after the first attempt: ten attempts in three days."""
    hour = 3600
    assert [pause.total_seconds() for pause in PAUSES] == [
        *(5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour)
    ]


@given(st.integers(1, LAST - 1), st.sampled_from([None, 301, 307, 408, 409, 425, 429, 500, 503]))
def test_what_may_pass_is_tried_again_after_about_the_pause(attempts: int, status: int | None) -> None:
    """Give or take a tenth."""
    judgement = judge(EndpointResponse(status), attempts, NOW, CHANCE)
    assert judgement.decision is RetryDecision.TRY_AGAIN
    assert judgement.next_at is not None
    assert 0.9 * PAUSES[attempts - 1] <= judgement.next_at - NOW <= 1.1 * PAUSES[attempts - 1]


def test_what_failed_together_does_not_come_back_together() -> None:
    """The jitter spreads a thousand deliveries over a tenth of the pause, both ways."""
    times = {judge(EndpointResponse(500), 5, NOW, CHANCE).next_at for _ in range(1000)}
    assert len(times) > 100


@given(st.integers(200, 299), st.integers(1, LAST))
def test_success_is_success_at_any_attempt(status: int, attempts: int) -> None:
    """2xx, even at the last one."""
    assert decision(status, attempts) is RetryDecision.DELIVERED


@given(st.integers(1, LAST))
def test_gone_disables(attempts: int) -> None:
    """410 says so itself."""
    assert decision(410, attempts) is RetryDecision.DISABLE


@given(st.sampled_from([400, 401, 403, 404, 405, 413, 422, 451]))
def test_refusals_are_tried_four_times(status: int) -> None:
    """Who understands us and does not want it is not asked for three days."""
    assert [decision(status, attempts) for attempts in (1, 2, 3, 4)] == [
        *[RetryDecision.TRY_AGAIN] * 3,
        RetryDecision.GIVE_UP,
    ]


@pytest.mark.parametrize("status", [None, 301, 429, 500])
def test_ten_attempts_are_all(status: int | None) -> None:
    """Nothing comes after the last pause."""
    assert judge(EndpointResponse(status), LAST, NOW, CHANCE).next_at is None
    assert decision(status, LAST) is RetryDecision.GIVE_UP


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("999999999999999999", 86400),
        ("Sat, 21 Nov 2026 12:10:00 GMT", 600),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Sat, 21 Nov 2099 12:00:00 GMT", 86400),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_retry_after_is_honoured_within_reason(told: str | None, seconds: int) -> None:
    """Seconds or a date, a day at most; nonsense is nothing."""
    assert wished_pause(told, NOW) == timedelta(seconds=seconds)


@given(st.text(max_size=40))
def test_no_retry_after_hurts(told: str) -> None:
    """Whatever a site writes there."""
    assert timedelta() <= wished_pause(told, NOW) <= timedelta(days=1)


def test_only_429_and_503_may_ask_for_time() -> None:
    """And they do not shorten the pause."""
    for status, at_least in ((429, 3600), (503, 3600), (500, 0)):
        judgement = judge(EndpointResponse(status, retry_after="3600"), 1, NOW, CHANCE)
        assert judgement.next_at is not None
        assert judgement.next_at - NOW >= timedelta(seconds=at_least)
        assert (judgement.next_at - NOW >= timedelta(seconds=3600)) is (status != 500)
    soon = judge(EndpointResponse(503, retry_after="1"), 3, NOW, CHANCE)
    assert soon.next_at is not None
    assert soon.next_at - NOW >= 0.9 * PAUSES[2]


def test_an_endpoint_remembers_since_when_it_fails() -> None:
    """The first failure counts until something arrives."""
    failing = after_attempt(ENDPOINT, RetryDecision.TRY_AGAIN, "status 500", NOW)
    assert failing.failing_since == NOW
    later = NOW + timedelta(hours=1)
    assert after_attempt(failing, RetryDecision.GIVE_UP, "status 500", later).failing_since == NOW
    assert after_attempt(failing, RetryDecision.DELIVERED, "", later) == ENDPOINT


def test_an_endpoint_that_took_nothing_for_five_days_is_disabled() -> None:
    """Not a moment earlier, and only with a delivery that had all its attempts."""
    failing = replace(ENDPOINT, failing_since=NOW)
    almost = NOW + DISABLED_AFTER - timedelta(seconds=1)
    assert after_attempt(failing, RetryDecision.GIVE_UP, "status 500", almost).enabled
    assert after_attempt(failing, RetryDecision.TRY_AGAIN, "status 500", NOW + DISABLED_AFTER).enabled
    off = after_attempt(failing, RetryDecision.GIVE_UP, "status 500", NOW + DISABLED_AFTER)
    assert not off.enabled
    assert off.why_disabled == "nothing arrived for 5 days; the last attempt: status 500"
    assert off.switched_on() == ENDPOINT
