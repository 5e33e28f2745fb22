"""One-time codes over the project API: sent, verified, guessed at, by each messenger."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.otp.code import TEST_SUBSCRIBER
from core.model.sending.outbox_message import MessageState, Priority
from emulator import Template
from emulator.faults import Fault
from emulator.people import Person
from http_api.project import otp
from tests.stories.backend import Backend, subscribed
from tests.stories.handsets import Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Json, Town, town
from tests.waiting import a_moment, patience
from tests.webhooks.receiver import Receiver

MESSENGERS = ("telegram", "max", "whatsapp")
OTP_EVENTS = ["otp.sent", "otp.verified", "otp.failed_attempt", "otp.max_attempts_reached"]
NUMBER = "15550001111"


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town whose three messengers may carry codes, and where webhooks may go to this machine."""
    async with town(
        tmp_path,
        clock,
        messengers=MESSENGERS,
        max_bot={"allows_one_time_codes": True},
        whatsapp_bot={"otp_template": "login_code", "otp_languages": ["ru", "en_US"]},
        webhooks={"allowed_networks": ["127.0.0.0/8"]},
    ) as built:
        whatsapp = built.telegram.whatsapp
        for language, body in (("en_US", "{{1}} is your code."), ("ru", "{{1}} – ваш код.")):
            whatsapp.add_template(NUMBER, Template("login_code", language, "authentication", body))
        await built.daemon.keepers.reached()
        yield built


def code_in(text: str) -> str:
    """Return the digits of a message."""
    found = re.search(r"\b(\d{4}|\d{6}|\d{8})\b", text)
    assert found, text
    return found[1]


def other_than(code: str) -> str:
    """Return a wrong code."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


async def sent(backend: Backend, handset: Handset, anna: Person, subscriber_id: str, **terms: object) -> str:
    """Send a code, and return what the person reads."""
    told = await backend.post("/otp/send", {"subscriber_id": subscriber_id, **terms})
    assert told == {"sent": True, "expires_in_seconds": int(str(terms.get("ttl_minutes", 5))) * 60}
    return code_in(handset.newest(anna).text)


def kept(here: Town, query: str) -> list[tuple[object, ...]]:
    """Ask the database as another program would."""
    with closing(sqlite3.connect(here.folder / "gatepost.db")) as database:
        return database.execute(query).fetchall()


async def test_a_code_is_sent_and_verified(backend: Backend, handset: Handset) -> None:
    """It comes with the project's name, works once, and nobody can read it where it was kept."""
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id)
    assert len(code) == 6
    said = handset.newest(anna)
    if handset.messenger == "whatsapp":
        assert said.text == f"{code} is your code."
        assert [[button["text"] for button in row] for row in said.inline_keyboard] == [["Copy code"]]
    else:
        assert "Teapot & Co. (shop.example.com)" in said.text
        assert "for 5 minutes. Never tell it to anybody" in said.text
    ((content, priority),) = kept(backend.town, "SELECT content, priority FROM notices WHERE cause LIKE 'otp %'")
    assert (content, priority) == (b"", Priority.LOGIN)
    body = {"subscriber_id": subscriber_id, "code": code}
    assert await backend.post("/otp/verify", body) == {"verified": True}
    assert await backend.refused("POST", "/otp/verify", body) == (404, "not_found")
    assert kept(backend.town, "SELECT digest FROM one_time_codes") == [(None,)]


async def test_the_code_can_be_copied_by_a_tap(backend: Backend) -> None:
    """In Telegram it stands in the text as code."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id, code_length=8)
    (look,) = handset.newest(anna).entities
    assert (look["type"], look["offset"], look["length"]) == ("code", 0, len(code))


async def test_the_site_s_own_words(backend: Backend) -> None:
    """An ``otp_template`` is filled in and signed; one that cannot be read is refused when it is set."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    await backend.put("/sender", {"sender_name": "Teapot", "otp_template": "<code>{{code}}</code>, {{minutes}} min"})
    code = await sent(backend, handset, anna, subscriber_id, ttl_minutes=30)
    assert handset.newest(anna).text == f"{code}, 30 min\n\n— Teapot"
    bad = {"otp_template": "<code>{{code}}"}
    assert await backend.refused("PUT", "/sender", bad) == (400, "validation_failed")


async def test_as_many_digits_as_the_project_says(backend: Backend) -> None:
    """Six, or what it has set once for all; a call that names a number has that."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    assert len(await sent(backend, handset, anna, subscriber_id)) == 6
    assert (await backend.put("/sender", {"otp_code_length": 4}))["otp_code_length"] == 4
    code = await sent(backend, handset, anna, subscriber_id)
    assert len(code) == 4
    assert await backend.post("/otp/verify", {"subscriber_id": subscriber_id, "code": code}) == {"verified": True}
    assert len(await sent(backend, handset, anna, subscriber_id, code_length=8)) == 8


async def test_who_speaks_russian_is_told_in_russian(backend: Backend) -> None:
    """The template's language is the person's, if it is approved in that."""
    handset = backend.town.handset("whatsapp")
    anna, subscriber_id = await subscribed(backend, handset)
    await handset.say(anna, "/lang")
    before = handset.chat(anna).last_from_bot
    handset.app.tap(anna, handset.bot, "Русский")
    await handset.next_message(anna, before)
    await sent(backend, handset, anna, subscriber_id)
    assert handset.newest(anna).text.endswith(" – ваш код.")


async def test_five_hundred_at_once_with_the_right_code(backend: Backend) -> None:
    """One wins, and all others are told that there is no code any more."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id)
    services, app_id = backend.town.daemon.services, backend.town.app.app_id
    guesses = (services.one_time_codes.verify(app_id, subscriber_id, "", code, is_test=False) for _ in range(400))
    body = {"subscriber_id": subscriber_id, "code": code}
    answers = asyncio.gather(*(backend.ask("POST", "/otp/verify", body) for _ in range(100)))
    inside = await asyncio.gather(*guesses, return_exceptions=True)
    statuses = [status for status, _ in await answers]
    assert statuses.count(200) + inside.count(None) == 1
    assert set(statuses) <= {200, 404}


async def test_wrong_guesses_at_once_are_counted(backend: Backend) -> None:
    """T19: however many come together, only so many are looked at; then the right code is no good either."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id, max_attempts=4)
    wrong = {"subscriber_id": subscriber_id, "code": other_than(code)}
    answers = await asyncio.gather(*(backend.ask("POST", "/otp/verify", wrong) for _ in range(60)))
    told = [(status, answer["code"]) for status, answer in answers]
    assert told.count((400, "bad_request")) == 4
    assert told.count((404, "not_found")) == 56
    right = {"subscriber_id": subscriber_id, "code": code}
    assert await backend.refused("POST", "/otp/verify", right) == (404, "not_found")


@pytest.mark.parametrize(
    "typed",
    [
        " {0} ",
        "{1}-{2}",
        "{1} {2}",
        "{1}\u00a0{2}",
        "\u200e{0}\u200f",
        "{1}\u2011{2}",
        "code: {0}",
        "{wide}",
        "{persian}",
    ],
)
async def test_a_code_is_taken_as_it_is_meant(backend: Backend, typed: str) -> None:
    """Faults 1.1: in the digits of every script, with what keyboards put around and between them."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id, max_attempts=1)
    wide, persian = ("".join(chr(ord(first) + int(digit)) for digit in code) for first in ("\uff10", "\u06f0"))
    body = {"subscriber_id": subscriber_id, "code": typed.format(code, code[:3], code[3:], wide=wide, persian=persian)}
    assert await backend.post("/otp/verify", body) == {"verified": True}


async def test_what_is_no_code_at_all_costs_no_guess(backend: Backend) -> None:
    """Faults 1.1: too few digits, too many or none; a wrong code costs one, and each refusal says how many are left."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id, max_attempts=2)
    body = {"subscriber_id": subscriber_id}
    for typed in ("", "12345", "1234567", "what code?", "٠١٢٣"):
        if typed:
            status, told = await backend.ask("POST", "/otp/verify", {**body, "code": typed})
            assert (status, told["code"], told["reason"], told["attempts_left"]) == (400, "bad_request", "otp_wrong", 2)
    _, told = await backend.ask("POST", "/otp/verify", {**body, "code": other_than(code)})
    assert (told["reason"], told["attempts_left"]) == ("otp_wrong", 1)
    assert await backend.post("/otp/verify", {**body, "code": code}) == {"verified": True}


async def test_why_a_code_is_not_taken(backend: Backend, clock: MovedClock) -> None:
    """Faults 2.5: beside the contract's status and code stands whether it was used, guessed away, or is too old."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    reasons: dict[str, str] = {}
    for purpose in ("otp_used", "otp_exhausted", "otp_expired"):
        code = await sent(backend, handset, anna, subscriber_id, purpose=purpose, max_attempts=1, ttl_minutes=1)
        body = {"subscriber_id": subscriber_id, "purpose": purpose, "code": code}
        if purpose == "otp_used":
            await backend.post("/otp/verify", body)
        elif purpose == "otp_exhausted":
            status, told = await backend.ask("POST", "/otp/verify", {**body, "code": other_than(code)})
            assert (status, told["reason"], told["attempts_left"]) == (400, "otp_wrong", 0)
        else:
            clock.ahead += timedelta(minutes=2)
        status, told = await backend.ask("POST", "/otp/verify", body)
        assert (status, told["code"], told["attempts_left"]) == (404, "not_found", 0)
        reasons[purpose] = told["reason"]
    assert all(purpose == reason for purpose, reason in reasons.items())
    _, told = await backend.ask(
        "POST", "/otp/verify", {"subscriber_id": subscriber_id, "purpose": "never sent", "code": "123456"}
    )
    assert "reason" not in told


async def test_a_code_goes_to_whom_the_site_names_by_its_own_id(backend: Backend) -> None:
    """Faults 2.5: ``external_id`` finds the subscriber, and the answer says by which id the code is verified."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    await backend.put(f"/subscribers/{subscriber_id}", {"external_id": "u-17"})
    told = await backend.post("/otp/send", {"external_id": "u-17"})
    assert (told["sent"], told["subscriber_id"]) == (True, subscriber_id)
    body = {"subscriber_id": subscriber_id, "code": code_in(handset.newest(anna).text)}
    assert await backend.post("/otp/verify", body) == {"verified": True}
    both = {"external_id": "u-17", "subscriber_id": subscriber_id}
    assert await backend.refused("POST", "/otp/send", both) == (400, "mutually_exclusive_identifiers")
    assert await backend.refused("POST", "/otp/send", {}) == (400, "validation_failed")
    assert await backend.refused("POST", "/otp/send", {"external_id": "u-18"}) == (404, "subscriber_not_found")


async def test_a_new_code_ends_the_one_before(backend: Backend) -> None:
    """Of the same purpose; those of other purposes stay, and a code is good for its own purpose only."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    login = await sent(backend, handset, anna, subscriber_id, purpose="login")
    first = await sent(backend, handset, anna, subscriber_id, purpose="payment")
    second = await sent(backend, handset, anna, subscriber_id, purpose="payment", code_length=4)
    body = {"subscriber_id": subscriber_id, "purpose": "payment"}
    assert await backend.refused("POST", "/otp/verify", {**body, "code": first}) == (400, "bad_request")
    assert await backend.refused("POST", "/otp/verify", {**body, "code": login}) == (400, "bad_request")
    nothing = {"subscriber_id": subscriber_id, "code": second}
    assert await backend.refused("POST", "/otp/verify", nothing) == (404, "not_found")
    assert await backend.post("/otp/verify", {**body, "code": second}) == {"verified": True}
    assert await backend.post("/otp/verify", {**body, "purpose": "login", "code": login}) == {"verified": True}


async def test_three_codes_an_hour(backend: Backend, clock: MovedClock) -> None:
    """T19: the fourth is refused, with how long to wait; the test key's do not count."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    test_key = backend.secrets.test_api_key
    for number in range(3):
        await sent(backend, handset, anna, subscriber_id, purpose=f"p{number}")
        clock.ahead += timedelta(minutes=10)
    url, body = f"{backend.town.url}/v1/otp/send", {"subscriber_id": subscriber_id}
    headers = {"Authorization": f"Bearer {backend.secrets.api_key}"}
    async with backend.town.browser.post(url, json=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (429, "rate_limit_project")
        assert 29 * 60 < int(answer.headers["Retry-After"]) <= 30 * 60
    assert (await backend.ask("POST", "/otp/send", body, key=test_key))[0] == 200
    clock.ahead += timedelta(minutes=30)
    await sent(backend, handset, anna, subscriber_id)


async def test_a_code_grows_old(backend: Backend, clock: MovedClock) -> None:
    """To the minute that was asked for; a day later nothing of it is left."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id, ttl_minutes=1)
    body = {"subscriber_id": subscriber_id, "code": code}
    clock.ahead += timedelta(seconds=61)
    assert await backend.refused("POST", "/otp/verify", body) == (404, "not_found")
    clock.ahead += timedelta(days=1)
    await backend.town.daemon.services.sweep.sweep()
    assert kept(backend.town, "SELECT * FROM one_time_codes") == []


async def test_a_code_that_is_late_is_never_brought(
    backend: Backend, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A messenger that is down: told so at once, the code is taken back, and does not count as one that was sent."""
    monkeypatch.setattr(otp, "WAIT_SECONDS", 0.3)
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    before = handset.chat(anna).last_from_bot
    backend.town.telegram.outage(502)
    body = {"subscriber_id": subscriber_id}
    for _ in range(4):
        assert await backend.refused("POST", "/otp/send", body) == (503, "platform_busy")
    backend.town.telegram.outage(None)
    assert kept(backend.town, "SELECT DISTINCT state, content FROM notices") == [(MessageState.CANCELLED, b"")]
    assert kept(backend.town, "SELECT * FROM one_time_codes") == []
    clock.ahead += timedelta(minutes=2)
    monkeypatch.setattr(otp, "WAIT_SECONDS", 10.0)
    code = await sent(backend, handset, anna, subscriber_id)
    texts = [each.text for number, each in handset.chat(anna).messages.items() if number > before]
    assert len(texts) == 1
    assert code in texts[0]


async def until_refused_once(here: Town) -> None:
    """Wait until the messenger has said that it is busy, so that the lane pauses."""
    async with patience():
        while kept(here, "SELECT state FROM notices WHERE attempts = 1") != [("accepted",)]:
            await a_moment()


async def until_waiting(here: Town, count: int) -> None:
    """Wait until so many messages were accepted."""
    async with patience():
        while kept(here, "SELECT count(*) FROM notices") != [(count,)]:
            await a_moment()


def busy_for_a_minute(here: Town) -> None:
    """Let Telegram refuse one message, and ask to wait."""
    busy = Fault("status", status=429, description="Too Many Requests", retry_after=60)
    here.telegram.add_fault(busy, messenger="telegram", method="sendMessage", count=1)


async def test_a_code_whose_place_was_taken_while_it_waited(backend: Backend, clock: MovedClock) -> None:
    """Whoever waits for it is told at once; only the newer one is brought."""
    handset, here = backend.town.handset("telegram"), backend.town
    anna, subscriber_id = await subscribed(backend, handset)
    before = handset.chat(anna).last_from_bot
    busy_for_a_minute(here)
    body = {"subscriber_id": subscriber_id}
    first = asyncio.create_task(backend.refused("POST", "/otp/send", body))
    await until_refused_once(here)
    second = asyncio.create_task(backend.post("/otp/send", body))
    assert await first == (409, "conflict")
    clock.ahead += timedelta(seconds=90)
    assert (await second)["sent"] is True
    (text,) = [message.text for number, message in handset.chat(anna).messages.items() if number > before]
    assert await backend.post("/otp/verify", {**body, "code": code_in(text)}) == {"verified": True}


async def test_a_code_goes_before_other_messages(backend: Backend, clock: MovedClock) -> None:
    """What waits already for the same bot comes after it, whoever asked first."""
    handset, here = backend.town.handset("telegram"), backend.town
    anna, subscriber_id = await subscribed(backend, handset)
    before = handset.chat(anna).last_from_bot
    busy_for_a_minute(here)
    body = {"subscriber_id": subscriber_id}
    asked = [asyncio.create_task(backend.post("/send", {**body, "text": "News 0"}))]
    await until_refused_once(here)
    asked += [asyncio.create_task(backend.post("/send", {**body, "text": f"News {number}"})) for number in (1, 2)]
    await until_waiting(here, 3)
    asked.append(asyncio.create_task(backend.post("/otp/send", body)))
    await until_waiting(here, 4)
    clock.ahead += timedelta(seconds=90)
    await asyncio.gather(*asked)
    texts = [message.text for number, message in handset.chat(anna).messages.items() if number > before]
    assert "is your code for Teapot & Co." in texts[0]


async def test_who_blocked_the_bot(backend: Backend) -> None:
    """They cannot be reached, at once and the next time; nothing of it counts."""
    handset = backend.town.handset("telegram")
    _, subscriber_id = await subscribed(backend, handset)
    blocked = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
    backend.town.telegram.add_fault(blocked, messenger="telegram", method="sendMessage", count=1)
    for _ in range(2):
        refused = await backend.refused("POST", "/otp/send", {"subscriber_id": subscriber_id})
        assert refused == (409, "subscriber_unreachable")
    assert kept(backend.town, "SELECT * FROM one_time_codes") == []
    assert kept(backend.town, "SELECT content FROM notices") == [(b"",)]


async def test_what_the_site_is_told(backend: Backend, receiver: Receiver) -> None:
    """Four events, none of which holds the code."""
    await backend.post("/webhooks", {"url": receiver.url, "events": OTP_EVENTS})
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id, purpose="login", max_attempts=2)
    wrong = {"subscriber_id": subscriber_id, "purpose": "login", "code": other_than(code)}
    for _ in range(2):
        await backend.refused("POST", "/otp/verify", wrong)
    code = await sent(backend, handset, anna, subscriber_id, purpose="login")
    await backend.post("/otp/verify", {**wrong, "code": code})
    calls = [json.loads((await receiver.next()).body) for _ in range(6)]
    names = sorted(call["event"] for call in calls)
    assert names == sorted(["otp.sent", "otp.failed_attempt", "otp.failed_attempt", *OTP_EVENTS[3:], *OTP_EVENTS[:2]])
    assert all(call["data"]["subscriber_id"] == subscriber_id for call in calls)
    assert all((call["data"]["channel"], call["data"]["purpose"]) == ("telegram", "login") for call in calls)
    left = [call["data"]["attempts_left"] for call in calls if call["event"] == "otp.failed_attempt"]
    assert sorted(left) == [0, 1]
    assert all(code.encode() not in call.body for call in receiver.calls)


async def test_the_test_key(backend: Backend, receiver: Receiver) -> None:
    """Everything but the sending; the code is told to the caller, and lets nobody in with the live key."""
    await backend.post("/webhooks", {"url": receiver.url, "events": OTP_EVENTS})
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    before, key = handset.chat(anna).last_from_bot, backend.secrets.test_api_key
    for who in (subscriber_id, TEST_SUBSCRIBER):
        told = backend.well(*await backend.ask("POST", "/otp/send", {"subscriber_id": who}, key=key))
        assert (told["sent"], len(told["test_code"])) == (True, 6)
        body = {"subscriber_id": who, "code": told["test_code"]}
        assert (await backend.refused("POST", "/otp/verify", body))[0] == 404
        assert await backend.ask("POST", "/otp/verify", body, key=key) == (200, {"verified": True})
    assert handset.chat(anna).last_from_bot == before
    calls = [json.loads((await receiver.next()).body) for _ in range(4)]
    assert {(call["event"], call["test"]) for call in calls} == {("otp.sent", True), ("otp.verified", True)}
    live = {"subscriber_id": TEST_SUBSCRIBER}
    assert await backend.refused("POST", "/otp/send", live) == (404, "subscriber_not_found")


async def test_who_left_or_is_another_s(backend: Backend) -> None:
    """No code is sent to them, and none of theirs is good."""
    handset = backend.town.handset("telegram")
    anna, subscriber_id = await subscribed(backend, handset)
    code = await sent(backend, handset, anna, subscriber_id)
    apps = backend.town.daemon.services.apps
    other = Backend(backend.town, await apps.create(apps.draft("books", "Books")))
    body = {"subscriber_id": subscriber_id, "code": code}
    assert await other.refused("POST", "/otp/verify", body) == (404, "subscriber_not_found")
    await handset.say(anna, "/stop")
    for path in ("/otp/send", "/otp/verify"):
        assert await backend.refused("POST", path, body) == (404, "subscriber_not_found")
    back = await backend.get("/subscribe-link")
    await handset.open(anna, back["telegram_link"])
    assert (await backend.ask("DELETE", f"/subscribers/{subscriber_id}"))[0] == 200
    assert kept(backend.town, "SELECT * FROM one_time_codes") == []


@pytest.mark.parametrize(
    ("path", "changes", "refusal"),
    [
        ("send", {"subscriber_id": None}, (400, "validation_failed")),
        ("send", {"subscriber_id": "x"}, (404, "subscriber_not_found")),
        ("send", {"subscriber_id": "x" * 65}, (400, "validation_failed")),
        ("send", {"ttl_minutes": 0}, (400, "validation_failed")),
        ("send", {"ttl_minutes": 31}, (400, "validation_failed")),
        ("send", {"max_attempts": 0}, (400, "validation_failed")),
        ("send", {"max_attempts": 11}, (400, "validation_failed")),
        ("send", {"code_length": 5}, (400, "validation_failed")),
        ("send", {"purpose": "x" * 33}, (400, "validation_failed")),
        ("send", {"purpose": "a\u0000"}, (400, "validation_failed")),
        ("verify", {"code": None}, (400, "validation_failed")),
        ("verify", {"code": ""}, (400, "validation_failed")),
        ("verify", {"code": "1" * 129}, (400, "validation_failed")),
        ("verify", {"code": "123456"}, (404, "not_found")),
        ("verify", {"code": "1", "purpose": "x" * 33}, (400, "validation_failed")),
        ("request", {"channel": "email"}, (400, "validation_failed")),
        ("request", {"ttl_minutes": 31}, (400, "validation_failed")),
        ("request", {"max_attempts": "many"}, (400, "validation_failed")),
        ("request", {"lang": "English"}, (400, "validation_failed")),
    ],
)
async def test_what_cannot_be_asked(backend: Backend, path: str, changes: Json, refusal: tuple[int, str]) -> None:
    """A clear code, and nothing is kept."""
    _, subscriber_id = await subscribed(backend, backend.town.handset("telegram"))
    body = {"subscriber_id": subscriber_id, **changes}
    assert await backend.refused("POST", f"/otp/{path}", body) == refusal
    for table in ("one_time_codes", "code_requests", "notices"):
        assert kept(backend.town, f"SELECT * FROM {table}") == []  # noqa: S608 - three names of our own
