"""Cron's five fields, against a plain reading of crontab(5) minute by minute, and over changes of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.calendar.cron import Cron, next_time, read_cron

BERLIN, YEREVAN = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Yerevan")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - UTC is added


def times(cron: str, zone: ZoneInfo, after: datetime, count: int) -> list[str]:
    """Return the next times as the clocks on the wall show them, with their offset."""
    found, moment = [], after
    for _ in range(count):
        moment = next_time(read_cron(cron), zone, moment)
        found.append(moment.astimezone(zone).isoformat(timespec="minutes"))
    return found


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 9 * * 1", "2026-11-23T09:00"),  # Monday, in crontab's counting
        ("0 9 * * 0", "2026-11-22T09:00"),
        ("0 9 * * 7", "2026-11-22T09:00"),
        ("0 9 * * sun", "2026-11-22T09:00"),
        ("0 9 * * FRI-SUN", "2026-11-22T09:00"),
        ("0 9 * * 5-7", "2026-11-22T09:00"),
        ("0 9 1 * *", "2026-12-01T09:00"),
        ("0 9 1 * 2", "2026-11-24T09:00"),  # either day will do
        ("0 9 */2 * 2", "2026-12-01T09:00"),  # an odd day that is a Tuesday
        ("15 */6 * * *", "2026-11-21T18:15"),
        ("5 8-10,20 * * *", "2026-11-21T20:05"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("30 12 * JAN,mar *", "2027-01-01T12:30"),
        ("7 3/8 * * *", "2026-11-21T19:07"),
    ],
)
def test_what_it_says(cron: str, expected: str) -> None:
    """Saturday, 21 November 2026, half past two in the afternoon, and on."""
    begin = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
    assert times(cron, ZoneInfo("UTC"), begin, 1) == [f"{expected}+00:00"]


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "0 9 * *",
        "0 9 * * * *",
        "* * * * *",
        "*/30 * * * *",
        "0,30 9 * * *",
        "0-1 * * * *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 32 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 30 2 *",
        "0 9-8 * * *",
        "0 */0 * * *",
        "0 9 * * MONDAY",
        "0 9 * * JAN",
        "0 9 L * *",
        "@hourly",
        "-1 * * * *",
        "0 9 * * 1," + "1," * 200 + "1",
        "٠ 9 * * *",
    ],
)
def test_what_cannot_be(cron: str) -> None:
    """Not five fields, out of range, more than once an hour, or a date that never comes."""
    with pytest.raises(Invalid):
        read_cron(cron)


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    """Is read or refused, and nothing else."""
    try:
        cron = read_cron(text)
    except Invalid:
        return
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    assert next_time(cron, BERLIN, begin) > begin


def field(low: int, high: int) -> st.SearchStrategy[str]:
    """Return fields of numbers, ranges, steps and lists."""
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    parts = st.one_of(number.map(str), span, st.just("*"), st.integers(1, 9).map(lambda step: f"*/{step}"))
    return st.lists(parts, min_size=1, max_size=3).map(",".join)


CRONS = st.tuples(
    st.integers(0, 59).map(str), field(0, 23), field(1, 28), st.one_of(st.just("*"), field(1, 12)), field(0, 7)
).map(" ".join)


def holds(cron: Cron, wall: datetime) -> bool:
    """Tell whether a minute on the wall is one of cron's."""
    return wall.minute == cron.minute and wall.hour in cron.hours and cron.matches(wall.date())


@settings(max_examples=200)
@given(cron=CRONS, after=MOMENTS)
def test_no_minute_is_missed_where_clocks_do_not_change(cron: str, after: datetime) -> None:
    """The next time is the first minute that holds, looked for hour by hour."""
    read = read_cron(cron)
    found = next_time(read, ZoneInfo("UTC"), after)
    assert found > after
    assert holds(read, found)
    minute = after.replace(minute=read.minute, second=0, microsecond=0)
    earlier = minute if minute > after else minute + timedelta(hours=1)
    while earlier < min(found, after + timedelta(days=90)):
        assert not holds(read, earlier)
        earlier += timedelta(hours=1)


@settings(max_examples=200)
@given(hour=st.integers(0, 23), minute=st.integers(0, 59), zone=st.sampled_from([BERLIN, YEREVAN]), after=MOMENTS)
def test_daily_is_once_a_day(hour: int, minute: int, zone: ZoneInfo, after: datetime) -> None:
    """Whatever the clocks do."""
    cron = read_cron(f"{minute} {hour} * * *")
    first = next_time(cron, zone, after)
    second = next_time(cron, zone, first)
    days = (second.astimezone(zone).date() - first.astimezone(zone).date()).days
    assert days == 1
    assert timedelta(hours=22) <= second - first <= timedelta(hours=26)


def test_the_night_in_which_an_hour_is_missing() -> None:
    """02:30 does not exist in Berlin on 29 March 2026: once, at 03:30, and the next day at 02:30 again."""
    begin = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert times("30 2 * * *", BERLIN, begin, 2) == ["2026-03-29T03:30+02:00", "2026-03-30T02:30+02:00"]
    in_between = datetime(2026, 3, 29, 1, 10, tzinfo=UTC)
    assert times("30 2 * * *", BERLIN, in_between, 1) == ["2026-03-29T03:30+02:00"]


def test_the_night_in_which_an_hour_comes_twice() -> None:
    """02:30 comes twice in Berlin on 25 October 2026: only the first one counts."""
    begin = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert times("30 2 * * *", BERLIN, begin, 2) == ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]


def test_hourly_is_hourly_in_both_nights() -> None:
    """Sixty minutes lie between two times, and none is doubled."""
    for day in (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)):
        moment = next_time(read_cron("30 * * * *"), BERLIN, day)
        for _ in range(8):
            following = next_time(read_cron("30 * * * *"), BERLIN, moment)
            assert following - moment == timedelta(hours=1)
            moment = following


def test_a_day_that_is_missing() -> None:
    """Samoa had no 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    begin = datetime(2011, 12, 30, 1, 0, tzinfo=UTC)
    assert times("0 14 * * *", apia, begin, 2) == ["2011-12-31T14:00+14:00", "2012-01-01T14:00+14:00"]
