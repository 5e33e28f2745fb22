"""Messages for later: at their time, once, unless somebody thought better of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.housekeeping.sweep import TEXTS_KEPT
from core.later import scheduled, scheduled_job
from emulator.faults import Fault
from tests.stories.backend import Backend, move_in
from tests.stories.handsets import Handset
from tests.stories.later.times import NOBODY, day, heard, listen, move, move_to, subscribed, told, until_quiet
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Json, Town, emulated_telegram
from tests.webhooks.receiver import Receiver


def soon(clock: MovedClock, **ahead: float) -> datetime:
    """Return a whole second in a while."""
    return (clock.now() + timedelta(**ahead)).replace(microsecond=0)


def z(moment: datetime) -> str:
    """Return a time as the API writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


async def schedule(backend: Backend, subscriber_id: str, at: str, **more: object) -> Json:
    """Have a message sent later."""
    return await backend.post(
        "/scheduled", {"subscriber_id": subscriber_id, "text": "later", "scheduled_at": at, **more}
    )


async def test_at_its_time(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, receiver: Receiver
) -> None:
    """Not before, and at the minute; once, with the names of then, and the site is told."""
    anna, anna_id = await subscribed(backend, handset)
    await listen(backend, receiver, "scheduled.sent")
    at = soon(clock, hours=3)
    made = await schedule(
        backend, anna_id, z(at), text="Hi {{first_name}}, **now**", format="markdown", name="reminder"
    )
    assert (made["status"], made["scheduled_at"], made["name"]) == ("scheduled", z(at), "reminder")
    assert (made["delivery_id"], made["reason"], made["timezone"]) == (None, None, None)
    await move_to(here, clock, at - timedelta(minutes=1))
    assert heard(handset, anna, "Hi Anna, now") == []
    assert (await backend.get("/scheduled"))["scheduled"] == [made]
    await move_to(here, clock, at)
    event = await told(receiver)
    assert heard(handset, anna, "Hi Anna, now") == ["Hi Anna, now"]
    done = await backend.get(f"/scheduled/{made['id']}")
    assert done == {**made, "status": "sent", "delivery_id": done["delivery_id"]}
    assert event == {
        "event": "scheduled.sent",
        "data": {
            "subscriber_id": anna_id,
            "channel": "telegram",
            "delivery_id": done["delivery_id"],
            "scheduled_id": made["id"],
        },
    }
    await move(here, clock, days=1)
    assert heard(handset, anna, "Hi Anna, now") == ["Hi Anna, now"]
    assert await backend.refused("DELETE", f"/scheduled/{made['id']}") == (409, "conflict")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Yerevan"])
async def test_a_time_on_the_wall(backend: Backend, handset: Handset, clock: MovedClock, zone: str) -> None:
    """A time without offset is the time of the zone, in summer and in winter."""
    _, anna_id = await subscribed(backend, handset)
    for days in (30, 210):
        wall = soon(clock, days=days).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        made = await schedule(backend, anna_id, wall.isoformat(), timezone=zone)
        assert made["scheduled_at"] == z(wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
        assert made["timezone"] == zone


async def test_cancelled(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """It is never sent; asking twice is the same."""
    anna, anna_id = await subscribed(backend, handset)
    made = await schedule(backend, anna_id, z(soon(clock, hours=1)))
    for _ in range(2):
        assert await backend.ask("DELETE", f"/scheduled/{made['id']}") == (200, {"deleted": True})
    await move(here, clock, hours=2)
    assert heard(handset, anna, "later") == []
    assert (await backend.get(f"/scheduled/{made['id']}"))["status"] == "cancelled"


async def test_a_list(backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """By time, page by page, of one status or all."""
    _, anna_id = await subscribed(backend, handset)
    at = soon(clock, hours=1)
    made = [await schedule(backend, anna_id, z(at + timedelta(minutes=number % 3))) for number in range(7)]
    await backend.ask("DELETE", f"/scheduled/{made[3]['id']}")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await backend.get(f"/scheduled?limit=3{f'&cursor={cursor}' if cursor else ''}")
        seen += [each["id"] for each in page["scheduled"]]
        cursor = page["next_cursor"]
    assert seen == [each["id"] for each in sorted(made, key=lambda each: (each["scheduled_at"], each["id"]))]
    assert len((await backend.get("/scheduled?status=scheduled"))["scheduled"]) == 6
    assert [each["id"] for each in (await backend.get("/scheduled?status=cancelled"))["scheduled"]] == [made[3]["id"]]
    assert await backend.refused("GET", f"/scheduled?cursor={NOBODY}") == (400, "validation_failed")
    assert await backend.refused("GET", "/scheduled?limit=201") == (400, "validation_failed")
    assert await backend.refused("GET", f"/scheduled/{NOBODY}") == (404, "not_found")


async def test_who_left(here: Town, backend: Backend, handset: Handset, clock: MovedClock, receiver: Receiver) -> None:
    """Is not written to, and the site is told why."""
    anna, anna_id = await subscribed(backend, handset)
    await listen(backend, receiver, "scheduled.failed")
    made = await schedule(backend, anna_id, z(soon(clock, hours=1)))
    await handset.say(anna, "/stop")
    await move(here, clock, hours=2)
    event = await told(receiver)
    assert (event["event"], event["data"]["reason"]) == ("scheduled.failed", "unsubscribed")
    assert (event["data"]["scheduled_id"], event["data"]["delivery_id"]) == (made["id"], None)
    done = await backend.get(f"/scheduled/{made['id']}")
    assert (done["status"], done["reason"]) == ("failed", "unsubscribed")
    assert heard(handset, anna, "later") == []


async def test_a_messenger_that_refuses(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, receiver: Receiver
) -> None:
    """The row and the event say what it said."""
    _, anna_id = await subscribed(backend, handset)
    await listen(backend, receiver, "scheduled.failed", "delivery.failed")
    made = await schedule(backend, anna_id, z(soon(clock, hours=1)))
    blocked = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
    here.telegram.add_fault(blocked, messenger="telegram", method="sendMessage", count=1)
    await move(here, clock, hours=1)
    events = {(event := await told(receiver))["event"]: event["data"] for _ in range(2)}
    assert "blocked" in events["scheduled.failed"]["reason"]
    assert events["scheduled.failed"]["delivery_id"] == events["delivery.failed"]["delivery_id"]
    assert (await backend.get(f"/scheduled/{made['id']}"))["status"] == "failed"


async def test_the_daemon_was_down(tmp_path: Path, clock: MovedClock) -> None:
    """What fell due meanwhile is sent once when it is back, and what is more than a day late is not sent at all."""
    async with emulated_telegram() as (telegram, url):
        async with day(tmp_path, telegram, url, clock) as before:
            backend, handset = await move_in(before), before.handset("telegram")
            anna, anna_id = await subscribed(backend, handset)
            for text, hours in (("stale", 1), ("late", 30)):
                await schedule(backend, anna_id, z(soon(clock, hours=hours)), text=text)
        clock.ahead += timedelta(hours=40)
        for _ in range(2):
            async with day(tmp_path, telegram, url, clock) as after:
                await until_quiet(after)
                listed = (await Backend(after, backend.secrets).get("/scheduled"))["scheduled"]
                assert [(each["text"], each["status"]) for each in listed] == [("stale", "failed"), ("late", "sent")]
        assert heard(handset, anna, "stale", "late") == ["late"]


async def test_erased_with_the_subscriber_and_after_a_while(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock
) -> None:
    """Nothing is kept of who was forgotten, and nothing of what was done a month ago."""
    anna, anna_id = await subscribed(backend, handset)
    _, boris_id = await subscribed(backend, handset, "Boris")
    await schedule(backend, anna_id, z(soon(clock, hours=1)))
    done = await schedule(backend, boris_id, z(soon(clock, hours=1)))
    await backend.ask("DELETE", f"/subscribers/{anna_id}")
    await move(here, clock, hours=2)
    assert heard(handset, anna, "later") == []
    assert [each["id"] for each in (await backend.get("/scheduled"))["scheduled"]] == [done["id"]]
    await move(here, clock, seconds=(TEXTS_KEPT + timedelta(hours=1)).total_seconds())
    await here.daemon.services.sweep.sweep()
    assert (await backend.get("/scheduled"))["scheduled"] == []


async def test_a_lost_answer_can_be_asked_for_again(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock
) -> None:
    """Under one key it is kept once, also when its time has come meanwhile; another one under that key is refused."""
    anna, anna_id = await subscribed(backend, handset)
    body = {"subscriber_id": anna_id, "text": "later", "scheduled_at": z(soon(clock, hours=1))}
    once = {"Idempotency-Key": "reminder-17"}
    answers = [await backend.ask("POST", "/scheduled", body, headers=once) for _ in range(2)]
    await move(here, clock, hours=2)
    answers.append(await backend.ask("POST", "/scheduled", body, headers=once))
    assert [(status, told["id"]) for status, told in answers] == [(200, answers[0][1]["id"])] * 3
    assert answers[-1][1]["status"] == "sent"
    assert heard(handset, anna, "later") == ["later"]
    status, told = await backend.ask("POST", "/scheduled", {**body, "text": "other"}, headers=once)
    assert (status, told["code"]) == (409, "idempotency_conflict")


async def test_texts_are_sealed(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """Nobody who steals the file reads them."""
    _, anna_id = await subscribed(backend, handset)
    await schedule(backend, anna_id, z(soon(clock, hours=1)), text="a surprise", name="for Anna's birthday")
    kept = b"".join(path.read_bytes() for path in here.folder.glob("gatepost.db*"))
    assert b"a surprise" not in kept
    assert b"birthday" not in kept


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"subscriber_id": NOBODY}, (404, "subscriber_not_found")),
        ({"scheduled_at": "2026-11-21T10:00:00Z"}, (400, "validation_failed")),
        ({"scheduled_at": "2999-01-01T00:00:00Z"}, (400, "validation_failed")),
        ({"scheduled_at": "tomorrow"}, (400, "validation_failed")),
        ({"scheduled_at": "2027-01-01T10:00:00"}, (400, "validation_failed")),
        ({"timezone": "Mars/Base"}, (400, "validation_failed")),
        ({"text": "x" * 4001}, (400, "validation_failed")),
        ({"text": "{{surname}}"}, (400, "validation_failed")),
        ({"text": None}, (400, "validation_failed")),
        ({"name": "x" * 101}, (400, "validation_failed")),
    ],
)
async def test_what_cannot_be_scheduled(
    backend: Backend, handset: Handset, clock: MovedClock, changes: Json, refusal: tuple[int, str]
) -> None:
    """A clear code, and nothing is kept."""
    _, anna_id = await subscribed(backend, handset)
    body = {"subscriber_id": anna_id, "text": "later", "scheduled_at": z(soon(clock, hours=1)), **changes}
    assert await backend.refused("POST", "/scheduled", body) == refusal
    assert (await backend.get("/scheduled"))["scheduled"] == []


async def test_who_may(backend: Backend, handset: Handset, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the test key, and not without a bound."""
    _, anna_id = await subscribed(backend, handset)
    body = {"subscriber_id": anna_id, "text": "later", "scheduled_at": z(soon(clock, hours=1))}
    refused = await backend.refused("POST", "/scheduled", body, key=backend.secrets.test_api_key)
    assert refused == (403, "test_key_forbidden")
    monkeypatch.setattr(scheduled, "WAITING_LIMIT", 1)
    await backend.post("/scheduled", body)
    assert await backend.refused("POST", "/scheduled", body) == (400, "validation_failed")


async def test_a_bug_holds_up_nothing_else(
    backend: Backend, handset: Handset, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be done now is done when it can be; what is due besides is done meanwhile."""

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    anna, anna_id = await subscribed(backend, handset)
    await backend.post(
        "/drip-chains", {"trigger": "event", "event": "go", "steps": [{"delay_minutes": 0, "text": "go"}]}
    )
    before = handset.chat(anna).last_from_bot
    with monkeypatch.context() as bug:
        bug.setattr(scheduled_job, "open_scheduled", broken)
        await schedule(backend, anna_id, z(clock.now()))
        await backend.post("/events/track", {"subscriber_id": anna_id, "event": "go"})
        said = await handset.next_message(anna, before)
        assert said.text == "go"
    await move(backend.town, clock, minutes=5)
    assert (await handset.next_message(anna, said.id)).text == "later"
