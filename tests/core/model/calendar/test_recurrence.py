"""Intervals and times on walls, over changes of clocks and after long absences."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.calendar.recurrence import Recurrence, checked_recurrence, next_run
from core.model.calendar.time_zones import read_moment, read_zone

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - UTC is added
AWAY = st.timedeltas(timedelta(0), timedelta(days=400))


@given(hours=st.integers(1, 8760), since=MOMENTS, away=AWAY)
def test_hours(hours: int, since: datetime, away: timedelta) -> None:
    """The first multiple after now, however long nobody looked."""
    step = timedelta(hours=hours)
    found = next_run(Recurrence(interval_hours=hours), since, since + away)
    assert since + away < found <= since + away + step
    assert (found - since) % step == timedelta(0)


@given(
    days=st.integers(1, 365), since=MOMENTS, away=AWAY, zone=st.sampled_from(["Europe/Berlin", "Asia/Yerevan", None])
)
def test_days_keep_the_time_on_the_wall(days: int, since: datetime, away: timedelta, zone: str | None) -> None:
    """The first day that is a multiple after now, at the same time; or after it, where the clocks leave that out."""
    there = ZoneInfo(zone or "UTC")
    now = since + away
    found = next_run(Recurrence(interval_days=days, timezone=zone), since, now)
    assert found > now
    shown, begun = found.astimezone(there).replace(tzinfo=None), since.astimezone(there).replace(tzinfo=None)
    late = (shown - begun) % timedelta(days=days)
    assert late in {timedelta(0), timedelta(hours=1)}
    assert found - now <= timedelta(days=days, hours=2)


@given(since=MOMENTS, back=AWAY)
def test_a_clock_that_was_put_back(since: datetime, back: timedelta) -> None:
    """Nothing comes before it began."""
    for rhythm in (Recurrence(interval_hours=3), Recurrence(interval_days=2, timezone="Europe/Berlin")):
        assert next_run(rhythm, since, since - back) > since


@pytest.mark.parametrize(
    "rhythm",
    [
        Recurrence(),
        Recurrence(interval_hours=1, interval_days=1),
        Recurrence(interval_hours=1, cron="0 9 * * *", timezone="UTC"),
        Recurrence(interval_hours=0),
        Recurrence(interval_hours=8761),
        Recurrence(interval_days=0),
        Recurrence(interval_days=366),
        Recurrence(cron="0 9 * * *"),
        Recurrence(cron="*/5 * * * *", timezone="UTC"),
        Recurrence(interval_days=1, timezone="Mars/Base"),
    ],
)
def test_rhythms_that_cannot_be(rhythm: Recurrence) -> None:
    """Exactly one of three, within bounds, in a zone that exists."""
    with pytest.raises(Invalid):
        checked_recurrence(rhythm)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "europe/nowhere",
        "../etc/passwd",
        "/etc/passwd",
        "right/UTC",
        "posix/UTC",
        "localtime",
        "x" * 65,
        "UTC\n",
    ],
)
def test_zones_that_are_none(name: str) -> None:
    """Folders, other files, leap seconds, and what is no name."""
    with pytest.raises(Invalid):
        read_zone(name)


@given(st.text(max_size=20))
def test_any_zone(name: str) -> None:
    """Is one or refused, and nothing else."""
    try:
        zone = read_zone(name)
    except Invalid:
        return
    assert zone.key == name


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-12-31T18:00:00+03:00", None, "2026-12-31T15:00"),
        ("2026-12-31t18:00z", "Europe/Berlin", "2026-12-31T18:00"),
        ("2026-12-31 18:00", "Europe/Berlin", "2026-12-31T17:00"),
        ("2026-07-01T18:00:00.5", "Europe/Berlin", "2026-07-01T16:00"),
        ("2026-07-01T18:00", "Asia/Yerevan", "2026-07-01T14:00"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30"),  # left out: 03:30 summer time
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),  # twice: the first
    ],
)
def test_moments(text: str, zone: str | None, expected: str) -> None:
    """With an offset it is what it says; without, it is on the wall of the zone."""
    read = read_moment(text, read_zone(zone) if zone else None, "at")
    assert read.isoformat(timespec="minutes") == f"{expected}+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-12-31",
        "2026-12-31T18:00",
        "2026-13-01T00:00Z",
        "2026-12-31T24:01Z",
        "1798736400",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "2026-12-31T18:00+99:99",
        "٢٠٢٦-12-31T18:00Z",
    ],
)
def test_moments_that_are_none(text: str) -> None:
    """No time, no such time, or a time of nowhere."""
    with pytest.raises(Invalid, match="at: "):
        read_moment(text, None, "at")


@given(wall=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - a wall knows no zone
def test_walls_come_back(wall: datetime) -> None:
    """What is read as a time on the wall is shown by it, or an hour later where the clocks leave it out."""
    read = read_moment(wall.isoformat(), BERLIN, "at")
    shown = read.astimezone(BERLIN).replace(tzinfo=None)
    assert shown - wall in {timedelta(0), timedelta(hours=1)}
