"""Chains of messages: each trigger, each step in its time, and every way out."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.later import drip_job, drips
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

DRIPS = 2
"""The place of the job that posts them."""
STEPS = [
    {"delay_minutes": 0, "text": "one"},
    {"delay_minutes": 60, "text": "two"},
    {"delay_minutes": 180, "text": "three"},
]
TEXTS = ("one", "two", "three")


async def chain(backend: Backend, **more: object) -> Json:
    """Make a chain of three messages."""
    return await backend.post("/drip-chains", {"name": "welcome", "trigger": "subscription", "steps": STEPS, **more})


async def track(backend: Backend, subscriber_id: str, event: str = "cart.abandoned") -> int:
    """Tell an event, and return how many chains it began."""
    body = {"subscriber_id": subscriber_id, "event": event, "data": {"total": 17}}
    told = await backend.post("/events/track", body)
    assert told["tracked"] is True
    return int(told["enrolled"])


async def enrolled(backend: Backend, made: Json) -> int:
    """Return how many are in a chain."""
    return int((await backend.get(f"/drip-chains/{made['id']}"))["enrolled"])


async def test_a_subscription_begins_it(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, receiver: Receiver
) -> None:
    """Each message in its time, and the site is told of each and of the end; who was there before gets none."""
    boris, _ = await subscribed(backend, handset, "Boris")
    made = await chain(backend)
    await listen(backend, receiver, "drip.step_sent", "drip.completed")
    anna, anna_id = await subscribed(backend, handset)
    await until_quiet(here)
    assert heard(handset, anna, *TEXTS) == ["one"]
    assert await enrolled(backend, made) == 1
    await move(here, clock, minutes=59)
    assert heard(handset, anna, *TEXTS) == ["one"]
    await move(here, clock, minutes=1)
    assert heard(handset, anna, *TEXTS) == ["one", "two"]
    await move(here, clock, hours=2)
    assert heard(handset, anna, *TEXTS) == [*TEXTS]
    assert heard(handset, boris, *TEXTS) == []
    assert await enrolled(backend, made) == 0
    for number in (1, 2, 3):
        event = await told(receiver)
        assert event["event"] == "drip.step_sent"
        assert {name: event["data"][name] for name in ("chain_id", "step", "steps", "subscriber_id", "channel")} == {
            "chain_id": made["id"],
            "step": number,
            "steps": 3,
            "subscriber_id": anna_id,
            "channel": "telegram",
        }
        assert event["data"]["delivery_id"]
    data = {"subscriber_id": anna_id, "channel": "telegram", "chain_id": made["id"]}
    assert await told(receiver) == {"event": "drip.completed", "data": data}


@pytest.mark.parametrize("trigger", ["segment", "permission"])
async def test_what_is_gained_begins_it(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, trigger: str
) -> None:
    """Once, however often it is given; losing it ends the chain, gaining it again begins anew."""
    anna, anna_id = await subscribed(backend, handset)
    await backend.post("/tags", {"name": "vip"})
    await backend.post("/permissions", {"key": "vip", "title": "VIP"})
    await chain(backend, trigger=trigger, trigger_value="vip")
    field = {"segment": "tags", "permission": "permissions"}[trigger]

    async def give(*names: str) -> None:
        await backend.put(f"/subscribers/{anna_id}/{field}", {field: names})
        await until_quiet(here)

    await give("vip")
    await give("vip")
    await move(here, clock, minutes=60)
    assert heard(handset, anna, *TEXTS) == ["one", "two"]
    await give()
    await move(here, clock, hours=5)
    assert heard(handset, anna, *TEXTS) == ["one", "two"]
    await give("vip")
    assert heard(handset, anna, *TEXTS) == ["one", "two", "one"]


async def test_a_link_with_a_tag_begins_it(here: Town, backend: Backend, handset: Handset) -> None:
    """What a subscribe link brings is gained too; a tag that was renamed is still it."""
    await backend.post("/tags", {"name": "vip"})
    made = await chain(backend, trigger="segment", trigger_value="vip")
    await backend.put("/tags/vip", {"new_name": "gold"})
    assert (await backend.get(f"/drip-chains/{made['id']}"))["trigger_value"] == "gold"
    anna = here.visitor()
    await handset.open(anna, (await backend.get("/subscribe-link?tag=gold"))["telegram_link"])
    await until_quiet(here)
    assert heard(handset, anna, *TEXTS) == ["one"]


async def test_an_event_begins_it(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """By our id or theirs; nobody is in a chain twice at a time, and anybody may be again."""
    anna, anna_id = await subscribed(backend, handset)
    await backend.put(f"/subscribers/{anna_id}", {"external_id": "u-17"})
    await chain(backend, trigger="event", trigger_value="cart.abandoned")
    await chain(backend, name="other", trigger="event", event="cart.filled")
    assert await track(backend, anna_id, "nothing.known") == 0
    assert (await backend.post("/events/track", {"external_id": "u-17", "event": "cart.abandoned"}))["enrolled"] == 1
    assert await track(backend, anna_id) == 0
    await move(here, clock, hours=1)
    await move(here, clock, hours=2)
    assert heard(handset, anna, *TEXTS) == [*TEXTS]
    assert await track(backend, anna_id) == 1
    await until_quiet(here)
    assert heard(handset, anna, *TEXTS) == [*TEXTS, "one"]


async def test_an_event_whose_answer_got_lost(here: Town, backend: Backend, handset: Handset) -> None:
    """Told again under one key it begins nothing, even when the chain is over; another one under it is refused."""
    anna, anna_id = await subscribed(backend, handset)
    await chain(backend, trigger="event", trigger_value="bought", steps=STEPS[:1])
    body, once = {"subscriber_id": anna_id, "event": "bought"}, {"Idempotency-Key": "order-17_bought"}
    for _ in range(3):
        assert await backend.ask("POST", "/events/track", body, headers=once) == (200, {"tracked": True, "enrolled": 1})
        await until_quiet(here)
    assert heard(handset, anna, "one") == ["one"]
    status, told = await backend.ask("POST", "/events/track", {**body, "event": "sold"}, headers=once)
    assert (status, told["code"]) == (409, "idempotency_conflict")


async def test_a_test_key_may_track(here: Town, backend: Backend, handset: Handset, receiver: Receiver) -> None:
    """Everything but the sending happens, and it does not stand in the way of the real thing."""
    anna, anna_id = await subscribed(backend, handset)
    made = await chain(backend, trigger="event", trigger_value="bought")
    await listen(backend, receiver, "drip.step_sent")
    body = {"subscriber_id": anna_id, "event": "bought"}
    status, answer = await backend.ask("POST", "/events/track", body, key=backend.secrets.test_api_key)
    assert (status, answer["enrolled"]) == (200, 1)
    await until_quiet(here)
    assert (await told(receiver))["test"] is True
    assert heard(handset, anna, *TEXTS) == []
    assert await enrolled(backend, made) == 0
    assert await track(backend, anna_id, "bought") == 1
    await until_quiet(here)
    assert heard(handset, anna, *TEXTS) == ["one"]


async def test_who_leaves_in_the_middle(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """Gets nothing more; coming back begins anew."""
    made = await chain(backend)
    anna, _ = await subscribed(backend, handset)
    await until_quiet(here)
    await leave(here, anna)
    assert await enrolled(backend, made) == 0
    await move(here, clock, hours=5)
    assert heard(handset, anna, *TEXTS) == ["one"]
    await come(here, anna)
    await until_quiet(here)
    assert heard(handset, anna, *TEXTS) == ["one", "one"]


async def test_a_tag_that_is_removed_from_all(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock
) -> None:
    """Ends the chain for all who had it."""
    anna, anna_id = await subscribed(backend, handset)
    await backend.post("/tags", {"name": "vip"})
    made = await chain(backend, trigger="segment", trigger_value="vip")
    await backend.put(f"/subscribers/{anna_id}/tags", {"tags": ["vip"]})
    await until_quiet(here)
    await backend.ask("DELETE", "/tags/vip")
    await move(here, clock, hours=1)
    assert heard(handset, anna, *TEXTS) == ["one"]
    assert await enrolled(backend, made) == 0


async def test_a_chain_that_is_removed(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """Stops for everybody, and leaves nothing behind."""
    made = await chain(backend)
    anna, _ = await subscribed(backend, handset)
    await until_quiet(here)
    assert await backend.ask("DELETE", f"/drip-chains/{made['id']}") == (200, {"deleted": True})
    assert await here.daemon.services.store.read(lambda unit: unit.drips.first_due()) is None
    await move(here, clock, hours=5)
    assert heard(handset, anna, *TEXTS) == ["one"]
    assert (await backend.get("/drip-chains"))["drip_chains"] == []


async def test_who_is_forgotten(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """Is in no chain any more."""
    made = await chain(backend)
    anna, anna_id = await subscribed(backend, handset)
    await until_quiet(here)
    await backend.ask("DELETE", f"/subscribers/{anna_id}")
    assert await enrolled(backend, made) == 0
    await move(here, clock, hours=5)
    assert heard(handset, anna, *TEXTS) == ["one"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("from_start", [["one", "two"], ["one", "two"], ["one", "two", "three"]]),
        ("skip_past", [["one"], ["one", "three"], ["one", "three"]]),
    ],
)
async def test_steps_that_were_missed(tmp_path: Path, clock: MovedClock, mode: str, expected: list[list[str]]) -> None:
    """The daemon was down: the rest goes on later with its distances, or goes on in time without what was missed."""
    async with emulated_telegram() as (telegram, url):
        async with day(tmp_path, telegram, url, clock) as before:
            backend, handset = await move_in(before), before.handset("telegram")
            await chain(backend, catch_up_mode=mode)
            anna, _ = await subscribed(backend, handset)
            await until_quiet(before)
        clock.ahead += timedelta(hours=2)
        async with day(tmp_path, telegram, url, clock) as after:
            for minutes, texts in zip((0, 61, 61), expected, strict=True):
                await move(after, clock, minutes=minutes)
                assert heard(handset, anna, *TEXTS) == texts


async def test_all_was_missed(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, receiver: Receiver
) -> None:
    """With ``skip_past`` nothing is left, and the chain is over."""
    made = await chain(backend, catch_up_mode="skip_past")
    await listen(backend, receiver, "drip.completed")
    anna, _ = await subscribed(backend, handset)
    await until_quiet(here)
    await move(here, clock, days=2)
    assert heard(handset, anna, *TEXTS) == ["one"]
    assert (await told(receiver))["data"]["chain_id"] == made["id"]
    assert await enrolled(backend, made) == 0


async def test_templates(here: Town, backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """A step says what its template says by then; one whose template is gone, or asks too much, is left out."""
    for key in ("a", "b", "c"):
        await backend.post("/templates", {"key": key, "text": f"{key} <b>{{{{first_name}}}}</b>", "format": "html"})
    steps = [{"delay_minutes": number * 60, "template": key} for number, key in enumerate("abc")]
    made = await chain(backend, steps=[*steps, {"delay_minutes": 180, "text": "three"}])
    assert made["steps"][0] == {"delay_minutes": 0, "text": None, "format": None, "template": "a"}
    anna, _ = await subscribed(backend, handset)
    await until_quiet(here)
    await backend.ask("DELETE", "/templates/b")
    await backend.put("/templates/c", {"text": "Order {{number}}"})
    for _ in range(3):
        await move(here, clock, hours=1)
    assert heard(handset, anna, "a Anna", "b Anna", "c Anna", "three") == ["a Anna", "three"]


async def test_broken_off_in_the_middle(tmp_path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that dies between two steps leaves the rest to the next one: nobody twice, nobody not at all."""
    monkeypatch.setattr(drip_job, "CHUNK", 2)
    async with emulated_telegram() as (telegram, url):
        async with day(tmp_path, telegram, url, clock) as before:
            await stop_worker()
            backend, handset = await move_in(before), before.handset("telegram")
            await chain(backend)
            people = [(await subscribed(backend, handset, f"Person{number}"))[0] for number in range(5)]
            await step(before, DRIPS)
            assert sum(len(heard(handset, person, "one")) for person in people) == 2
        async with day(tmp_path, telegram, url, clock) as after:
            await until_quiet(after)
        assert [heard(handset, person, "one") for person in people] == [["one"]] * 5


async def test_a_project_that_is_switched_off(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock
) -> None:
    """Nothing is sent meanwhile; the chain goes on afterwards."""
    await chain(backend)
    anna, _ = await subscribed(backend, handset)
    await until_quiet(here)
    for enabled, expected in ((False, ["one"]), (True, ["one", "two"])):
        await switched(here, enabled=enabled)
        await move(here, clock, hours=2)
        assert heard(handset, anna, *TEXTS) == expected


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"trigger": "moon"}, (400, "validation_failed")),
        ({"trigger_value": "vip"}, (400, "validation_failed")),
        ({"trigger": "segment"}, (400, "validation_failed")),
        ({"trigger": "segment", "trigger_value": "nobody"}, (400, "validation_failed")),
        ({"trigger": "permission", "trigger_value": "nobody"}, (400, "validation_failed")),
        ({"trigger": "event"}, (400, "validation_failed")),
        ({"trigger": "event", "trigger_value": "two words"}, (400, "validation_failed")),
        ({"trigger": "event", "trigger_value": "a", "event": "b"}, (400, "validation_failed")),
        ({"event": "a"}, (400, "validation_failed")),
        ({"catch_up_mode": "never"}, (400, "validation_failed")),
        ({"steps": []}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 0, "text": "x"}] * 51}, (400, "validation_failed")),
        ({"steps": [{"text": "x"}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": -1, "text": "x"}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 525_601, "text": "x"}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 0}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 0, "text": "x", "template": "x"}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 0, "template": "x", "format": "html"}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 0, "text": "{{surname}}"}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 0, "text": "<b>", "format": "html"}]}, (400, "validation_failed")),
        ({"steps": [{"delay_minutes": 0, "template": "none"}]}, (404, "not_found")),
    ],
)
async def test_what_cannot_be_a_chain(backend: Backend, changes: Json, refusal: tuple[int, str]) -> None:
    """Is refused, and nothing is kept."""
    body = {"name": "welcome", "trigger": "subscription", "steps": STEPS, **changes}
    assert await backend.refused("POST", "/drip-chains", body) == refusal
    assert (await backend.get("/drip-chains"))["drip_chains"] == []


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"event": "a"}, (400, "validation_failed")),
        ({"subscriber_id": NOBODY, "event": "a"}, (404, "subscriber_not_found")),
        ({"external_id": "u-1", "event": "a"}, (404, "subscriber_not_found")),
        ({"subscriber_id": NOBODY, "external_id": "u-1", "event": "a"}, (400, "mutually_exclusive_identifiers")),
        ({"subscriber_id": NOBODY, "event": "two words"}, (400, "validation_failed")),
        ({"subscriber_id": NOBODY, "event": "a", "data": {str(n): n for n in range(51)}}, (400, "validation_failed")),
    ],
)
async def test_events_that_cannot_be(backend: Backend, body: Json, refusal: tuple[int, str]) -> None:
    """A clear code."""
    assert await backend.refused("POST", "/events/track", body) == refusal


async def test_who_may(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the test key, not without a bound, and nobody else's."""
    body = {"name": "welcome", "trigger": "subscription", "steps": STEPS}
    refused = await backend.refused("POST", "/drip-chains", body, key=backend.secrets.test_api_key)
    assert refused == (403, "test_key_forbidden")
    monkeypatch.setattr(drips, "CHAINS_LIMIT", 1)
    await backend.post("/drip-chains", body)
    assert await backend.refused("POST", "/drip-chains", body) == (400, "validation_failed")
    for method in ("GET", "DELETE"):
        assert await backend.refused(method, f"/drip-chains/{NOBODY}") == (404, "not_found")
