"""Links that bring a one-time code to whoever opens them, in each messenger."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.otp import requests
from emulator import Template
from emulator.people import Person
from tests.stories.backend import Backend, move_in
from tests.stories.handsets import Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.test_otp import MESSENGERS, NUMBER, code_in, kept
from tests.stories.town import Json, Town, town
from tests.waiting import a_moment, patience


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town whose three messengers may carry codes."""
    codes = {"otp_template": "login_code", "otp_languages": ["en_US"]}
    allows = {"allows_one_time_codes": True}
    async with town(tmp_path, clock, messengers=MESSENGERS, max_bot=allows, whatsapp_bot=codes) as built:
        template = Template("login_code", "en_US", "authentication", "{{1}} is your code.")
        built.telegram.whatsapp.add_template(NUMBER, template)
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
async def backend(here: Town) -> Backend:
    """Return the server of a project that says who it is."""
    backend = await move_in(here)
    await backend.put("/sender", {"sender_name": "Teapot", "sender_description": "Everything for tea"})
    return backend


async def requested(backend: Backend, handset: Handset, **wishes: object) -> tuple[str, str]:
    """Ask for links, and return the request's id and the messenger's link."""
    told = await backend.post("/otp/request", wishes)
    return told["request_id"], told[f"{handset.messenger}_link"]


async def status(backend: Backend, request_id: str, key: str | None = None) -> Json:
    """Ask how a request stands."""
    return backend.well(*await backend.ask("GET", f"/otp/request/{request_id}/status", key=key))


async def until_sent(backend: Backend, request_id: str, key: str | None = None) -> Json:
    """Wait until the code is out."""
    async with patience():
        while (told := await status(backend, request_id, key))["status"] == "pending":
            await a_moment()
    assert told["status"] == "sent"
    return told


async def read_code(handset: Handset, person: Person, after: int) -> str:
    """Wait for the code behind a message."""
    return code_in((await handset.next_message(person, after)).text)


async def test_one_tap_subscribes_and_brings_the_code(backend: Backend, handset: Handset) -> None:
    """The bot says who asks; the site learns who it was when the code is out, and verifies as ever."""
    anna = backend.town.visitor()
    request_id, link = await requested(backend, handset, max_attempts=5)
    asked = await handset.open(anna, link)
    assert asked.text.startswith("Teapot (shop.example.com)\nEverything for tea\n\nwants to send you a one-time code")
    assert await status(backend, request_id) == {"status": "pending"}
    assert (await backend.get("/subscribers"))["total"] == 0
    before = handset.chat(anna).last_from_bot
    await handset.tap(anna, "Get the code")
    code = await read_code(handset, anna, before)
    told = await until_sent(backend, request_id)
    (subscriber,) = (await backend.get("/subscribers"))["subscribers"]
    assert (told["subscriber_id"], subscriber["channel"]) == (subscriber["id"], handset.messenger)
    assert "test_code" not in told
    body = {"subscriber_id": told["subscriber_id"], "code": code}
    assert await backend.post("/otp/verify", body) == {"verified": True}


async def test_as_many_digits_as_the_project_says(backend: Backend) -> None:
    """Where the request names no number."""
    handset, anna = backend.town.handset("telegram"), backend.town.visitor()
    await handset.open(anna, (await backend.get("/subscribe-link"))["telegram_link"])
    await backend.put("/sender", {"otp_code_length": 8})
    for terms, digits in (({}, 8), ({"code_length": 4}, 4)):
        _, link = await requested(backend, handset, **terms)
        assert len(code_in((await handset.open(anna, link)).text)) == digits


async def test_a_subscriber_gets_it_at_once(backend: Backend, handset: Handset) -> None:
    """Without a question; the same link opened again brings no second one, and nobody else any."""
    anna, boris = backend.town.visitor(), backend.town.visitor(first_name="Boris", username="boris")
    await handset.open(anna, (await backend.get("/subscribe-link"))[f"{handset.messenger}_link"])
    request_id, link = await requested(backend, handset, code_length=4, purpose="login")
    said = await handset.open(anna, link)
    code = code_in(said.text)
    assert len(code) == 4
    told = await until_sent(backend, request_id)
    handset.app.open_link(anna, link)
    if handset.messenger != "whatsapp":  # where each answer costs money, strangers get none
        assert "used or too old" in (await handset.open(boris, link)).text
    assert kept(backend.town, "SELECT count(*) FROM one_time_codes") == [(1,)]
    body = {"subscriber_id": told["subscriber_id"], "code": code, "purpose": "login"}
    assert await backend.post("/otp/verify", body) == {"verified": True}


async def test_a_no_ends_it(backend: Backend, handset: Handset) -> None:
    """The site is told, nobody is subscribed, and the link is no good any more."""
    anna = backend.town.visitor()
    request_id, link = await requested(backend, handset)
    await handset.open(anna, link)
    await handset.tap(anna, "Cancel")
    assert await status(backend, request_id) == {"status": "cancelled"}
    assert (await backend.get("/subscribers"))["total"] == 0
    if handset.messenger != "whatsapp":
        assert "used or too old" in (await handset.open(anna, link)).text


async def test_it_lives_fifteen_minutes(backend: Backend, clock: MovedClock) -> None:
    """Then neither the link nor the button under the question does anything."""
    handset = backend.town.handset("telegram")
    anna = backend.town.visitor()
    request_id, link = await requested(backend, handset)
    await handset.open(anna, link)
    clock.ahead += timedelta(minutes=15)
    assert await status(backend, request_id) == {"status": "expired"}
    await handset.tap(anna, "Get the code")
    assert "used or too old" in handset.newest(anna).text
    assert (await backend.get("/subscribers"))["total"] == 0
    clock.ahead += timedelta(days=1)
    await backend.town.daemon.services.sweep.sweep()
    assert kept(backend.town, "SELECT * FROM code_requests") == []
    assert await status(backend, request_id) == {"status": "expired"}


async def test_a_request_is_its_project_s(backend: Backend) -> None:
    """Another one is told that there is none, as of an id that never was."""
    handset = backend.town.handset("telegram")
    request_id, _ = await requested(backend, handset)
    apps = backend.town.daemon.services.apps
    other = Backend(backend.town, await apps.create(apps.draft("books", "Books")))
    assert await status(other, request_id) == {"status": "expired"}
    assert await status(backend, "x" * 16) == {"status": "expired"}


async def test_one_channel_has_one_link(backend: Backend) -> None:
    """With ``channel`` only that link is there, without it all; a text in Russian where texts carry the link."""
    told = await backend.post("/otp/request", {"channel": "max"})
    assert set(told) == {"request_id", "max_link", "expires_in"}
    assert told["max_link"].endswith(f"start=otp_{told['request_id']}")
    told = await backend.post("/otp/request", {"lang": "ru"})
    assert set(told) == {"request_id", "telegram_link", "max_link", "whatsapp_link", "expires_in"}
    assert told["whatsapp_link"].endswith(f"%3A%20otp_{told['request_id']}")
    assert told["expires_in"] == 900


async def test_codes_by_links_count_too(backend: Backend) -> None:
    """T19: three an hour, however they were asked for; the person is told so."""
    handset = backend.town.handset("telegram")
    anna = backend.town.visitor()
    await handset.open(anna, (await backend.get("/subscribe-link"))["telegram_link"])
    for _ in range(3):
        _, link = await requested(backend, handset)
        code_in((await handset.open(anna, link)).text)
    request_id, link = await requested(backend, handset)
    assert "three codes within an hour" in (await handset.open(anna, link)).text
    assert await status(backend, request_id) == {"status": "pending"}


async def test_a_test_brings_no_code(backend: Backend) -> None:
    """The site is told it instead, with the test key."""
    handset, key = backend.town.handset("telegram"), backend.secrets.test_api_key
    anna = backend.town.visitor()
    told = backend.well(*await backend.ask("POST", "/otp/request", {}, key=key))
    await handset.open(anna, told["telegram_link"])
    await handset.tap(anna, "Get the code")
    sent = await until_sent(backend, told["request_id"], key)
    assert handset.newest(anna).text.endswith("so no code comes.")
    body = {"subscriber_id": sent["subscriber_id"], "code": sent["test_code"]}
    assert await backend.ask("POST", "/otp/verify", body, key=key) == (200, {"verified": True})


async def test_many_at_once_are_refused(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """T19: a project may have so many open requests; those that are over do not count."""
    monkeypatch.setattr(requests, "OPEN_REQUESTS_LIMIT", 2)
    handset = backend.town.handset("telegram")
    _, link = await requested(backend, handset)
    await requested(backend, handset)
    assert await backend.refused("POST", "/otp/request", {}) == (429, "rate_limit_project")
    anna = backend.town.visitor()
    await handset.open(anna, link)
    await handset.tap(anna, "Cancel")
    await requested(backend, handset)


async def test_two_taps_at_once_bring_one_code(backend: Backend) -> None:
    """Whoever is second gets nothing, and the site hears of one subscriber."""
    handset = backend.town.handset("telegram")
    people = [backend.town.visitor(first_name=name, username=name) for name in ("anna", "boris", "vera")]
    request_id, link = await requested(backend, handset)
    for person in people:
        await handset.open(person, link)
    await asyncio.gather(*(handset.tap(person, "Get the code") for person in people))
    await until_sent(backend, request_id)
    assert kept(backend.town, "SELECT count(*) FROM one_time_codes") == [(1,)]
    assert (await backend.get("/subscribers"))["total"] == 1
