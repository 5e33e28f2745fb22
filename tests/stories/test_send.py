"""Writing to subscribers over the project API, by each messenger."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emulator.faults import Fault
from http_api.project import send
from tests.stories.backend import Backend, subscribed
from tests.stories.handsets import Handset
from tests.stories.town import Json, Town, town
from tests.webhooks.receiver import Receiver

MESSENGERS = ("telegram", "max", "whatsapp")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town with all three messengers, where webhooks may go to this machine."""
    networks = {"allowed_networks": ["127.0.0.0/8"]}
    async with town(tmp_path, messengers=MESSENGERS, webhooks=networks) as built:
        await built.daemon.keepers.reached()
        yield built


async def test_a_subscriber_is_written_to(backend: Backend, handset: Handset) -> None:
    """The answer says who got it by what; the words look as they were meant to, and are signed."""
    await backend.put("/sender", {"sender_name": "Teapot", "sender_description": "since 1887"})
    anna, subscriber_id = await subscribed(backend, handset)
    body = {"subscriber_id": subscriber_id, "text": "Order **17** is ready", "format": "markdown"}
    told = await backend.post("/send", body)
    (detail,) = told["details"]
    assert (told["sent"], told["failed"], detail["status"], detail["reason"]) == (1, 0, "success", None)
    assert (detail["subscriber_id"], detail["channel"]) == (subscriber_id, handset.messenger)
    said = handset.newest(anna).text
    assert said.endswith("\n\n— Teapot\nsince 1887")
    assert "17" in said
    assert "**" not in said


async def test_one_customer_by_several_messengers(backend: Backend) -> None:
    """An ``external_id`` reaches all its subscribers, or those of the channels that are named."""
    ids = [(await subscribed(backend, backend.town.handset(name)))[1] for name in ("telegram", "max")]
    for subscriber_id in ids:
        await backend.put(f"/subscribers/{subscriber_id}", {"external_id": "u-17"})
    told = await backend.post("/send", {"external_id": "u-17", "text": "Hello"})
    assert {detail["channel"] for detail in told["details"]} == {"telegram", "max"}
    assert told["sent"] == 2
    only = await backend.post("/send", {"external_id": "u-17", "text": "Hello", "channels": ["max"]})
    assert [detail["channel"] for detail in only["details"]] == ["max"]


async def test_a_button_is_told(backend: Backend, handset: Handset, receiver: Receiver) -> None:
    """Whoever presses a button of the site's is told to the site, with what it put there."""
    await backend.post("/webhooks", {"url": receiver.url, "events": ["button.clicked"]})
    anna, subscriber_id = await subscribed(backend, handset)
    buttons = [[{"text": "Later", "callback_data": "y:later"}]]
    sent = await backend.post("/send", {"subscriber_id": subscriber_id, "text": "Ready?", "buttons": buttons})
    assert handset.labels(anna) == ["Later"]
    tap = handset.app.tap(anna, handset.bot, "Later")
    assert await handset.app.wait_for_answer(tap) is not None
    call = await receiver.next()
    event: Json = json.loads(call.body)
    assert event["event"] == "button.clicked"
    assert event["data"] == {
        "subscriber_id": subscriber_id,
        "channel": handset.messenger,
        "callback_data": "y:later",
        "delivery_id": sent["details"][0]["delivery_id"],
    }


async def test_a_button_that_the_message_never_had_is_not_told(
    backend: Backend, handset: Handset, receiver: Receiver
) -> None:
    """Faults 7.4: clients can send any data; only what this very message offered to this chat is told on."""
    await backend.post("/webhooks", {"url": receiver.url, "events": ["button.clicked"]})
    anna, subscriber_id = await subscribed(backend, handset)
    offers = [[{"text": "Refund", "callback_data": "refund:1"}]], [[{"text": "Approve", "callback_data": "approve:1"}]]
    asked = []
    for buttons in offers:
        await backend.post("/send", {"subscriber_id": subscriber_id, "text": "Well?", "buttons": buttons})
        asked.append(handset.newest(anna).id)
    for forged in ("c:refund:99", "c:refund:1", "c:", "c:approve:1 ", "c:Approve"):
        tap = handset.app.forge_tap(anna, handset.bot, forged, message_id=asked[1])
        assert await handset.app.wait_for_answer(tap) is not None
    tap = handset.app.tap(anna, handset.bot, "Approve")
    assert await handset.app.wait_for_answer(tap) is not None
    assert json.loads((await receiver.next()).body)["data"]["callback_data"] == "approve:1"
    assert len(receiver.calls) == 1


async def test_who_does_not_hold_the_permission(backend: Backend) -> None:
    """Is not written to, and the answer says why."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    await backend.post("/permissions", {"key": "news", "title": "News"})
    body = {"subscriber_id": subscriber_id, "text": "News!", "permission": "news"}
    before = handset.chat(anna).last_from_bot
    told = await backend.post("/send", body)
    assert (told["failed"], told["details"][0]["reason"]) == (1, "permission_missing")
    await backend.put(f"/subscribers/{subscriber_id}/permissions", {"permissions": ["news"]})
    assert (await backend.post("/send", body))["sent"] == 1
    assert handset.chat(anna).last_from_bot > before


async def test_who_blocked_the_bot(backend: Backend) -> None:
    """Always 200; the detail says what the messenger said, and no other account of the person gets it instead."""
    handset = backend.town.handset("telegram")
    _, subscriber_id = await subscribed(backend, handset)
    blocked = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
    backend.town.telegram.add_fault(blocked, messenger="telegram", method="sendMessage", count=1)
    told = await backend.post("/send", {"subscriber_id": subscriber_id, "text": "Hello"})
    assert (told["sent"], told["failed"]) == (0, 1)
    assert "blocked" in told["details"][0]["reason"]


async def test_a_slow_messenger(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """``queued`` after a while, and sent all the same."""
    monkeypatch.setattr(send, "WAIT_SECONDS", 0.2)
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    backend.town.telegram.add_fault(Fault("delay", seconds=1.0), messenger="telegram", method="sendMessage", count=1)
    before = handset.chat(anna).last_from_bot
    told = await backend.post("/send", {"subscriber_id": subscriber_id, "text": "Hello"})
    assert (told["sent"], told["failed"], told["details"][0]["status"]) == (0, 0, "queued")
    assert (await handset.next_message(anna, before)).text == "Hello"


async def test_a_test_key_sends_nothing(backend: Backend) -> None:
    """Everything but the sending happens."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    before = handset.chat(anna).last_from_bot
    body = {"subscriber_id": subscriber_id, "text": "Hello"}
    status, told = await backend.ask("POST", "/send", body, key=backend.secrets.test_api_key)
    assert (status, told["sent"]) == (200, 1)
    assert handset.chat(anna).last_from_bot == before


async def test_a_preview(backend: Backend) -> None:
    """What would be sent, and nothing is."""
    body = {"subscriber_id": "x", "text": "<b>Hi</b> &amp; bye", "format": "html"}
    told = await backend.post("/send/preview", body)
    assert told["rendered_text"] == "Hi & bye"
    assert (told["text_length"], told["entities_count"], told["buttons_count"]) == (8, 1, 0)
    assert (told["format"], told["has_media"], told["template_key"]) == ("html", False, None)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"subscriber_id": "00000000-0000-4000-8000-000000000000"}, (404, "subscriber_not_found")),
        ({"external_id": "u-17"}, (400, "mutually_exclusive_identifiers")),
        ({"subscriber_id": None}, (400, "validation_failed")),
        ({"text": ""}, (400, "validation_failed")),
        ({"text": "x" * 4001}, (400, "validation_failed")),
        ({"text": "<b>x", "format": "html"}, (400, "validation_failed")),
        ({"entities": [{"type": "bold", "offset": 5, "length": 9}]}, (400, "validation_failed")),
        ({"entities": [], "format": "plain"}, (400, "validation_failed")),
        ({"buttons": [[{"text": "x"}]]}, (400, "validation_failed")),
        ({"buttons": [[{"text": "x", "url": "javascript:1"}]]}, (400, "validation_failed")),
        ({"buttons": [[{"text": "x", "callback_data": "я" * 32}]]}, (400, "validation_failed")),
        ({"media": {"type": "photo", "url": "file:///etc/passwd"}}, (400, "validation_failed")),
    ],
)
async def test_what_cannot_be_sent(backend: Backend, changes: Json, refusal: tuple[int, str]) -> None:
    """A clear code, and nothing is kept."""
    _, subscriber_id = await subscribed(backend, backend.town.handset("telegram"))
    body = {"subscriber_id": subscriber_id, "text": "Hello", **changes}
    assert await backend.refused("POST", "/send", body) == refusal
    await asyncio.sleep(0)
    assert await backend.town.daemon.services.store.read(lambda unit: unit.outbox.waiting()) == []


async def test_a_lost_answer_can_be_asked_for_again(backend: Backend) -> None:
    """Five at once and one after it under one key: one message. Another request under that key is refused."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    body, once = {"subscriber_id": subscriber_id, "text": "only once"}, {"Idempotency-Key": "order-17_ready"}
    answers = await asyncio.gather(*(backend.ask("POST", "/send", body, headers=once) for _ in range(5)))
    answers.append(await backend.ask("POST", "/send", body, headers=once))
    assert {status for status, _ in answers} == {200}
    assert len({told["details"][0]["delivery_id"] for _, told in answers}) == 1
    said = [message.text for message in handset.chat(anna).messages.values()]
    assert said.count("only once") == 1
    status, told = await backend.ask("POST", "/send", {**body, "text": "other"}, headers=once)
    assert (status, told["code"]) == (409, "idempotency_conflict")
    status, told = await backend.ask("POST", "/send", body, headers={"Idempotency-Key": "x" * 256})
    assert (status, told["code"]) == (400, "validation_failed")
    await backend.town.daemon.services.sweep.sweep()
    assert (await backend.ask("POST", "/send", body, headers=once))[1] == answers[-1][1]


async def test_a_test_never_stands_for_the_real_thing(backend: Backend) -> None:
    """The same request under the same key, tried with the test key first, is sent; each is answered as it was."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    body, once = {"subscriber_id": subscriber_id, "text": "for real"}, {"Idempotency-Key": "order-4711"}
    test_key = backend.secrets.test_api_key
    tried = await backend.ask("POST", "/send", body, key=test_key, headers=once)
    assert "for real" not in [message.text for message in handset.chat(anna).messages.values()]
    sent = await backend.ask("POST", "/send", body, headers=once)
    assert sent[1]["details"][0]["delivery_id"] != tried[1]["details"][0]["delivery_id"]
    assert handset.newest(anna).text == "for real"
    assert await backend.ask("POST", "/send", body, key=test_key, headers=once) == tried
    assert await backend.ask("POST", "/send", body, headers=once) == sent
    wish, monday = {"text": "News"}, {"Idempotency-Key": "monday-news"}
    told = [await backend.ask("POST", "/broadcast", wish, key=key, headers=monday) for key in (test_key, None)]
    assert [status for status, _ in told] == [200, 200]
    assert told[0][1]["job_id"] != told[1][1]["job_id"]


async def test_a_template(backend: Backend) -> None:
    """Filled in, in its own format; a missing variable is named, and a value never becomes markup."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    text = "Order <b>{{ number }}</b> for {{name}}"
    await backend.post("/templates", {"key": "ready", "text": text, "format": "html"})
    assert await backend.refused("POST", "/templates", {"key": "ready", "text": "x"}) == (409, "conflict")
    body = {"subscriber_id": subscriber_id, "template": "ready", "vars": {"number": 17, "name": "<i>Anna & Co.</i>"}}
    assert (await backend.post("/send", body))["sent"] == 1
    assert handset.newest(anna).text == "Order 17 for <i>Anna & Co.</i>"
    status, told = await backend.ask("POST", "/send", {**body, "vars": {"number": 17}})
    assert (status, told["code"]) == (400, "validation_failed")
    assert "vars: name is missing" in told["error"]
    assert await backend.refused("POST", "/send", {**body, "text": "both"}) == (400, "validation_failed")
    assert await backend.refused("POST", "/send", {**body, "template": "none"}) == (404, "not_found")
    await backend.put("/templates/ready", {"text": "Ready: {{number}}"})
    assert (await backend.post("/send/preview", body))["rendered_text"] == "Ready: 17"
    assert (await backend.get("/templates"))["templates"] == [
        {"key": "ready", "text": "Ready: {{number}}", "format": "plain"}
    ]
    assert await backend.refused("POST", "/templates", {"key": "bad", "text": "<b>", "format": "html"}) == (
        400,
        "validation_failed",
    )
    assert (await backend.ask("DELETE", "/templates/ready"))[0] == 200
    assert await backend.refused("PUT", "/templates/ready", {"text": "x"}) == (404, "not_found")
    refused = await backend.refused("POST", "/templates", {"key": "x", "text": "x"}, key=backend.secrets.test_api_key)
    assert refused == (403, "test_key_forbidden")


async def test_a_batch(backend: Backend) -> None:
    """All or none is accepted; who is not found fails alone; under one key it is carried out once."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    nobody = "00000000-0000-4000-8000-000000000000"
    messages = [{"subscriber_id": subscriber_id, "text": "one"}, {"subscriber_id": nobody, "text": "two"}]
    once = {"Idempotency-Key": "batch-of-today"}
    for _ in range(2):
        status, told = await backend.ask("POST", "/send/batch", {"messages": messages}, headers=once)
        assert (status, told["sent"], told["failed"]) == (200, 1, 1)
        assert [detail["reason"] for detail in told["details"]] == [None, "subscriber_not_found"]
    assert [message.text for message in handset.chat(anna).messages.values()].count("one") == 1
    wrong = [*messages, {"subscriber_id": subscriber_id, "text": " "}]
    assert await backend.refused("POST", "/send/batch", {"messages": wrong}) == (400, "validation_failed")
    too_many = {"messages": messages * 51}
    assert await backend.refused("POST", "/send/batch", too_many) == (400, "validation_failed")
