"""What the bot's question says, and for how long it may be answered."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.apps.app import MatchPolicy
from daemon.schedule import settle_prompts
from emulator import Fault
from tests.http_api.mmdb import write_mmdb
from tests.stories.moved_clock import MovedClock
from tests.stories.town import RETURN_URL, SITE, Town, town
from tests.waiting import a_moment, patience

MESSENGERS = ("telegram", "max", "whatsapp")
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"


@pytest.fixture
def clock() -> MovedClock:
    """Return the daemon's clock."""
    return MovedClock()


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with all messengers, whose operator has a GeoIP file."""
    file = tmp_path / "cities.mmdb"
    write_mmdb(file, {"203.0.113.0/24": {"city": {"names": {"en": "Perm"}}, "country": {"names": {"en": "Russia"}}}})
    async with town(tmp_path, clock, messengers=MESSENGERS, http={"geoip_file": str(file)}) as built:
        await built.daemon.keepers.reached()
        yield built


async def test_the_question_says_who_asks_from_where_and_when(here: Town) -> None:
    """T2: the site's domain in full, city and country, browser and system, how long ago."""
    body = {"app_id": here.app.app_id, "locale": "en", "return_url": RETURN_URL, "match": True}
    headers = {"Origin": SITE, "User-Agent": CHROME, "X-Forwarded-For": "203.0.113.77"}
    async with here.browser.post(f"{here.url}/api/v1/auth/session", json=body, headers=headers) as answer:
        session = await answer.json()
    question = await here.handset("whatsapp").ask(here.visitor(), session["links"]["whatsapp"])
    for part in ("shop.example.com", "Chrome · Windows", "Perm, Russia", "203.0.113.0/24", "just now"):
        assert part in question.text
    assert "203.0.113.77" not in question.text


@pytest.mark.parametrize("messenger", MESSENGERS)
async def test_a_late_answer_is_asked_anew(here: Town, clock: MovedClock, messenger: str) -> None:
    """T6: a question is good for a minute; a later tap confirms nothing and gets a new question."""
    anna, handset = here.visitor(), here.handset(messenger)
    session = await here.create()
    first = await handset.ask(anna, session["links"][messenger])
    before = handset.chat(anna).last_from_bot
    clock.ahead += timedelta(seconds=61)
    handset.app.tap(anna, handset.bot, str(session["match_number"]))
    again = await handset.next_message(anna, before)
    assert again is not first
    assert "Which number does the page show?" in again.text
    assert (await here.poll(session, type="status"))["status"] == "pending"
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session, type="status"))["status"] == "confirmed"


@pytest.mark.parametrize("messenger", MESSENGERS)
async def test_an_unanswered_question_loses_its_buttons(here: Town, clock: MovedClock, messenger: str) -> None:
    """T6: after a minute the buttons go where messages can be edited, and forging a tap on them confirms nothing."""
    anna, handset = here.visitor(), here.handset(messenger)
    session = await here.create()
    question = await handset.ask(anna, session["links"][messenger])
    (yes,) = (
        button["callback_data"]
        for row in question.inline_keyboard
        for button in row
        if button["text"] == str(session["match_number"])
    )
    clock.ahead += timedelta(seconds=61)
    async with patience():
        while messenger != "whatsapp" and question.inline_keyboard:
            await a_moment()
            await settle_prompts(here.daemon.services, here.daemon.keepers)
    if messenger != "whatsapp":
        assert "did not answer within a minute" in question.text
    before = handset.chat(anna).last_from_bot
    handset.app.forge_tap(anna, handset.bot, yes)
    await handset.next_message(anna, before)
    assert (await here.poll(session, type="status"))["status"] == "pending"


@pytest.mark.parametrize("messenger", ["telegram", "max"])
async def test_two_late_taps_on_one_question_confirm_nothing(here: Town, clock: MovedClock, messenger: str) -> None:
    """T6: the second tap on the old question finds a fresh one elsewhere, and is not taken for its answer."""
    anna, handset = here.visitor(), here.handset(messenger)
    session = await here.create()
    question = await handset.ask(anna, session["links"][messenger])
    (yes,) = (
        button["callback_data"]
        for row in question.inline_keyboard
        for button in row
        if button["text"] == str(session["match_number"])
    )
    clock.ahead += timedelta(seconds=61)
    before = handset.chat(anna).last_from_bot
    handset.app.forge_tap(anna, handset.bot, yes)
    await handset.next_message(anna, before)
    tap = handset.app.forge_tap(anna, handset.bot, yes)
    assert await handset.app.wait_for_answer(tap) is not None
    assert (await here.poll(session, type="status"))["status"] == "pending"


@pytest.mark.parametrize("policy", [None, MatchPolicy.SITE, MatchPolicy.ALL])
async def test_whoever_starts_a_login_cannot_leave_the_number_out(here: Town, policy: MatchPolicy | None) -> None:
    """T1, faults 7.5: anybody may start one by ``/api/v1``, so new apps (``None``) and those that insist need it."""
    if policy is not None:
        await here.ask_for_numbers(policy)
    session = await here.create(match=False)
    assert "match_number" in session
    handset, anna = here.handset("telegram"), here.visitor()
    await handset.ask(anna, session["links"]["telegram"])
    assert "Log in" not in handset.labels(anna)


async def test_a_contact_told_twice_is_thanked_twice(here: Town) -> None:
    """The thanks get lost on the way, the contact is heard again: the question comes all the same."""
    handset, anna = here.handset("telegram"), here.visitor()
    session = await here.create()
    await handset.open(anna, session["links"]["telegram"])
    here.telegram.add_fault(Fault("status", status=502), method="sendMessage")
    await handset.share(anna)
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session, type="status"))["status"] == "confirmed"


async def test_a_no_told_twice_is_answered_alike(here: Town) -> None:
    """The answer gets lost on the way: the frightened person still reads that nobody was let in."""
    handset, anna = here.handset("max"), here.visitor()
    session = await here.create()
    await handset.ask(anna, session["links"]["max"])
    here.telegram.add_fault(Fault("status", status=502), method="POST /messages")
    said = await handset.say(anna, "no")
    assert "Nobody was let in" in said.text
    assert (await here.poll(session, type="status"))["cancel_reason"] == "not_me"
