"""Quiet hours by the clock on the wall: over midnight, and where clocks are changed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.calendar.quiet_hours import QuietHours, quiet_in_any, quiet_until, read_quiet_hours
from core.model.calendar.time_zones import home_zone, read_zone, zones_of
from core.model.ids import Phone

NIGHT = read_quiet_hours("22:00-08:00")
BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in ("Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata")
    ]
)
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60))
HOURS = st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))
YEAR = st.integers(0, 366 * 24 * 60).map(lambda minutes: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
CHANGES = st.sampled_from(
    [
        datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
        datetime(2027, 10, 31, 1, 0, tzinfo=UTC),
        datetime(2027, 4, 3, 15, 0, tzinfo=UTC),
        datetime(2027, 10, 2, 15, 30, tzinfo=UTC),
    ]
)
NEAR_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), CHANGES, st.integers(-36 * 60, 12 * 60)
)


def is_quiet(moment: datetime, hours: QuietHours, zone: ZoneInfo) -> bool:
    """Tell what the clock on the wall says."""
    return hours.covers(moment.astimezone(zone).time())


@given(now=st.one_of(YEAR, NEAR_A_CHANGE), hours=HOURS, zone=ZONES)
def test_it_ends_at_the_first_minute_that_is_not_quiet(now: datetime, hours: QuietHours, zone: ZoneInfo) -> None:
    """Found by looking at the clock every minute, in gaps and folds too."""
    moment = now
    while is_quiet(moment, hours, zone):
        moment += timedelta(minutes=1)
    assert quiet_until(now, hours, zone) == (None if moment == now else moment)


@given(now=YEAR, seconds=st.floats(0, 59.9), hours=HOURS, zone=ZONES)
def test_odd_seconds_change_nothing(now: datetime, seconds: float, hours: QuietHours, zone: ZoneInfo) -> None:
    """Quiet ends at a whole minute, whenever one asks."""
    end = quiet_until(now + timedelta(seconds=seconds), hours, zone)
    assert end is None or (end.second, end.microsecond) == (0, 0)
    assert end is None or not is_quiet(end, hours, zone)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2027-01-15T20:59:59+00:00", None),
        ("2027-01-15T21:00:00+00:00", "2027-01-16T07:00:00+00:00"),
        ("2027-01-16T06:59:00+00:00", "2027-01-16T07:00:00+00:00"),
        ("2027-03-27T23:00:00+00:00", "2027-03-28T06:00:00+00:00"),
        ("2027-10-30T22:00:00+00:00", "2027-10-31T07:00:00+00:00"),
    ],
)
def test_a_night_in_berlin(now: str, end: str | None) -> None:
    """The night in spring is an hour shorter, the one in autumn an hour longer."""
    expected = None if end is None else datetime.fromisoformat(end)
    assert quiet_until(datetime.fromisoformat(now), NIGHT, BERLIN) == expected


def test_an_end_that_is_skipped() -> None:
    """At half past two there is no half past two: the quiet ends when the clock jumps to three."""
    hours = read_quiet_hours("22:00-02:30")
    assert quiet_until(datetime(2027, 3, 28, 0, 30, tzinfo=UTC), hours, BERLIN) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_wherever_somebody_may_be() -> None:
    """It is quiet as long as it is night in any of the zones; where it always is, the other zone counts."""
    noon = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
    assert quiet_in_any(noon, NIGHT, [BERLIN], UTC) is None
    evening = datetime(2027, 1, 15, 13, 0, tzinfo=UTC)
    assert quiet_in_any(evening, NIGHT, [BERLIN, TOKYO], UTC) == datetime(2027, 1, 16, 7, 0, tzinfo=UTC)
    around = [ZoneInfo(name) for name in ("Asia/Tokyo", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland")]
    assert quiet_in_any(noon, NIGHT, around, BERLIN) is None
    assert quiet_in_any(noon, NIGHT, around, TOKYO) is None
    late = datetime(2027, 1, 15, 22, 0, tzinfo=UTC)
    assert quiet_in_any(late, NIGHT, around, BERLIN) == datetime(2027, 1, 16, 7, 0, tzinfo=UTC)


def test_where_a_phone_is_from() -> None:
    """A number tells its zones; the app's own is taken if it is among several, or if nothing is known."""
    assert zones_of(Phone("+491711234567"), "Europe/Moscow") == [BERLIN]
    russian = zones_of(Phone("+79991234567"), None)
    assert ZoneInfo("Europe/Moscow") in russian
    assert ZoneInfo("Asia/Kamchatka") in russian
    assert zones_of(Phone("+79991234567"), "Europe/Moscow") == [ZoneInfo("Europe/Moscow")]
    assert zones_of(Phone("+79991234567"), "Europe/Berlin") == russian
    assert zones_of(None, "Asia/Tokyo") == [TOKYO]
    assert zones_of(Phone("+800123456789"), None) == [UTC]
    assert home_zone(None) is UTC


@pytest.mark.parametrize(
    "text", ["", "22:00", "22-8", "24:00-08:00", "22:60-08:00", "08:00-08:00", "22:00 - 08:00", "off"]
)
def test_hours_that_are_none(text: str) -> None:
    """Two times of day, apart."""
    with pytest.raises(Invalid, match="quiet-hours"):
        read_quiet_hours(text)


@given(HOURS)
def test_hours_are_read_as_they_are_written(hours: QuietHours) -> None:
    """There and back."""
    assert read_quiet_hours(str(hours)) == hours


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "a\0b", "localtime", "Factory", "posixrules", "right/UTC"]
)
def test_zones_that_are_none(name: str) -> None:
    """Whatever is no zone of this machine's."""
    with pytest.raises(Invalid, match="timezone"):
        read_zone(name)
