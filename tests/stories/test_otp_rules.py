"""Where a messenger's own rules decide: MAX without a contract, WhatsApp and its templates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator import Template
from emulator.people import Person
from tests.stories.backend import Backend, move_in, subscribed
from tests.stories.handsets import Handset
from tests.stories.test_otp import MESSENGERS, NUMBER, kept, sent
from tests.stories.town import town
from tests.waiting import PATIENCE

NOTICE = {"notice_template": "site_message", "notice_languages": ["en_US"]}


@asynccontextmanager
async def built(folder: Path, **changes: Any) -> AsyncIterator[Backend]:  # noqa: ANN401 - settings by section
    """Build a town whose WhatsApp has approved both templates, and return the project's server."""
    async with town(folder, messengers=MESSENGERS, **changes) as here:
        whatsapp = here.telegram.whatsapp
        whatsapp.add_template(NUMBER, Template("login_code", "en_US", "authentication", "{{1}} is your code."))
        whatsapp.add_template(NUMBER, Template("site_message", "en_US", "utility", "A site writes: {{1}} Bye."))
        await here.daemon.keepers.reached()
        yield await move_in(here)


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Backend]:
    """Return the server of a project where nothing was settled with MAX and WhatsApp."""
    async with built(tmp_path) as backend:
        yield backend


@pytest.fixture
async def settled(tmp_path: Path) -> AsyncIterator[Backend]:
    """Return the server of a project whose operator has templates with WhatsApp."""
    async with built(tmp_path, whatsapp_bot={**NOTICE, "otp_template": "login_code"}) as backend:
        yield backend


@pytest.mark.parametrize("messenger", ["max", "whatsapp"])
async def test_codes_are_off_until_they_are_settled(strict: Backend, messenger: str) -> None:
    """A clear refusal, no message, nothing kept, and no link; other messages go as ever."""
    handset = strict.town.handset(messenger)
    anna, subscriber_id = await subscribed(strict, handset)
    before = handset.chat(anna).last_from_bot
    body = {"subscriber_id": subscriber_id}
    for key in (strict.secrets.api_key, strict.secrets.test_api_key):
        assert await strict.refused("POST", "/otp/send", body, key=key) == (409, "otp_not_allowed")
    by_channel = {"channel": messenger}
    assert await strict.refused("POST", "/otp/request", by_channel) == (409, "otp_not_allowed")
    told = await strict.post("/otp/request", {})
    assert (told["max_link"], told["whatsapp_link"]) == (None, None)
    assert told["telegram_link"]
    assert kept(strict.town, "SELECT * FROM one_time_codes") == []
    assert handset.chat(anna).last_from_bot == before
    assert (await strict.post("/send", {**body, "text": "Hello"}))["sent"] == 1


async def test_a_link_that_was_made_for_another_messenger(strict: Backend) -> None:
    """Brought to a bot that may send no codes it is not even asked about there, and nobody is subscribed."""
    handset = strict.town.handset("max")
    anna = strict.town.visitor()
    request_id = (await strict.post("/otp/request", {}))["request_id"]
    link = (await strict.get("/subscribe-link"))["max_link"].partition("start=")[0]
    assert "used or too old" in (await handset.open(anna, f"{link}start=otp_{request_id}")).text
    assert (await strict.get("/subscribers"))["total"] == 0
    assert (await strict.get(f"/otp/request/{request_id}/status")) == {"status": "pending"}


async def silent(backend: Backend) -> tuple[Handset, Person, str]:
    """Return a subscriber on WhatsApp who has not written for a day."""
    handset = backend.town.handset("whatsapp")
    anna, subscriber_id = await subscribed(backend, handset)
    handset.chat(anna).window_until = 0.0
    return handset, anna, subscriber_id


async def test_a_code_needs_no_open_window(settled: Backend) -> None:
    """Authentication templates may be sent at any time."""
    handset, anna, subscriber_id = await silent(settled)
    code = await sent(settled, handset, anna, subscriber_id)
    assert await settled.post("/otp/verify", {"subscriber_id": subscriber_id, "code": code}) == {"verified": True}


async def test_without_a_template_the_window_is_closed(strict: Backend) -> None:
    """Nothing is sent, the answer says why, and the person counts as well."""
    handset, anna, subscriber_id = await silent(strict)
    before = handset.chat(anna).last_from_bot
    told = await strict.post("/send", {"subscriber_id": subscriber_id, "text": "Ready"})
    assert told["failed"] == 1
    assert "131047" in told["details"][0]["reason"]
    assert handset.chat(anna).last_from_bot == before
    assert kept(strict.town, "SELECT reachable FROM accounts") == [(1,)]


async def test_a_template_brings_a_notice_to_who_was_silent(settled: Backend) -> None:
    """A line becomes the template's parameter; while the window is open the words go by themselves."""
    handset, anna, subscriber_id = await silent(settled)
    body = {"subscriber_id": subscriber_id, "text": "Your order 17 is ready."}
    assert (await settled.post("/send", body))["sent"] == 1
    assert handset.newest(anna).text == "A site writes: Your order 17 is ready. Bye."
    handset.chat(anna).window_until = float("inf")
    assert (await settled.post("/send", body))["sent"] == 1
    assert handset.newest(anna).text == "Your order 17 is ready."


@pytest.mark.parametrize(
    "more",
    [
        {"text": "x" * 1025},
        {"text": "a button", "buttons": [[{"text": "Open", "callback_data": "open"}]]},
        {"text": "a picture", "media": {"type": "photo", "url": "https://shop.example.com/a.jpg"}},
    ],
)
async def test_what_no_parameter_may_be(settled: Backend, more: dict[str, object]) -> None:
    """It stays what it was without a template: refused, for the person's next messenger."""
    handset, anna, subscriber_id = await silent(settled)
    before = handset.chat(anna).last_from_bot
    told = await settled.post("/send", {"subscriber_id": subscriber_id, **more})
    assert "131047" in told["details"][0]["reason"]
    assert handset.chat(anna).last_from_bot == before


@pytest.mark.parametrize("text", ["two\nlines", "two\tlines", "two     lines"])
async def test_a_parameter_is_one_line(settled: Backend, text: str) -> None:
    """Line breaks, tabs and rows of spaces, which no parameter may have, become spaces."""
    handset, anna, subscriber_id = await silent(settled)
    assert (await settled.post("/send", {"subscriber_id": subscriber_id, "text": text}))["sent"] == 1
    assert handset.newest(anna).text == "A site writes: two lines Bye."


async def test_a_notice_that_comes_too_late_afterwards(settled: Backend) -> None:
    """WhatsApp may take the words and say only then that the window is closed: the template brings them."""
    handset = settled.town.handset("whatsapp")
    anna, subscriber_id = await subscribed(settled, handset)
    settled.town.telegram.whatsapp.fail_next(handset.bot, 131047)
    before = handset.chat(anna).last_from_bot
    told = await settled.post("/send", {"subscriber_id": subscriber_id, "text": "Your order 17 is ready."})
    assert told["sent"] == 1
    await handset.app.wait_for_message(anna, handset.bot, after=before + 1, within=PATIENCE)
    assert handset.newest(anna).text == "A site writes: Your order 17 is ready. Bye."


async def test_who_hides_their_number_gets_no_code(settled: Backend) -> None:
    """WhatsApp brings authentication templates to numbers only; the site is told, and the code does not count."""
    handset = settled.town.handset("whatsapp")
    anna = settled.town.visitor()
    handset.app.hide_phone(anna)
    await handset.open(anna, (await settled.get("/subscribe-link"))["whatsapp_link"])
    subscriber_id = (await settled.get("/subscribers"))["subscribers"][0]["id"]
    body = {"subscriber_id": subscriber_id}
    assert await settled.refused("POST", "/otp/send", body) == (409, "subscriber_unreachable")
    assert kept(settled.town, "SELECT * FROM one_time_codes") == []
