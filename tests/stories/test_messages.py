"""Writing to people by phone over the site API, to the letter of its contract."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.model.ids import MessageId
from emulator.faults import Fault
from http_api.site import messages
from tests.stories.handsets import Handset
from tests.stories.test_outbox import PHONE, log_in
from tests.stories.town import Json, Town, town

MESSENGERS = ("telegram", "max", "whatsapp")


@dataclass
class Shop:
    """The site's server: it has the app's message token."""

    town: Town
    token: str

    async def send(self, body: object, token: str | None = None) -> tuple[int, Json]:
        """Send a message."""
        headers = {"X-Authorization": f"token {self.token if token is None else token}"}
        url = f"{self.town.url}/api/v1/message/send"
        async with self.town.browser.post(url, json=body, headers=headers) as answer:
            told: Json = await answer.json()
            return answer.status, told

    async def find(self, correlation_id: str) -> tuple[int, Json]:
        """Ask how far a message has come."""
        headers = {"X-Authorization": f"token {self.token}"}
        url = f"{self.town.url}/api/v1/message/{correlation_id}"
        async with self.town.browser.get(url, headers=headers) as answer:
            told: Json = await answer.json()
            return answer.status, told


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town with all three messengers."""
    async with town(tmp_path, messengers=MESSENGERS) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
async def shop(here: Town) -> Shop:
    """Return the site's server."""
    secrets = await here.daemon.services.apps.rotate_keys(here.app.app_id)
    return Shop(here, secrets.message_api_token)


async def test_the_answer_comes_when_a_messenger_took_it(shop: Shop, handset: Handset) -> None:
    """All five fields, as they are documented; later the log knows the same."""
    anna = shop.town.visitor(phone=PHONE)
    await log_in(shop.town, anna, handset.messenger)
    status, told = await shop.send({"recipient": "+7 999 123-45-67", "message": "Hello from API"})
    assert status == 200, told
    assert told.keys() == {"success", "platform", "message_id", "sent_at", "correlation_id"}
    assert (told["success"], told["platform"]) == (True, handset.messenger)
    assert isinstance(told["message_id"], str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["sent_at"])
    assert re.fullmatch(r"[0-9a-f]{24}", told["correlation_id"])
    assert handset.newest(anna).text == "Hello from API"
    status, found = await shop.find(told["correlation_id"])
    assert status == 200
    assert found["status"] in {"sent", "delivered", "read"}
    assert {name: found[name] for name in told} == told
    assert [attempt["outcome"] for attempt in found["attempts"]] == ["sent"]


async def test_nobody_takes_it(shop: Shop) -> None:
    """502, with what each messenger said."""
    anna = shop.town.visitor(phone=PHONE)
    await log_in(shop.town, anna, "telegram")
    blocked = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
    shop.town.telegram.add_fault(blocked, messenger="telegram", method="sendMessage", count=1)
    status, told = await shop.send({"recipient": PHONE, "message": "Hello"})
    assert (status, told["success"], told["error"]) == (502, False, "DELIVERY_FAILED")
    (attempt,) = told["attempts"]
    assert (attempt["platform"], attempt["outcome"]) == ("telegram", "unreachable")
    assert "blocked" in attempt["reason"]
    assert (await shop.find(told["correlation_id"]))[1]["status"] == "failed"


async def test_no_outcome_in_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """202 and ``queued``; it is sent afterwards all the same, under the same id."""
    monkeypatch.setattr(messages, "WAIT_SECONDS", 0.2)
    anna = shop.town.visitor(phone=PHONE)
    await log_in(shop.town, anna, "telegram")
    shop.town.telegram.add_fault(Fault("delay", seconds=1.0), messenger="telegram", method="sendMessage", count=1)
    status, told = await shop.send({"recipient": PHONE, "message": "Hello"})
    assert (status, told["success"], told["status"]) == (202, True, "queued")
    await shop.town.daemon.services.submission.wait(MessageId(told["correlation_id"]), 10)
    assert (await shop.find(told["correlation_id"]))[1]["status"] == "sent"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"recipient": "79991234567", "message": "x"}, (400, "INVALID_RECIPIENT")),
        ({"recipient": "anna", "message": "x"}, (400, "INVALID_RECIPIENT")),
        ({"recipient": PHONE, "message": " "}, (400, "MESSAGE_EMPTY")),
        ({"recipient": PHONE, "message": "x" * 4001}, (400, "MESSAGE_TOO_LONG")),
        ({"recipient": PHONE}, (400, "VALIDATION_ERROR")),
        ({"recipient": 7, "message": "x"}, (400, "VALIDATION_ERROR")),
        ({"recipient": PHONE, "message": "x", "ttl": 1}, (400, "VALIDATION_ERROR")),
        ({"recipient": PHONE, "message": "x"}, (404, "RECIPIENT_NOT_FOUND")),
    ],
)
async def test_what_cannot_be_sent(shop: Shop, body: object, refusal: tuple[int, str]) -> None:
    """A clear code, and nothing is kept."""
    status, told = await shop.send(body)
    assert (status, told["error"]) == refusal
    assert await shop.town.daemon.services.store.read(lambda unit: unit.outbox.waiting()) == []


async def test_who_may_send(shop: Shop) -> None:
    """The message token alone; another app's tells nothing of this one's messages."""
    services = shop.town.daemon.services
    other = await services.apps.create(services.apps.draft("other", "Other"))
    keys = await services.apps.rotate_keys(shop.town.app.app_id)
    body = {"recipient": PHONE, "message": "x"}
    for wrong in ("", "x", keys.api_key, keys.test_api_key):
        status, told = await shop.send(body, wrong)
        assert (status, told["error"]) == (401, "UNAUTHORIZED")
    anna = shop.town.visitor(phone=PHONE)
    await log_in(shop.town, anna, "telegram")
    _, sent = await shop.send(body)
    stranger = Shop(shop.town, other.message_api_token)
    status, told = await stranger.find(sent["correlation_id"])
    assert (status, told["error"]) == (404, "MESSAGE_NOT_FOUND")
    status, told = await stranger.send(body)
    assert (status, told["error"]) == (404, "RECIPIENT_NOT_FOUND")
    await services.apps.change(replace(shop.town.app, enabled=False))
    status, told = await shop.send(body)
    assert (status, told["error"]) == (403, "APP_DISABLED")
