"""Broadcasts stay out of the way: of people at night, of other messages, of other broadcasts, and of bad weather."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.broadcasts import pacing
from core.broadcasts.jobs import BroadcastRequest
from core.model.broadcasts.broadcast import BroadcastAudience, BroadcastState
from core.model.calendar.quiet_hours import read_quiet_hours
from core.model.ids import JobId, MessageId
from core.model.messages.template import Draft
from emulator.faults import Fault
from emulator.people import Person
from tests.stories.backend import Backend
from tests.stories.crowd import gather, over, readers, start, texts, until
from tests.stories.moved_clock import MovedClock
from tests.stories.test_outbox import until_tried
from tests.stories.town import BOT, Town, town
from tests.waiting import a_moment, patience


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town."""
    async with town(tmp_path, clock) as built:
        await built.daemon.keepers.reached()
        yield built


async def set_app(here: Town, **changes: object) -> None:
    """Change the app as the operator does."""
    here.app = await here.daemon.services.apps.change(replace(here.app, **changes))  # type: ignore[arg-type]


async def logged_in(here: Town, phone: str) -> Person:
    """Let somebody in whose phone is known."""
    person = here.visitor(phone=phone)
    await here.log_in(person)
    return person


async def wait_for(here: Town, person: Person, text: str) -> None:
    """Wait until somebody got a text."""
    while text not in texts(here, person):
        chat = here.telegram.chat(person, BOT)
        before = chat.revision
        await here.telegram.wait_for_change(person, BOT, revision=before)
        assert chat.revision > before or text in texts(here, person), f"{text!r} did not come"


NEVER = datetime(2100, 1, 1, tzinfo=UTC)


def set_time(clock: MovedClock, moment: str) -> None:
    """Let it be then, in UTC."""
    clock.ahead += datetime.fromisoformat(moment).replace(tzinfo=UTC) - clock.now()


async def first_notice(here: Town, job_id: str) -> MessageId | None:
    """Return what the message to the first recipient is known by, once it is in the outbox."""
    _, reports = await here.daemon.services.broadcasts.reports(here.app.app_id, job_id, None, 0, 1)
    return reports[0].recipient.message_id if reports else None


async def test_nobody_is_woken(here: Town, backend: Backend, clock: MovedClock) -> None:
    """Each recipient's own clock counts, also in the night in which it is changed; a single message is not held."""
    await set_app(here, quiet_hours=read_quiet_hours("22:00-08:00"))
    berlin, tokyo = await logged_in(here, "+491711234567"), await logged_in(here, "+819012345678")
    set_time(clock, "2027-03-27T20:30")
    first = await start(backend, "first")
    await wait_for(here, berlin, "first")
    set_time(clock, "2027-03-27T22:00")
    second = await start(backend, "second")
    ids = [each["id"] for each in (await backend.get("/subscribers"))["subscribers"]]
    for subscriber_id in ids:
        assert (await backend.post("/send", {"subscriber_id": subscriber_id, "text": "a code"}))["sent"] == 1
    assert "first" not in texts(here, tokyo)
    assert "second" not in texts(here, berlin) + texts(here, tokyo)
    set_time(clock, "2027-03-27T23:00")
    await wait_for(here, tokyo, "first")
    await wait_for(here, tokyo, "second")
    assert (await over(backend, first))["sent"] == 2
    set_time(clock, "2027-03-28T05:59")
    await backend.post("/send", {"subscriber_id": ids[0], "text": "another"})
    assert "second" not in texts(here, berlin)
    set_time(clock, "2027-03-28T06:00")
    await wait_for(here, berlin, "second")
    assert (await over(backend, second))["sent"] == 2


async def test_what_was_held_up_until_night_waits(here: Town, backend: Backend, clock: MovedClock) -> None:
    """The messenger asked for a pause in the evening; the message goes out in the morning, not when that is over."""
    await set_app(here, quiet_hours=read_quiet_hours("22:00-08:00"))
    berlin = await logged_in(here, "+491711234567")
    set_time(clock, "2027-01-15T20:30")
    busy = Fault("status", status=429, description="Too Many Requests", retry_after=3600)
    here.telegram.add_fault(busy, messenger="telegram", method="sendMessage", count=1)
    job_id = await start(backend, "news")
    async with patience():
        while (message_id := await first_notice(here, job_id)) is None:
            await a_moment()  # the worker's turn
    await until_tried(here, message_id)
    set_time(clock, "2027-01-15T22:00")
    morning = datetime(2027, 1, 16, 7, 0, tzinfo=UTC)
    async with patience():
        while (await here.daemon.services.submission.find(here.app.app_id, message_id)).message.next_at != morning:
            await a_moment()  # the lane's next look
    assert "news" not in texts(here, berlin)
    set_time(clock, "2027-01-16T07:00")
    await wait_for(here, berlin, "news")
    assert (await over(backend, job_id))["sent"] == 1


async def test_not_too_often(here: Town, backend: Backend, clock: MovedClock) -> None:
    """So many a day and a week: the rest is skipped, and tests do not count."""
    people = await gather(backend, 2)
    await set_app(here, broadcasts_per_day=1, broadcasts_per_week=2)
    await backend.ask("POST", "/broadcast", {"text": "mock"}, key=backend.secrets.test_api_key)
    for text, after, sent in (
        ("one", timedelta(), 2),
        ("too soon", timedelta(hours=23), 0),
        ("two", timedelta(hours=2), 2),
        ("too many", timedelta(days=2), 0),
        ("three", timedelta(days=4), 2),
    ):
        clock.ahead += after
        job_id = await start(backend, text)
        done = await over(backend, job_id)
        assert (done["sent"], done["skipped"]) == (sent, 2 - sent), text
        assert len(readers(here, people, text)) == sent
        if not sent:
            listed = (await backend.get(f"/broadcast/{job_id}/deliveries"))["deliveries"]
            assert {each["reason"] for each in listed} == {"frequency_cap"}


async def test_a_notification_overtakes(here: Town, backend: Backend) -> None:
    """In the middle of a broadcast somebody is written to, and does not wait for its end."""
    people = await gather(backend, 120)
    job_id = await start(backend, "many")
    await until(here, job_id, sent=5)
    last = list(people)[-1]
    assert (await backend.post("/send", {"subscriber_id": last, "text": "your code"}))["sent"] == 1
    assert (await here.daemon.services.broadcasts.any(job_id)).sent < 60
    assert (await over(backend, job_id))["sent"] == 120
    assert readers(here, people, "many") == set(people)


async def test_quiet_hours_that_are_lifted(here: Town, backend: Backend, clock: MovedClock) -> None:
    """What waits for their end goes out at once, whether it was in the outbox already or not."""
    await set_app(here, quiet_hours=read_quiet_hours("22:00-08:00"))
    berlin = await logged_in(here, "+491711234567")
    set_time(clock, "2027-03-20T23:30")
    job_id = await start(backend, "good morning")
    services = here.daemon.services
    while not (put_off := await services.store.read(lambda unit: unit.broadcasts.put_off(JobId(job_id), NEVER, 1))):
        await a_moment()
    assert put_off[0].due_at == datetime(2027, 3, 21, 7, tzinfo=UTC)
    assert "good morning" not in texts(here, berlin)
    await set_app(here, quiet_hours=None)
    await wait_for(here, berlin, "good morning")
    assert (await over(backend, job_id))["sent"] == 1


async def test_a_small_one_does_not_wait_for_a_large_one(
    here: Town, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broadcasts take turns: of a large one only so many are in the outbox."""
    monkeypatch.setattr(pacing, "AHEAD", 50)
    people = await gather(backend, 150)
    last = list(people)[-1]
    await backend.put(f"/subscribers/{last}/tags", {"tags": ["vip"]})
    large = await start(backend, "large")
    await until(here, large, sent=1)
    small = await start(backend, "small", tags=["vip"])
    assert (await over(backend, small))["sent"] == 1
    assert (await here.daemon.services.broadcasts.any(large)).state is BroadcastState.PROCESSING
    assert (await over(backend, large))["sent"] == 150


async def test_too_many_in_the_middle(here: Town, backend: Backend) -> None:
    """After a 429 everybody waits, and everybody gets it once."""
    people = await gather(backend, 40)
    busy = Fault("status", status=429, description="Too Many Requests", retry_after=1)
    rule = here.telegram.add_fault(busy, messenger="telegram", method="sendMessage", skip=10, count=2)
    done = await over(backend, await start(backend, "patience"))
    assert (done["sent"], done["failed"]) == (40, 0)
    assert rule.times == 2
    assert readers(here, people, "patience") == set(people)


async def test_pages_are_steady_while_it_runs(here: Town, backend: Backend) -> None:
    """Whoever reads page by page meets every recipient once; failures are told with the messenger's words."""
    people = await gather(backend, 40)
    refused = Fault("status", status=400, description="Bad Request: chat not found")
    here.telegram.add_fault(refused, messenger="telegram", method="sendMessage", skip=3, count=2)
    job_id = await start(backend, "pages")
    seen: list[str] = []
    cursor, told = "", dict[str, Any]()
    for page in range(1, 7):
        await until(here, job_id, sent=page)
        told = await backend.get(f"/broadcast/{job_id}/deliveries?limit=7{cursor}")
        seen += [each["subscriber_id"] for each in told["deliveries"]]
        cursor = f"&cursor={told['next_cursor']}"
    assert (seen, told["next_cursor"]) == (list(people), None)
    done = await over(backend, job_id)
    assert (done["sent"], done["failed"]) == (38, 2)
    failed = (await backend.get(f"/broadcast/{job_id}/deliveries?status=failed&limit=500"))["deliveries"]
    assert [each["status"] for each in failed] == ["failed"] * 2
    assert all("not found" in each["reason"] for each in failed)
    well = await backend.get(f"/broadcast/{job_id}/deliveries?status=success&limit=38")
    assert (len(well["deliveries"]), well["next_cursor"]) == (38, "40")
    assert {each["subscriber_id"] for each in well["deliveries"]} == readers(here, people, "pages")


async def test_a_disabled_app_s_waits(here: Town, backend: Backend, clock: MovedClock) -> None:
    """Nothing is sent while it is disabled, and everything once it is enabled again."""
    people = await gather(backend, 4)
    job_id = await start(backend, "slowly", messages_per_minute=2)
    await until(here, job_id, sent=1)
    await set_app(here, enabled=False)
    clock.ahead += timedelta(minutes=1)
    other = here.daemon.services.apps.draft("other", "Other")
    await here.daemon.services.apps.create(other)
    nobody_s = BroadcastRequest(draft=Draft("x"), audience=BroadcastAudience())
    for _ in range(2):  # when these are over, the worker has looked at the first one too
        later = await here.daemon.services.broadcasts.start(other.app_id, nobody_s)
        async with patience():
            while (await here.daemon.services.broadcasts.any(later.job_id)).over_at is None:
                await a_moment()
    assert len(readers(here, people, "slowly")) == 1
    await set_app(here, enabled=True)
    for sent in (2, 3, 4):
        await until(here, job_id, sent=sent)
        clock.ahead += timedelta(minutes=1, seconds=1)
    assert (await over(backend, job_id))["sent"] == 4


async def test_the_pace_is_kept(here: Town, backend: Backend, clock: MovedClock) -> None:
    """Not more a minute than were asked for."""
    await gather(backend, 5)
    job_id = await start(backend, "tick", messages_per_minute=6)
    for sent in range(1, 6):
        assert (await until(here, job_id, sent=sent)).sent == sent
        clock.ahead += timedelta(seconds=10)
    assert (await over(backend, job_id))["sent"] == 5


async def test_it_is_forgotten_in_the_end(here: Town, backend: Backend, clock: MovedClock) -> None:
    """What it said after thirty days, that it was after a year; one that is under way is kept."""
    await gather(backend, 3)
    job_id = await start(backend, "old")
    await over(backend, job_id)
    services = here.daemon.services
    clock.ahead += timedelta(days=31)
    await services.sweep.sweep()
    kept = await services.broadcasts.any(job_id)
    assert (kept.draft, kept.sent) == (b"", 3)
    await set_app(here, enabled=False)
    clock.ahead += timedelta(days=335)
    await set_app(here, enabled=True)
    await services.sweep.sweep()
    assert await backend.refused("GET", f"/broadcast/{job_id}") == (404, "not_found")
    left = await services.store.read(lambda unit: unit.broadcasts.reports(kept.job_id, None, 0, 10))
    assert left == []
