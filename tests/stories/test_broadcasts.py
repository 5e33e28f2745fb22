"""Writing to many: who is meant, what they read, and what the site is told."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from emulator.faults import Fault
from emulator.people import Person
from tests.stories.backend import Backend
from tests.stories.crowd import gather, over, readers, start, texts, until
from tests.stories.moved_clock import MovedClock
from tests.stories.town import BOT, Json, Town, town
from tests.webhooks.receiver import Receiver


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town where webhooks may go to this machine."""
    async with town(tmp_path, clock, webhooks={"allowed_networks": ["127.0.0.0/8"]}) as built:
        await built.daemon.keepers.reached()
        yield built


async def tag(backend: Backend, people: Mapping[str, Person], *tags: list[str]) -> list[str]:
    """Give the first of the crowd these tags, the second those, and so on; return their ids."""
    ids = list(people)[: len(tags)]
    for subscriber_id, names in zip(ids, tags, strict=True):
        await backend.put(f"/subscribers/{subscriber_id}/tags", {"tags": names})
    return ids


async def test_everybody_gets_it_with_their_own_name(backend: Backend, receiver: Receiver) -> None:
    """Variables are filled in, the signature stands below, and the site is told once, when it is over."""
    await backend.put("/sender", {"sender_name": "Teapot"})
    await backend.post("/webhooks", {"url": receiver.url})
    people = await gather(backend, 5)
    for _ in people:
        await receiver.next()
    text = "Hi {{first_name}} (@{{username}}, {{lang}}, {{ subscriber_id }})"
    told = await backend.post("/broadcast", {"text": text, "buttons": [[{"text": "Open", "url": "https://a.example"}]]})
    assert (told["status"], told["total_subscribers"], set(told)) == (
        "pending",
        5,
        {"job_id", "status", "total_subscribers"},
    )
    done = await over(backend, told["job_id"])
    assert done == {"job_id": told["job_id"], "status": "completed", "total": 5, "sent": 5, "failed": 0, "skipped": 0}
    for subscriber_id, person in people.items():
        wanted = f"Hi {person.first_name} (@{person.username}, en, {subscriber_id})\n\n— Teapot"
        assert texts(backend.town, person).count(wanted) == 1
    assert json.loads((await receiver.next()).body) == {
        "event": "broadcast.completed",
        "data": {"job_id": told["job_id"], "total": 5, "sent": 5, "failed": 0, "skipped": 0},
    }
    assert len(receiver.calls) == 6
    listed = await backend.get("/broadcast")
    assert [each["job_id"] for each in listed["broadcasts"]] == [told["job_id"]]


async def test_a_name_that_cannot_be_written_spoils_nothing(backend: Backend) -> None:
    """Faults 1.4: who has escapes and marks of direction for a name reads it without them, and so does the site."""
    here = backend.town
    anna = here.visitor(first_name="\x1b[2JAnna\u202e\x00", username="anna")
    here.telegram.open_link(anna, (await backend.get("/subscribe-link"))["telegram_link"])
    await here.telegram.wait_for_message(anna, BOT)
    assert [each["first_name"] for each in (await backend.get("/subscribers"))["subscribers"]] == ["[2JAnna"]
    assert (await over(backend, await start(backend, "Hi {{first_name}}!")))["sent"] == 1
    assert texts(here, anna).count("Hi [2JAnna!") == 1


async def test_filters_are_exact_and_add_up(backend: Backend) -> None:
    """A tag is found to the letter, whatever is part of it or looks like it; all filters hold together."""
    people = await gather(backend, 6)
    a, b, c, d, e, f = await tag(
        backend, people, ["a_b", "vip"], ["axb", "vip"], ["a_b_c"], ["A_B"], ["a_b", "mute"], []
    )
    await backend.post("/tags", {"name": "a"})
    for key in ("news", "news-2"):
        await backend.post("/permissions", {"key": key, "title": key})
    for subscriber_id, keys in ((a, ["news"]), (b, ["news-2"]), (c, ["news", "news-2"])):
        await backend.put(f"/subscribers/{subscriber_id}/permissions", {"permissions": keys})
    for filters, wanted in (
        ({}, {a, b, c, d, e, f}),
        ({"tags": ["a_b"]}, {a, e}),
        ({"tags_all": ["a_b", "vip"]}, {a}),
        ({"tags_any": ["axb", "A_B"]}, {b, d}),
        ({"tags_any": ["a_b", "axb", "a_b_c"], "exclude_tags": ["mute", "a"]}, {a, b, c}),
        ({"exclude_tags": ["vip"]}, {c, d, e, f}),
        ({"permission": "news"}, {a, c}),
        ({"permission": "news", "exclude_permissions": ["news-2"]}, {a}),
        ({"exclude_permissions": ["news"]}, {b, d, e, f}),
        ({"tags": ["vip"], "tags_any": ["axb"], "permission": "news-2", "exclude_tags": ["mute"]}, {b}),
        ({"channel": "max"}, set()),
        ({"channels": ["telegram", "max"], "tags": ["vip"]}, {a, b}),
        ({"tags": ["nobody-has-it"]}, set()),
    ):
        dry = await backend.post("/broadcast", {"text": "x", "dry_run": True, **filters})
        assert dry["would_send_to"] == len(wanted), filters
        text = json.dumps(filters)
        assert (await over(backend, await start(backend, text, **filters)))["sent"] == len(wanted)
        assert readers(backend.town, people, text) == wanted, filters


async def test_a_dry_run_sends_nothing(backend: Backend) -> None:
    """It tells how many there are, how it reads, and which filters were understood."""
    people = await gather(backend, 2)
    await backend.put("/sender", {"sender_name": "Teapot"})
    await backend.post("/tags", {"name": "vip"})
    body = {"text": "Hi {{first_name}}", "tags_any": [], "exclude_tags": ["vip"], "dry_run": True}
    assert await backend.post("/broadcast", body) == {
        "dry_run": True,
        "would_send_to": 2,
        "estimated_credits": 2,
        "rendered_sample": "Hi Person 0\n\n— Teapot",
        "rendered_samples": ["Hi Person 0\n\n— Teapot"],
        "filters_applied": {"exclude_tags": ["vip"]},
    }
    assert (await backend.get("/broadcast"))["broadcasts"] == []
    assert readers(backend.town, people, "Hi Person 0\n\n— Teapot") == set()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"text": "Hi {{name}}"}, "name"),
        ({"text": ""}, "text"),
        ({}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "x", "tags": ["two words"]}, "tags"),
        ({"text": "x", "exclude_permissions": ["%"]}, "exclude_permissions"),
        ({"text": "x", "tags_all": ["t"] * 21}, "tags_all"),
        ({"text": "x", "exclude_tags": ["vpi"]}, "vpi"),
        ({"text": "x", "exclude_permissions": ["news"]}, "exclude_permissions"),
        ({"text": "x", "messages_per_minute": 0}, "messages_per_minute"),
        ({"text": "x", "channel": "pigeon"}, "channel"),
        ({"text": "<b>x", "format": "html"}, "text"),
        ({"text": "x", "buttons": [[{"text": "x"}]]}, "buttons"),
    ],
)
async def test_what_nobody_could_get_is_refused(backend: Backend, body: Json, named: str) -> None:
    """At once, and no broadcast begins."""
    status, told = await backend.ask("POST", "/broadcast", body)
    assert (status, told["code"]) == (400, "validation_failed")
    assert named in told["error"]
    assert (await backend.get("/broadcast"))["broadcasts"] == []


async def test_a_broadcast_of_nobody_s(backend: Backend) -> None:
    """Who asks for another project's, or for none, is told that there is none."""
    other = backend.town.daemon.services.apps
    secrets = await other.create(other.draft("other", "Other"))
    job_id = await start(backend, "Hi")
    for path in (f"/broadcast/{job_id}", f"/broadcast/{job_id}/deliveries", "/broadcast/x"):
        assert await backend.refused("GET", path, key=secrets.api_key) == (404, "not_found")
    assert await backend.refused("DELETE", f"/broadcast/{job_id}", key=secrets.api_key) == (404, "not_found")
    assert await backend.refused("GET", f"/broadcast/{job_id}/deliveries?cursor=x") == (400, "validation_failed")


async def test_a_key_starts_one_broadcast(backend: Backend) -> None:
    """The same request under the same key is answered the same, and another one is a conflict."""
    people = await gather(backend, 2)
    once, body = {"Idempotency-Key": "monday-news"}, {"text": "Once"}
    first = await backend.ask("POST", "/broadcast", body, headers=once)
    await over(backend, first[1]["job_id"])
    assert await backend.ask("POST", "/broadcast", body, headers=once) == first
    status, told = await backend.ask("POST", "/broadcast", {"text": "Twice"}, headers=once)
    assert (status, told["code"]) == (409, "idempotency_conflict")
    assert len((await backend.get("/broadcast"))["broadcasts"]) == 1
    assert readers(backend.town, people, "Once") == set(people)


async def test_the_test_key_sends_nothing(backend: Backend, receiver: Receiver) -> None:
    """Everything else happens, and its events say that it did not; it cannot cancel what is real."""
    people = await gather(backend, 3)
    await backend.post("/webhooks", {"url": receiver.url})
    key = backend.secrets.test_api_key
    told = Backend.well(*await backend.ask("POST", "/broadcast", {"text": "Mock"}, key=key))
    assert (await over(backend, told["job_id"]))["sent"] == 3
    assert readers(backend.town, people, "Mock") == set()
    assert json.loads((await receiver.next()).body)["test"] is True
    real = await start(backend, "Real", messages_per_minute=1)
    assert await backend.refused("DELETE", f"/broadcast/{real}", key=key) == (403, "test_key_forbidden")


async def test_cancelling_in_the_middle(backend: Backend, receiver: Receiver) -> None:
    """What was sent stays, the rest is never sent, and the site is told once."""
    people = await gather(backend, 60)
    await backend.post("/webhooks", {"url": receiver.url})
    job_id = await start(backend, "Stop")
    await until(backend.town, job_id, sent=10)
    _, told = await backend.ask("DELETE", f"/broadcast/{job_id}")
    assert told["status"] == "cancelled"
    done = await over(backend, job_id)
    assert (await backend.ask("DELETE", f"/broadcast/{job_id}"))[1] == done
    assert 10 <= done["sent"] < 60
    assert (done["failed"], done["skipped"]) == (0, 0)
    after = await over(backend, await start(backend, "After"))
    assert after["sent"] == 60
    assert len(readers(backend.town, people, "Stop")) == done["sent"]
    events = [json.loads((await receiver.next()).body) for _ in range(2)]
    assert [event["event"] for event in events] == ["broadcast.cancelled", "broadcast.completed"]
    assert events[0]["data"] == {name: done[name] for name in ("job_id", "total", "sent", "failed", "skipped")}
    listed = (await backend.get(f"/broadcast/{job_id}/deliveries?limit=500"))["deliveries"]
    assert [each["status"] for each in listed].count("cancelled") == 60 - done["sent"]
    assert (await backend.refused("DELETE", f"/broadcast/{after['job_id']}")) == (409, "conflict")


async def test_who_is_skipped_and_why(backend: Backend) -> None:
    """Who left, lost the permission, was erased or cannot be reached since it began; everybody else gets it."""
    here, people = backend.town, await gather(backend, 6)
    await backend.post("/permissions", {"key": "news", "title": "News"})
    for subscriber_id in people:
        await backend.put(f"/subscribers/{subscriber_id}/permissions", {"permissions": ["news"]})
    job_id = await start(backend, "News", permission="news", messages_per_minute=1)
    first, left, lost, erased, blocked, last = people
    await until(here, job_id, sent=1)
    before = here.telegram.chat(people[left], BOT).last_from_bot
    here.telegram.send_text(people[left], BOT, "/stop")
    await here.telegram.wait_for_message(people[left], BOT, after=before)
    await backend.put(f"/subscribers/{lost}/permissions", {"permissions": []})
    await backend.ask("DELETE", f"/subscribers/{erased}")
    fault = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
    here.telegram.add_fault(fault, messenger="telegram", method="sendMessage", count=1)
    await backend.post("/send", {"subscriber_id": blocked, "text": "Hello"})
    clock = here.daemon.services.clock
    assert isinstance(clock, MovedClock)
    clock.ahead += timedelta(minutes=2)
    done = await over(backend, job_id)
    assert (done["sent"], done["failed"], done["skipped"], done["total"]) == (2, 0, 4, 6)
    assert readers(here, people, "News") == {first, last}
    listed = (await backend.get(f"/broadcast/{job_id}/deliveries"))["deliveries"]
    reasons = {each["subscriber_id"]: (each["status"], each["reason"]) for each in listed}
    assert reasons == {
        first: ("success", None),
        left: ("skipped", "unsubscribed"),
        lost: ("skipped", "permission_missing"),
        erased: ("skipped", "unsubscribed"),
        blocked: ("skipped", "unreachable"),
        last: ("success", None),
    }
    page = await backend.get(f"/broadcast/{job_id}/deliveries?status=skipped&limit=3")
    assert ([each["subscriber_id"] for each in page["deliveries"]], page["next_cursor"]) == ([left, lost, erased], "4")
