"""The whole login by each messenger: one story, three bots, one core."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from emulator.people import Person
from tests.stories.backend import move_in
from tests.stories.handsets import Handset
from tests.stories.test_login import verified
from tests.stories.town import RETURN_URL, Town, town

MESSENGERS = ("telegram", "max", "whatsapp")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town with all three messengers."""
    async with town(tmp_path, messengers=MESSENGERS) as built:
        await built.daemon.keepers.reached()
        yield built


async def test_a_visitor_logs_in(here: Town, handset: Handset) -> None:
    """From the page's click to the verified token, with the right number picked among three."""
    anna = here.visitor(phone="+7 999 123-45-67")
    session = await here.create()
    assert session["display_order"] == list(MESSENGERS)
    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))

    question = await handset.ask(anna, session["links"][handset.messenger])
    assert (await waiting)["messenger_opened"] is True
    assert "shop.example.com" in question.text
    assert "Teapot & Co." in question.text
    numbers = handset.labels(anna)[:3]
    assert str(session["match_number"]) in numbers

    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))
    await handset.tap(anna, str(session["match_number"]))
    assert (await waiting)["status"] == "confirmed"
    full = await here.poll(session)
    user = full["user"]
    assert user["type"] == handset.messenger
    assert user["first_name"].startswith("Anna")
    assert user["phone"] == "+79991234567"
    claims = await verified(here, full["token"])
    assert claims["sub"] == user["_id"]
    assert session["redirect_url"] == RETURN_URL
    assert (await here.poll(session))["token_consumed"] is True


async def test_a_wrong_number_ends_the_login(here: Town, handset: Handset) -> None:
    """T1: who picks another number than the page shows was not at the page."""
    anna = here.visitor()
    session = await here.create()
    await handset.ask(anna, session["links"][handset.messenger])
    wrong = next(label for label in handset.labels(anna) if label.isdigit() and label != str(session["match_number"]))
    await handset.tap(anna, wrong)
    state = await here.poll(session, type="status")
    assert (state["status"], state["cancel_reason"]) == ("cancelled", "wrong_number")


async def test_the_bot_hands_out_nothing_that_logs_in(here: Town, handset: Handset) -> None:
    """T4: after the yes it is the browser that started which goes on; no message has an address to open in another."""
    anna, session = here.visitor(), await here.create()
    await handset.ask(anna, session["links"][handset.messenger])
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session, type="status"))["status"] == "confirmed"
    for message in handset.chat(anna).messages.values():
        assert "://" not in message.text
        assert session["session_id"] not in message.text
        assert not [button for row in message.inline_keyboard or () for button in row if button.get("url")]


async def test_a_visitor_says_no(here: Town, handset: Handset) -> None:
    """*Not me* ends the login: by a button, or by a word where there is room for the numbers only."""
    anna = here.visitor()
    session = await here.create()
    question = await handset.ask(anna, session["links"][handset.messenger])
    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))
    if "Not me" in handset.labels(anna):
        await handset.tap(anna, "Not me")
    else:
        assert "answer with the word “no”" in question.text
        await handset.say(anna, "No!")
    state = await waiting
    assert (state["status"], state["cancel_reason"]) == ("cancelled", "not_me")


async def greet(here: Town, handset: Handset, person: Person) -> None:
    """Open the bot without a payload where one has to before one can write."""
    if handset.messenger != "whatsapp":
        handset.app.open_link(person, (await here.create())["links"][handset.messenger].partition("?")[0])
        await handset.next_message(person, 0)


async def test_the_code_can_be_typed(here: Town, handset: Handset) -> None:
    """The short code, sent by hand with whatever around it, is as good as the link."""
    anna = here.visitor()
    session = await here.create()
    await greet(here, handset, anna)
    await handset.say(anna, f"that is my code: {session['code'].lower().replace('-', ' ')}, thanks")
    if handset.asks_for_contact(anna):
        await handset.share(anna)
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session, type="status"))["status"] == "confirmed"


@pytest.mark.parametrize("said", ["{link}", "see {link}, please", "<{link}>\nthanks"])
async def test_the_link_can_be_sent_as_text(here: Town, handset: Handset, said: str) -> None:
    """Faults 1.2: where START lost its payload people send the link itself, of either dialect, with text around it."""
    anna, backend = here.visitor(), await move_in(here)
    await greet(here, handset, anna)
    for session, name in ((await here.create(), "links"), (await backend.post("/auth/session", {"match": True}), "")):
        link = session[name][handset.messenger] if name else session[f"{handset.messenger}_link"]
        await handset.say(anna, said.format(link=link))
        if handset.asks_for_contact(anna):
            await handset.share(anna)
        assert str(session["match_number"]) in handset.labels(anna)


@pytest.mark.parametrize(
    "said", ["tg://resolve?domain=bot&start={payload}", "/start {payload}", "/start@bot {payload}"]
)
@pytest.mark.parametrize("messenger", ["telegram", "max"])
async def test_what_a_link_stands_for_can_be_sent_as_text(here: Town, messenger: str, said: str) -> None:
    """Faults 1.2: the app's own link, and the command."""
    anna, session, handset = here.visitor(), await here.create(), here.handset(messenger)
    await greet(here, handset, anna)
    payload = parse_qs(urlsplit(session["links"][messenger]).query)["start"][0]
    await handset.say(anna, said.format(payload=payload))
    assert handset.asks_for_contact(anna)


async def test_one_person_by_all_messengers(here: Town) -> None:
    """Three messengers that proved one phone are one person with three subscriptions."""
    anna = here.visitor(phone="+79991234567")
    ids = set()
    for messenger in MESSENGERS:
        session = await here.create()
        handset = here.handset(messenger)
        await handset.ask(anna, session["links"][messenger])
        await handset.tap(anna, str(session["match_number"]))
        ids.add((await here.poll(session))["user"]["_id"])
    assert len(ids) == 1
    (person_id,) = ids
    accounts = await here.daemon.services.store.read(lambda unit: unit.people.accounts_of(person_id))
    assert {account.messenger.value for account in accounts} == set(MESSENGERS)
    subscriptions = await here.daemon.services.store.read(
        lambda unit: [unit.subscriptions.find(here.app.app_id, account.account_id) for account in accounts]
    )
    assert all(subscription is not None and subscription.ended_at is None for subscription in subscriptions)


async def test_a_number_that_moved_is_somebody_new(here: Town, handset: Handset) -> None:
    """T12: the same phone proved by another account of the same messenger: a new person, an event, no merge."""
    link = handset.messenger
    people = []
    for name in ("Anna", "Boris"):
        somebody = here.visitor(first_name=name, phone="+79991234567")
        session = await here.create()
        await handset.ask(somebody, session["links"][link])
        await handset.tap(somebody, str(session["match_number"]))
        people.append((await here.poll(session))["user"])
        somebody.phone = "79990000000"
    assert people[0]["_id"] != people[1]["_id"]
    assert people[1]["phone"] == "+79991234567"
    (event,) = await here.daemon.services.store.read(lambda unit: unit.events.latest(10))
    assert (event.kind.value, event.messenger.value) == ("phone.moved", handset.messenger)
    assert (event.person_id, event.former_person_id) == (people[1]["_id"], people[0]["_id"])
