"""Sliding windows: what is counted, for how long, and what is forgotten."""

import pytest

from core.clock import SystemClock
from core.errors import TooManyRequests
from http_api.limits import KEYS_LIMIT, Limits, LimitSettings, Windows

KEY = ("login", "203.0.113.0/24")


def test_a_minute_holds_as_many_as_allowed() -> None:
    """The first hits pass, the next one is told how long to wait, and after two quiet minutes all is new."""
    windows = Windows()
    assert [windows.hit(KEY, 3, 1000.0) for _ in range(5)] == [0, 0, 0, 60, 60]
    assert windows.hit(KEY, 3, 1059.0) == 1
    assert windows.hit(KEY, 3, 1180.0) == 0


def test_a_window_slides() -> None:
    """Halfway into the next minute half of the last one still counts."""
    windows = Windows()
    for _ in range(10):
        assert windows.hit(KEY, 10, 1000.0) == 0
    assert [windows.hit(KEY, 10, 1090.0) == 0 for _ in range(7)] == [True] * 5 + [False] * 2


def test_keys_do_not_share_a_window() -> None:
    """Each network, and each thing that is counted, stands for itself."""
    windows = Windows()
    assert windows.hit(KEY, 1, 1000.0) == 0
    assert windows.hit(("login", "198.51.100.0/24"), 1, 1000.0) == 0
    assert windows.hit(("miss", KEY[1]), 1, 1000.0) == 0
    assert windows.hit(KEY, 1, 1000.0) > 0


def test_whoever_left_is_forgotten() -> None:
    """T19: a flood from many networks leaves nothing behind two minutes later."""
    windows = Windows()
    for number in range(10_000):
        windows.hit(("login", str(number)), 30, 1000.0)
    assert len(windows) == 10_000
    windows.hit(KEY, 30, 1200.0)
    assert len(windows) == 1


@pytest.mark.parametrize("now", [500.0, 999.0])
def test_a_clock_that_goes_back_opens_a_new_window(now: float) -> None:
    """A corrected clock locks nobody out for long."""
    windows = Windows()
    assert windows.hit(KEY, 1, 1000.0) == 0
    assert windows.hit(KEY, 1, now) == 0


def test_a_flood_of_networks_is_bounded() -> None:
    """The oldest are forgotten for new ones, and no app is forgotten for networks (faults 7.7)."""
    windows = Windows()
    app = ("login of app", "a")
    windows.hit(app, 1, 1000.0)
    for number in range(3 * KEYS_LIMIT):
        windows.hit(("login", str(number)), 1, 1000.0)
    assert len(windows) == KEYS_LIMIT + 1
    assert windows.hit(app, 1, 1000.0) > 0
    assert windows.hit(("login", str(3 * KEYS_LIMIT - 1)), 1, 1000.0) > 0
    assert windows.hit(("login", "0"), 1, 1000.0) == 0


def test_only_apps_that_exist_are_counted_by_name() -> None:
    """An id that nobody has is remembered nowhere; the second login of an app that exists is counted (faults 7.7)."""
    settings = LimitSettings(
        logins_per_minute_per_address=0,
        logins_per_minute_per_app=2,
        misses_per_minute_per_address=0,
        waiting_polls=0,
        waiting_polls_per_address=0,
        requests_per_minute_per_project=0,
        messages_per_minute_per_app=0,
    )
    limits = Limits(settings, SystemClock())
    for number in range(1000):
        limits.count_login("203.0.113.0/24", str(number))
    assert limits.remembered == 0
    for _ in range(2):
        limits.count_login("203.0.113.0/24", "a")
        limits.note_login("a")
    with pytest.raises(TooManyRequests):
        limits.count_login("203.0.113.0/24", "a")
