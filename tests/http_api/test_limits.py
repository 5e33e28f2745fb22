"""Sliding windows: what is counted, for how long, and what is forgotten."""

import pytest

from http_api.limits import Windows

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
