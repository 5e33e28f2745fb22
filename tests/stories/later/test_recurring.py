"""Messages that recur: for whom they are meant, at each time once, whatever happens to clocks and daemons."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.later import recurring, recurring_job
from tests.stories.backend import Backend, move_in
from tests.stories.handsets import Handset
from tests.stories.later.times import (
    NOBODY,
    come,
    day,
    heard,
    leave,
    listen,
    move,
    move_to,
    step,
    stop_worker,
    subscribed,
    switched,
    told,
    until_quiet,
)
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Json, Town, emulated_telegram
from tests.webhooks.receiver import Receiver

RECURRING = 1
"""The place of the job that posts them."""


def moment(text: str) -> datetime:
    """Return a time that the API wrote."""
    return datetime.fromisoformat(text)


async def recur(backend: Backend, **more: object) -> Json:
    """Have a message sent again and again."""
    return await backend.post("/recurring", {"name": "digest", "text": "digest", **more})


async def found(backend: Backend, made: Json) -> Json:
    """Read one as it is now."""
    return await backend.get(f"/recurring/{made['id']}")


async def test_every_two_hours(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, receiver: Receiver
) -> None:
    """Once each time, with each one's name; the site is told how many; until it is stopped."""
    anna, _ = await subscribed(backend, handset)
    boris, _ = await subscribed(backend, handset, "Boris")
    await listen(backend, receiver, "recurring.sent")
    made = await recur(backend, text="Hello {{first_name}}", interval_hours=2)
    assert moment(made["next_run_at"]) - moment(made["created_at"]) == timedelta(hours=2)
    await move(here, clock, hours=1, minutes=58)
    assert heard(handset, anna, "Hello Anna") == []
    for times in (1, 2):
        await move(here, clock, minutes=120 if times == 2 else 3)
        assert heard(handset, anna, "Hello Anna", "Hello Boris") == ["Hello Anna"] * times
        assert heard(handset, boris, "Hello Anna", "Hello Boris") == ["Hello Boris"] * times
        expected = {"recurring_id": made["id"], "name": "digest", "accepted": 2, "skipped": 0}
        assert await told(receiver) == {"event": "recurring.sent", "data": expected}
    last = (await found(backend, made))["last_run"]
    assert (last["accepted"], last["skipped"]) == (2, 0)
    assert await backend.ask("DELETE", f"/recurring/{made['id']}") == (200, {"deleted": True})
    await move(here, clock, hours=5)
    assert heard(handset, anna, "Hello Anna") == ["Hello Anna"] * 2
    assert (await backend.get("/recurring"))["recurring"] == []


async def test_missed_times_are_one(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """After half a week nobody gets eighty messages, and the next one comes at a regular time."""
    anna, _ = await subscribed(backend, handset)
    made = await recur(backend, interval_hours=1)
    await move(here, clock, hours=80, minutes=30)
    assert heard(handset, anna, "digest") == ["digest"]
    gap = moment((await found(backend, made))["next_run_at"]) - moment(made["created_at"])
    assert gap == timedelta(hours=81)
    await move(here, clock, minutes=31)
    assert heard(handset, anna, "digest") == ["digest"] * 2


@pytest.mark.parametrize("night", [("Europe/Berlin", 3), ("Europe/Berlin", 10), ("Asia/Yerevan", 3)])
async def test_nights_in_which_clocks_change(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, night: tuple[str, int]
) -> None:
    """What comes at 02:30 comes once in each night, and by cron and by days alike."""
    anna, _ = await subscribed(backend, handset)
    zone, month = night
    year, there = clock.now().year + 1, ZoneInfo(zone)
    sunday = max(
        day for number in range(25, 32) if (day := datetime(year, month, number, tzinfo=there)).isoweekday() == 7
    )
    before = (sunday - timedelta(days=2)).replace(hour=2, minute=30)
    await move_to(here, clock, before.astimezone(UTC))
    by_cron = await recur(backend, text="by cron", cron="30 2 * * *", timezone=zone)
    by_days = await recur(backend, text="by days", interval_days=1, timezone=zone)
    for number in range(1, 4):
        await move_to(here, clock, (before + timedelta(days=number)).replace(hour=12).astimezone(UTC))
        assert sorted(heard(handset, anna, "by cron", "by days")) == ["by cron"] * number + ["by days"] * number
    for made in (by_cron, by_days):
        shown = moment((await found(backend, made))["next_run_at"]).astimezone(there)
        assert (shown.hour, shown.minute) == (2, 30)


async def test_for_whom_it_is(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """By messenger, tag and permission, as people are at that time; a tag that is renamed is still it."""
    anna, anna_id = await subscribed(backend, handset)
    boris, boris_id = await subscribed(backend, handset, "Boris")
    clara, clara_id = await subscribed(backend, handset, "Clara")
    await backend.post("/permissions", {"key": "news", "title": "News"})
    for who in (anna_id, boris_id):
        await backend.put(f"/subscribers/{who}/tags", {"tags": ["vip"]})
    await backend.put(f"/subscribers/{clara_id}/tags", {"tags": ["VIP", "vi_p"]})
    for who in (anna_id, clara_id):
        await backend.put(f"/subscribers/{who}/permissions", {"permissions": ["news"]})
    await recur(backend, text="vip", segment="vip", interval_hours=1)
    await recur(backend, text="news", permission="news", channel="telegram", interval_hours=1)
    await recur(backend, text="max", channel="max", interval_hours=1)
    await backend.put("/tags/vip", {"new_name": "gold"})
    await move(here, clock, hours=1)
    got = [sorted(heard(handset, person, "vip", "news", "max")) for person in (anna, boris, clara)]
    assert got == [["news", "vip"], ["vip"], ["news"]]
    await leave(here, anna)
    await move(here, clock, hours=1)
    got = [sorted(heard(handset, person, "vip", "news", "max")) for person in (anna, boris, clara)]
    assert got == [["news", "vip"], ["vip", "vip"], ["news", "news"]]


async def test_broken_off_in_the_middle(
    tmp_path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """A daemon that dies after two chunks leaves the rest to the next one: nobody twice, nobody not at all.

    Who comes while it runs is not meant.
    """
    monkeypatch.setattr(recurring_job, "CHUNK", 2)
    async with emulated_telegram() as (telegram, url):
        async with day(tmp_path, telegram, url, clock) as before:
            backend, handset = await move_in(before), before.handset("telegram")
            people = [(await subscribed(backend, handset, f"Person{number}"))[0] for number in range(7)]
            await listen(backend, receiver, "recurring.sent")
            late, _ = await subscribed(backend, handset, "Late")
            await leave(before, late)
            await recur(backend, interval_hours=1)
            await stop_worker()
            clock.ahead += timedelta(hours=1)
            for _ in range(2):
                await step(before, RECURRING)
            await come(before, late)
        async with day(tmp_path, telegram, url, clock) as after:
            await until_quiet(after)
            assert [heard(handset, person, "digest") for person in people] == [["digest"]] * 7
            assert heard(handset, late, "digest") == []
            assert (await told(receiver))["data"]["accepted"] == 7


async def test_a_run_that_takes_longer_than_its_interval(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is one run; the next time comes after it."""
    monkeypatch.setattr(recurring_job, "CHUNK", 1)
    people = [(await subscribed(backend, handset, f"Person{number}"))[0] for number in range(3)]
    await recur(backend, interval_hours=1)
    await stop_worker()
    for _ in range(4):
        clock.ahead += timedelta(hours=1)
        await step(here, RECURRING)
    for _ in range(3):
        await step(here, RECURRING)
    assert [heard(handset, person, "digest") for person in people] == [["digest"]] * 3


async def test_a_project_that_is_switched_off(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock
) -> None:
    """Nothing is sent meanwhile, and nothing of it afterwards."""
    anna, _ = await subscribed(backend, handset)
    await recur(backend, interval_hours=1)
    await switched(here, enabled=False)
    await move(here, clock, hours=3)
    await switched(here, enabled=True)
    await until_quiet(here)
    assert heard(handset, anna, "digest") == []
    await move(here, clock, hours=1)
    assert heard(handset, anna, "digest") == ["digest"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"interval_hours": 1, "interval_days": 1},
        {"interval_hours": 0},
        {"interval_hours": 1.5},
        {"interval_days": 366},
        {"cron": "0 9 * * 1"},
        {"cron": "0 9 * * 1", "timezone": "Mars/Base"},
        {"cron": "* * * * *", "timezone": "UTC"},
        {"cron": "0 9 * *", "timezone": "UTC"},
        {"cron": "0 0 31 2 *", "timezone": "UTC"},
        {"cron": "0 9 * * 1", "timezone": "UTC", "interval_hours": 1},
        {"interval_hours": 1, "segment": "nobody"},
        {"interval_hours": 1, "permission": "nobody"},
        {"interval_hours": 1, "channel": "fax"},
        {"interval_hours": 1, "text": "{{surname}}"},
        {"interval_hours": 1, "format": "html", "text": "<b>"},
    ],
)
async def test_what_cannot_recur(backend: Backend, changes: Json) -> None:
    """Is refused, and nothing is kept."""
    body = {"name": "digest", "text": "digest", **changes}
    assert await backend.refused("POST", "/recurring", body) == (400, "validation_failed")
    assert (await backend.get("/recurring"))["recurring"] == []


async def test_who_may(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the test key, not without a bound, and nobody else's."""
    body = {"name": "digest", "text": "digest", "interval_days": 1}
    refused = await backend.refused("POST", "/recurring", body, key=backend.secrets.test_api_key)
    assert refused == (403, "test_key_forbidden")
    monkeypatch.setattr(recurring, "RECURRING_LIMIT", 1)
    await backend.post("/recurring", body)
    assert await backend.refused("POST", "/recurring", body) == (400, "validation_failed")
    for method in ("GET", "DELETE"):
        assert await backend.refused(method, f"/recurring/{NOBODY}") == (404, "not_found")
