"""Cron's five fields, against a plain reading of crontab(5) minute by minute, and over changes of clocks."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.calendar.recurrence import next_time, read_cron

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
        ("0 9 * * mon-sun", "2026-11-22T09:00"),
        ("0 9 * * sun-sun", "2026-11-22T09:00"),
        ("0 9-9/2 * * *", "2026-11-22T09:00"),  # a span of one, whatever its step
        ("*/60 9 * * *", "2026-11-22T09:00"),  # one minute, though it begins with a star
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
        "0 9-9/0 * * *",
        "0 9-9/100 * * *",
        "0 9-9/2/3 * * *",
        "0 9 * * MONDAY",
        "0 9 * * JAN",
        "0 9 * * FRI-MON",
        "0 9 L * *",
        "0 9 LW * *",
        "0 9 * * 5L",
        "0 9 * * 1#2",
        "0 */2/3 * * *",
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


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 9 * *", "must have five fields, such as 0 9 * * 1"),
        ("x 9 * * *", "the minute cannot be read"),
        ("0 24 * * *", "the hour must be 0 to 23"),
        ("0 9 32 * *", "the day of the month must be 1 to 31"),
        ("0 9 * 0 *", "the month must be 1 to 12"),
        ("0 9 * * FRI-MON", "the day of the week must be 0 to 7"),
        ("0 9 * * MON-9", "the day of the week must be 0 to 7"),
        ("0 9 * * JAN", "has a name that is no month and no day"),
        ("0 MON * * *", "has a name that is no month and no day"),
        ("0,30 9 * * *", "at most once an hour, so the first field is one number"),
        ("0 0 30 2 *", "names a date that never comes"),
        ("0 0 31 2,4,6,9,11 */2", "names a date that never comes"),
    ],
)
def test_what_is_said_about_it(cron: str, expected: str) -> None:
    """In words that name the field."""
    with pytest.raises(Invalid) as refused:
        read_cron(cron)
    assert str(refused.value) == f"cron: {expected}"


@pytest.mark.parametrize(
    "cron", ["0 0 29 2 */7", "0 0 31 2 *", "0 0 29,30,31 2 */6", "5 " + "0-23/1," * 27 + "1 * * *"]
)
def test_what_is_rare_or_long_costs_no_time(cron: str) -> None:
    """A Sunday that is a 29 February is forty years away over 2100, and is found within 20 ms all the same."""
    spent = []
    for _ in range(5):
        begin = time.process_time()
        read_cron.cache_clear()
        with suppress(Invalid):
            next_time(read_cron(cron), BERLIN, datetime(2072, 3, 1, tzinfo=UTC))
        spent.append(time.process_time() - begin)
    assert min(spent) < 0.02


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    """Is read or refused, and nothing else."""
    try:
        cron = read_cron(text)
    except Invalid:
        return
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    assert next_time(cron, BERLIN, begin) > begin


@dataclass(frozen=True)
class Field:
    """One of the five as it is written, and the numbers that are meant."""

    text: str
    numbers: frozenset[int]


def field(low: int, high: int, highest_number: int | None = None) -> st.SearchStrategy[Field]:
    """Return fields of numbers, ranges, steps and lists; the numbers and ranges may end before the field does."""
    number = st.integers(low, highest_number or high)
    one = number.map(lambda value: Field(str(value), frozenset({value})))
    span = st.tuples(number, number).map(
        lambda pair: Field(f"{min(pair)}-{max(pair)}", frozenset(range(min(pair), max(pair) + 1)))
    )
    every = st.just(Field("*", frozenset(range(low, high + 1))))
    step = st.integers(1, 9).map(lambda step: Field(f"*/{step}", frozenset(range(low, high + 1, step))))
    return st.lists(st.one_of(one, span, every, step), min_size=1, max_size=3).map(
        lambda parts: Field(",".join(part.text for part in parts), frozenset().union(*(part.numbers for part in parts)))
    )


@dataclass(frozen=True)
class Fields:
    """All five."""

    minute: int
    hour: Field
    day: Field
    month: Field
    weekday: Field

    @property
    def text(self) -> str:
        """As they are written."""
        return f"{self.minute} {self.hour.text} {self.day.text} {self.month.text} {self.weekday.text}"

    def holds(self, wall: datetime) -> bool:
        """Tell whether a minute on the wall is one of cron's."""
        by_day = wall.day in self.day.numbers
        by_weekday = not {wall.isoweekday(), wall.isoweekday() % 7}.isdisjoint(self.weekday.numbers)
        is_both = self.day.text.startswith("*") or self.weekday.text.startswith("*")
        fits = by_day and by_weekday if is_both else by_day or by_weekday
        return (
            fits and wall.minute == self.minute and wall.hour in self.hour.numbers and wall.month in self.month.numbers
        )


CRONS = st.builds(Fields, st.integers(0, 59), field(0, 23), field(1, 31, highest_number=28), field(1, 12), field(0, 7))


@settings(max_examples=200)
@given(cron=CRONS, after=MOMENTS)
def test_no_minute_is_missed_where_clocks_do_not_change(cron: Fields, after: datetime) -> None:
    """The next time is the first minute that holds, looked for hour by hour."""
    found = next_time(read_cron(cron.text), ZoneInfo("UTC"), after)
    assert found > after
    assert cron.holds(found)
    minute = after.replace(minute=cron.minute, second=0, microsecond=0)
    earlier = minute if minute > after else minute + timedelta(hours=1)
    while earlier < min(found, after + timedelta(days=90)):
        assert not cron.holds(earlier)
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


def test_a_midnight_that_is_missing() -> None:
    """Beirut goes from midnight to one on 28 March 2027: every six hours begins with one, and then goes on."""
    begin = datetime(2027, 3, 27, 18, 0, tzinfo=UTC)
    expected = ["2027-03-28T01:00+03:00", "2027-03-28T06:00+03:00", "2027-03-28T12:00+03:00"]
    assert times("0 */6 * * *", ZoneInfo("Asia/Beirut"), begin, 3) == expected


def test_two_hours_that_are_missing() -> None:
    """Troll goes from one to three on 29 March 2026: 02:45 is at 04:45, and 03:45 comes before it."""
    begin = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    expected = ["2026-03-29T03:45+02:00", "2026-03-29T04:45+02:00", "2026-03-29T05:45+02:00"]
    assert times("45 2-5 * * *", ZoneInfo("Antarctica/Troll"), begin, 3) == expected


def test_two_hours_that_come_twice() -> None:
    """Hourly is hourly there too."""
    moment, cron = datetime(2026, 10, 24, 22, 15, tzinfo=UTC), read_cron("15 * * * *")
    for _ in range(6):
        following = next_time(cron, ZoneInfo("Antarctica/Troll"), moment)
        assert following - moment == timedelta(hours=1)
        moment = following
