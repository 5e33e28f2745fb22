"""Looking back at what was sent: the log, what sites are told of each end, and sending once more."""

import json
import resource
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from emulator.faults import Fault
from http_api.project import send
from tests.stories.backend import Backend, subscribed
from tests.stories.moved_clock import MovedClock
from tests.stories.test_messages import Shop
from tests.stories.test_outbox import PHONE, log_in
from tests.stories.town import Json, Town, town
from tests.waiting import a_moment, patience
from tests.webhooks.receiver import Receiver, receiving

MESSENGERS = ("telegram", "max", "whatsapp")
BLOCKED = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
LOST = Fault("drop", when="after")


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with all three messengers, where webhooks may go to this machine."""
    networks = {"allowed_networks": ["127.0.0.0/8"]}
    async with town(tmp_path, clock, messengers=MESSENGERS, webhooks=networks) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
async def receiver(backend: Backend) -> AsyncIterator[Receiver]:
    """Run a site's webhook that is told how messages end."""
    async with receiving(Receiver()) as there:
        await backend.post("/webhooks", {"url": there.url, "events": ["delivery.success", "delivery.failed"]})
        yield there


async def told_next(receiver: Receiver) -> tuple[str, Json]:
    """Return the next event and its data."""
    event: Json = json.loads((await receiver.next()).body)
    return event["event"], event["data"]


async def write(backend: Backend, subscriber_id: str) -> str:
    """Write to a subscriber, and return the delivery's id."""
    told = await backend.post("/send", {"subscriber_id": subscriber_id, "text": "Hello"})
    return str(told["details"][0]["delivery_id"])


async def test_the_test_key_sees_what_was_sent_with_it(backend: Backend) -> None:
    """Faults 7.11: pages, filters and single messages; a lost test key reads nothing that was written to people."""
    key = backend.secrets.test_api_key
    _, subscriber_id = await subscribed(backend, backend.town.handset("telegram"))
    live = await write(backend, subscriber_id)
    _, told = await backend.ask("POST", "/send", {"subscriber_id": subscriber_id, "text": "Hello"}, key=key)
    test = told["details"][0]["delivery_id"]
    for path, seen in (
        ("/deliveries", [test]),
        ("/deliveries?status=failed", []),
        ("/deliveries?limit=1", [test]),
    ):
        _, page = await backend.ask("GET", path, key=key)
        assert [each["delivery_id"] for each in page["deliveries"]] == seen
    assert (await backend.ask("GET", f"/deliveries/{test}", key=key))[0] == 200
    assert await backend.refused("GET", f"/deliveries/{live}", key=key) == (404, "not_found")
    assert await backend.refused("GET", f"/deliveries?cursor={live}", key=key) == (400, "validation_failed")
    assert [each["delivery_id"] for each in (await backend.get("/deliveries"))["deliveries"]] == [test, live]


async def test_every_end_is_told_and_logged(
    backend: Backend, receiver: Receiver, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken, blocked, unknown and expired: each event names the row of the log that says the same."""
    monkeypatch.setattr(send, "WAIT_SECONDS", 0.2)
    telegram = backend.town.telegram
    _, subscriber_id = await subscribed(backend, backend.town.handset("telegram"))
    who = {"subscriber_id": subscriber_id, "channel": "telegram"}

    taken = await write(backend, subscriber_id)
    assert await told_next(receiver) == ("delivery.success", {**who, "delivery_id": taken})

    telegram.add_fault(LOST, messenger="telegram", method="sendMessage", count=1)
    unknown = await write(backend, subscriber_id)
    event, data = await told_next(receiver)
    assert (event, data["delivery_id"], data["status"]) == ("delivery.failed", unknown, "unknown")

    telegram.outage(502)
    expired = await write(backend, subscriber_id)
    clock.ahead += timedelta(days=1, minutes=15)
    event, data = await told_next(receiver)
    assert (event, data["delivery_id"], data["status"], data["reason"]) == (
        "delivery.failed",
        expired,
        "expired",
        "ttl",
    )
    telegram.outage(None)

    telegram.add_fault(BLOCKED, messenger="telegram", method="sendMessage", count=1)
    blocked = await write(backend, subscriber_id)
    event, data = await told_next(receiver)
    assert event == "delivery.failed"
    assert (data["delivery_id"], data["status"], data["reason"]) == (blocked, "failed", BLOCKED.description)

    rows = (await backend.get("/deliveries"))["deliveries"]
    assert [(row["delivery_id"], row["status"]) for row in rows] == [
        (blocked, "failed"),
        (expired, "expired"),
        (unknown, "unknown"),
        (taken, "sent"),
    ]
    assert rows[-1] == {
        **who,
        "delivery_id": taken,
        "status": "sent",
        "reason": None,
        "attempts": 1,
        "created_at": rows[-1]["created_at"],
        "sent_at": rows[-1]["sent_at"],
        "is_test": False,
    }
    assert rows[-1]["sent_at"] is not None
    assert {row["sent_at"] for row in rows[:-1]} == {None}


async def test_what_fails_after_it_was_sent(backend: Backend, receiver: Receiver) -> None:
    """WhatsApp takes a message, and says afterwards that it could not be brought: told, and logged as failed."""
    handset = backend.town.handset("whatsapp")
    anna, subscriber_id = await subscribed(backend, handset)
    handset.app.block(anna, handset.bot)
    delivery_id = await write(backend, subscriber_id)
    event, data = await told_next(receiver)
    if event == "delivery.success":  # its news may be faster than our own writing, and then that is all there is
        event, data = await told_next(receiver)
    assert (event, data["delivery_id"], data["status"]) == ("delivery.failed", delivery_id, "failed")
    assert data["reason"].startswith("1310")
    row = await backend.get(f"/deliveries/{delivery_id}")
    assert (row["status"], row["reason"], row["sent_at"]) == ("failed", data["reason"], None)
    assert [each["outcome"] for each in row["tried"]] == ["refused"]


async def test_the_log_in_pages(backend: Backend) -> None:
    """Newest first, each row once; only those in a state; nobody else's cursor, and never a text."""
    telegram = backend.town.telegram
    _, subscriber_id = await subscribed(backend, backend.town.handset("telegram"))
    ids = []
    for number in range(5):
        if number % 2:
            telegram.add_fault(LOST, messenger="telegram", method="sendMessage", count=1)
        ids.append(await write(backend, subscriber_id))
    seen, cursor = [], ""
    while True:
        page = await backend.get(f"/deliveries?limit=2{cursor}")
        seen += [row["delivery_id"] for row in page["deliveries"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ids[::-1]
    page = await backend.get("/deliveries?status=unknown&limit=1")
    assert ([row["delivery_id"] for row in page["deliveries"]], page["next_cursor"]) == ([ids[3]], ids[3])
    page = await backend.get(f"/deliveries?status=unknown&cursor={ids[3]}")
    assert ([row["delivery_id"] for row in page["deliveries"]], page["next_cursor"]) == ([ids[1]], None)
    assert "Hello" not in json.dumps(page)
    for query in ("status=sent", "limit=0", "limit=201", "cursor=x"):
        assert await backend.refused("GET", f"/deliveries?{query}") == (400, "validation_failed")


async def test_one_is_sent_once_more(backend: Backend, receiver: Receiver) -> None:
    """Only what did not arrive, only by who may change something, and never another project's."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    backend.town.telegram.add_fault(LOST, messenger="telegram", method="sendMessage", count=1)
    lost = await write(backend, subscriber_id)
    await told_next(receiver)
    path = f"/deliveries/{lost}/replay"
    assert await backend.refused("POST", path, key=backend.secrets.test_api_key) == (403, "test_key_forbidden")
    assert await backend.refused("POST", f"/deliveries/{'0' * 24}/replay") == (404, "not_found")
    services = backend.town.daemon.services
    other = services.apps.draft("other", "Other")
    keys = await services.apps.create(other)
    for method, theirs in (("GET", f"/deliveries/{lost}"), ("POST", path)):
        assert await backend.refused(method, theirs, key=keys.api_key) == (404, "not_found")
    assert await backend.refused("GET", f"/deliveries?cursor={lost}", key=keys.api_key) == (400, "validation_failed")
    before = handset.chat(anna).last_from_bot
    assert (await backend.post(path, {}))["status"] == "queued"
    assert (await handset.next_message(anna, before)).text == "Hello"
    assert (await told_next(receiver))[0] == "delivery.success"
    assert await backend.refused("POST", path) == (409, "conflict")
    tried = (await backend.get(f"/deliveries/{lost}"))["tried"]
    assert [(each["channel"], each["outcome"]) for each in tried] == [("telegram", "unsure"), ("telegram", "sent")]


async def ask(shop: Shop, method: str, path: str) -> tuple[int, Json]:
    """Call the site API with the message token."""
    headers = {"X-Authorization": f"token {shop.token}"}
    async with shop.town.browser.request(method, f"{shop.town.url}/api/v1{path}", headers=headers) as answer:
        told: Json = await answer.json()
        return answer.status, told


async def test_the_site_dialect_looks_back_too(here: Town) -> None:
    """What did not arrive is listed; one is sent once more under its id, and then it cannot be again."""
    shop = Shop(here, (await here.daemon.services.apps.rotate_keys(here.app.app_id)).message_api_token)
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    here.telegram.add_fault(LOST, messenger="telegram", method="sendMessage", count=1)
    status, told = await shop.send({"recipient": PHONE, "message": "Hello"})
    assert (status, told["status"]) == (202, "unknown")
    lost = told["correlation_id"]
    status, page = await ask(shop, "GET", "/messages?status=undelivered&limit=10")
    assert (status, page["success"], page["next_cursor"]) == (200, True, None)
    (row,) = page["messages"]
    assert (row["correlation_id"], row["status"], row["platform"]) == (lost, "unknown", "telegram")
    status, told = await ask(shop, "POST", f"/message/{lost}/replay")
    assert (status, told["success"], told["correlation_id"]) == (200, True, lost)
    status, told = await ask(shop, "POST", f"/message/{lost}/replay")
    assert (status, told["error"]) == (409, "MESSAGE_NOT_REPLAYABLE")
    assert (await ask(shop, "POST", f"/message/{'0' * 24}/replay"))[1]["error"] == "MESSAGE_NOT_FOUND"
    assert (await ask(shop, "GET", "/messages?limit=0"))[1]["error"] == "VALIDATION_ERROR"
    assert (await ask(shop, "GET", f"/messages?cursor={'0' * 24}"))[1]["error"] == "VALIDATION_ERROR"
    assert (await ask(shop, "GET", "/messages"))[1]["messages"] == []
    stranger = Shop(here, "gp_msg_wrong")
    assert (await ask(stranger, "GET", "/messages"))[0] == 401


async def test_whom_an_app_may_not_write_to_is_not_told_apart(here: Town) -> None:
    """A stranger, who left, who blocked the bot, and who is somebody else's: one answer, to the letter."""
    shop = Shop(here, (await here.daemon.services.apps.rotate_keys(here.app.app_id)).message_api_token)
    left, blocked = here.visitor(phone="+79990000002"), here.visitor(phone="+79990000003")
    for person in (left, blocked):
        await log_in(here, person, "telegram")
    await here.handset("telegram").say(left, "/stop")
    here.telegram.block(blocked, here.handset("telegram").bot)
    services = here.daemon.services
    async with patience():
        while (await services.store.read(lambda unit: reachable(unit, "+79990000003"))) is True:
            await a_moment()
    answers = []
    for phone in ("+79990000001", "+79990000002", "+79990000003"):
        status, told = await shop.send({"recipient": phone, "message": "Hello"})
        told.pop("correlation_id")
        answers.append((status, told))
    assert answers[0][0] == 404
    assert answers[0][1]["error"] == "RECIPIENT_NOT_FOUND"
    assert answers[1:] == answers[:1] * 2


def reachable(unit: Any, phone: str) -> bool:  # noqa: ANN401 - a unit, of which only people are looked at
    """Tell whether anybody can be reached who has the phone."""
    holder = unit.people.by_phone(phone)
    return any(account.reachable for account in unit.people.accounts_of(holder.person_id))


@pytest.mark.parametrize("text", ["x" * 4001, "\U0001f600" * 2001, "x" * 30_000])
async def test_a_text_that_is_too_long(here: Town, text: str) -> None:
    """Messengers count in UTF-16 units, in which an emoji is two; one code, however it was too long."""
    shop = Shop(here, (await here.daemon.services.apps.rotate_keys(here.app.app_id)).message_api_token)
    status, told = await shop.send({"recipient": PHONE, "message": text})
    assert (status, told["error"]) == (400, "MESSAGE_TOO_LONG")


async def test_a_full_disk_accepts_nothing(here: Town, backend: Backend) -> None:
    """Both dialects say 503, and nothing of it is ever sent; with room again the same request goes well, once."""
    shop = Shop(here, backend.secrets.message_api_token)
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    subscriber_id = (await backend.get("/subscribers"))["subscribers"][0]["id"]
    body = {"subscriber_id": subscriber_id, "text": "by project"}
    log = here.folder / "gatepost.db-wal"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, hard))
    try:
        refused = await backend.ask("POST", "/send", body)
        also = await shop.send({"recipient": PHONE, "message": "by site"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (refused[0], refused[1]["code"], also[0]) == (503, "platform_busy", 503)
    assert (await backend.get("/deliveries"))["deliveries"] == []
    assert (await backend.post("/send", body))["sent"] == 1
    assert (await shop.send({"recipient": PHONE, "message": "by site"}))[0] == 200
    said = [message.text for message in here.handset("telegram").chat(anna).messages.values()]
    assert (said.count("by project"), said.count("by site")) == (1, 1)
