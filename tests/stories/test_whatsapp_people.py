"""Who is who on WhatsApp: business-scoped ids with and without phones, changed and recycled numbers, odd prefixes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.talk.login import CLAIMS_A_DAY
from core.model.ids import BotName
from core.model.people.person import Account
from emulator.people import Person
from emulator.whatsapp.contacts import WhatsAppContact
from tests.stories.handsets import BOTS, PHONE_IS_MINE, Handset
from tests.stories.test_whatsapp import envelope, post, sent, whatsapp
from tests.stories.town import Town, town
from tests.waiting import a_moment, patience

Json = dict[str, Any]

BOT = BOTS["whatsapp"]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town with Telegram and WhatsApp."""
    async with town(tmp_path, messengers=("telegram", "whatsapp")) as built:
        yield built


@pytest.fixture
def handset(here: Town) -> Handset:
    """Return WhatsApp as people have it on their phones."""
    return here.handset("whatsapp")


async def log_in(here: Town, person: Person, messenger: str = "whatsapp") -> Json:
    """Log somebody in and return what the site learns of them."""
    handset, session = here.handset(messenger), await here.create()
    await handset.ask(person, session["links"][messenger])
    await handset.tap(person, str(session["match_number"]))
    user: Json = (await here.poll(session))["user"]
    return user


async def account(here: Town, user_id: str) -> Account | None:
    """Return the account that has this id on WhatsApp."""
    return await here.daemon.services.store.read(lambda unit: unit.people.account(BotName("wa"), user_id))


async def test_who_shows_no_phone_shares_it_and_logs_in(here: Town, handset: Handset) -> None:
    """The request for the contact, then in the number's own chat whether it is theirs, and at once the question."""
    anna = here.visitor(phone="+7 999 123-45-67")
    handset.app.hide_phone(anna)
    session = await here.create()
    await handset.open(anna, session["links"]["whatsapp"])
    assert handset.asks_for_contact(anna)
    await handset.share(anna)
    await handset.tap(anna, str(session["match_number"]))
    user = (await here.poll(session))["user"]
    assert user["phone"] == "+79991234567"
    assert [body["interactive"]["type"] for body in sent(here)] == ["request_contact_info", "button", "button"]
    assert [body.get("recipient") for body in sent(here)] == [handset.app.bsuid(anna, BOT), None, None]
    assert [body.get("to") for body in sent(here)] == [None, "+79991234567", "+79991234567"]
    assert (await log_in(here, anna))["_id"] == user["_id"]
    assert len(sent(here)) == 4


@pytest.mark.parametrize(
    "card",
    [
        WhatsAppContact(is_attached=True),
        WhatsAppContact(phone_number="+7 999 765-43-21", is_attached=True),
        WhatsAppContact(second_phone="+7 999 765-43-21"),
        WhatsAppContact(has_wa_id=False),
        WhatsAppContact(is_forwarded=True),
    ],
)
async def test_a_card_that_proves_nothing_is_asked_for_again(
    here: Town, handset: Handset, card: WhatsAppContact
) -> None:
    """T10: sent by hand, forwarded, with two numbers or with none on WhatsApp; the right one still works."""
    anna = here.visitor()
    handset.app.hide_phone(anna)
    session = await here.create()
    await handset.open(anna, session["links"]["whatsapp"])
    before = handset.chat(anna).last_from_bot
    handset.app.share_contact(anna, BOT, card)
    said = await handset.next_message(anna, before)
    assert "cannot be used" in said.text
    await handset.share(anna)
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session))["user"]["phone"] == f"+{anna.phone}"


async def test_somebody_elses_contact_is_not_taken(here: Town, handset: Handset) -> None:
    """Boris' card does not make Anna Boris."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    user = await log_in(here, boris)
    handset.app.hide_phone(anna)
    await handset.open(anna, (await here.create())["links"]["whatsapp"])
    before = handset.chat(anna).last_from_bot
    handset.app.share_contact(anna, BOT, WhatsAppContact(owner=boris))
    assert "cannot be used" in (await handset.next_message(anna, before)).text
    found = await account(here, handset.app.bsuid(anna, BOT))
    assert found is not None
    assert (found.phone, found.person_id == user["_id"]) == (None, False)


async def test_a_card_with_somebody_elses_number_joins_nobody(here: Town, handset: Handset) -> None:
    """T10, faults 7.3: only the number's own chat is asked, and its owner's tap there gives nobody anything."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    user = await log_in(here, boris)
    handset.app.hide_phone(anna)
    session = await here.create()
    await handset.open(anna, session["links"]["whatsapp"])
    before, asked_boris = handset.chat(anna).last_from_bot, handset.chat(boris).last_from_bot
    handset.app.share_contact(anna, BOT, WhatsAppContact(phone_number=f"+{boris.phone}"))
    question = await handset.next_message(boris, asked_boris)
    assert "says that this is their phone number" in question.text
    tap = handset.app.tap(boris, BOT, PHONE_IS_MINE)
    assert await handset.app.wait_for_answer(tap) is not None
    forged = handset.app.forge_tap(anna, BOT, question.inline_keyboard[0][0]["callback_data"])
    assert await handset.app.wait_for_answer(forged) is not None
    found = await account(here, handset.app.bsuid(anna, BOT))
    assert found is not None
    assert (found.phone, found.person_id == user["_id"]) == (None, False)
    assert "cannot be used" in (await handset.next_message(anna, before)).text
    assert (await here.poll(session))["status"] == "pending"
    await handset.share(anna)
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session))["user"]["phone"] == f"+{anna.phone}"


async def test_a_claimed_number_that_whatsapp_does_not_reach_is_asked_for_again(here: Town, handset: Handset) -> None:
    """Faults 7.3: who never wrote to us gets no message of somebody else's claim; a few claims a day are all."""
    anna = here.visitor()
    handset.app.hide_phone(anna)
    await handset.open(anna, (await here.create())["links"]["whatsapp"])
    for number in range(CLAIMS_A_DAY + 2):
        handset.app.share_contact(anna, BOT, WhatsAppContact(phone_number=f"+7999000000{number}"))
    async with patience():
        while len(sent(here)) < 1 + CLAIMS_A_DAY:
            await a_moment()
    async with patience():
        while await here.daemon.services.inbox.left_over(BotName("wa")):
            await a_moment()
    assert len(sent(here)) == 1 + CLAIMS_A_DAY
    found = await account(here, handset.app.bsuid(anna, BOT))
    assert found is not None
    assert found.phone is None


async def test_an_app_that_wants_no_phone_needs_none(here: Town, handset: Handset) -> None:
    """One message, and the site learns no number."""
    await here.daemon.services.apps.change(replace(here.app, wants_phone=False))
    anna = here.visitor()
    handset.app.hide_phone(anna)
    user = await log_in(here, anna)
    assert user["user_id"] == handset.app.bsuid(anna, BOT)
    assert not user.get("phone")
    assert len(sent(here)) == 1


async def test_a_bsuid_comes_and_goes(here: Town, handset: Handset) -> None:
    """Known by phone alone, then with a BSUID, then without, then by the BSUID alone: one account, one person."""
    anna = here.visitor()
    users = []
    for show in (handset.app.legacy, handset.app.show_all, handset.app.legacy, handset.app.hide_phone):
        show(anna)
        users.append(await log_in(here, anna))
    assert len({user["_id"] for user in users}) == 1
    bsuid = handset.app.bsuid(anna, BOT)
    assert [user["user_id"] for user in users] == [f"+{anna.phone}", bsuid, bsuid, bsuid]
    accounts = await here.daemon.services.store.read(lambda unit: unit.people.accounts_of(users[0]["_id"]))
    assert len(accounts) == 1
    assert len(sent(here)) == 4


async def test_who_changes_the_number_stays_who_they_are(here: Town, handset: Handset) -> None:
    """WhatsApp tells old and new: the person goes on with the new number, and answers go there."""
    anna = here.visitor(phone="+79991234567")
    before = await log_in(here, anna)
    handset.app.change_number(anna, BOT, "+79997654321")
    after = await log_in(here, anna)
    assert after["_id"] == before["_id"]
    assert (after["user_id"] == before["user_id"], after["phone"]) == (False, "+79997654321")
    assert sent(here)[-1]["to"] == "+79997654321"
    boris = here.visitor(first_name="Boris", phone="+79991234567")
    assert (await log_in(here, boris))["_id"] != before["_id"]


async def test_who_changes_the_bsuid_alone_stays_who_they_are(here: Town, handset: Handset) -> None:
    """With a phone that shows or hidden."""
    anna = here.visitor()
    before = await log_in(here, anna)
    for show in (handset.app.show_all, handset.app.hide_phone):
        show(anna)
        handset.app.change_user_id(anna, BOT)
        after = await log_in(here, anna)
        assert after["_id"] == before["_id"]
        assert after["user_id"] == handset.app.bsuid(anna, BOT) != before["user_id"]


async def test_a_stranger_cannot_take_over_an_account_by_a_change(here: Town, handset: Handset) -> None:
    """Only WhatsApp links old and new: a system message in a group's or text's clothes links nothing."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    before = await log_in(here, anna)
    handset.app.send_text(boris, BOT, "hello")
    value = whatsapp(here).text_value(boris, BOT, "hello")
    told = {"type": "user_changed_user_id", "user_id": "RU.1", "previous_user_id": handset.app.bsuid(anna, BOT)}
    value["messages"][0]["system"] = told
    assert await post(here, envelope(value)) == 200
    assert (await log_in(here, boris))["_id"] != before["_id"]
    assert await account(here, "RU.1") is None


async def test_a_recycled_number_is_somebody_new(here: Town) -> None:
    """T12: the same phone with another BSUID and no word of a change: a new person, an event, nobody merged."""
    anna, boris = (here.visitor(first_name=name, phone="+79991234567") for name in ("Anna", "Boris"))
    first = await log_in(here, anna)
    anna.phone = "79990000000"
    second = await log_in(here, boris)
    assert first["_id"] != second["_id"]
    (event,) = await here.daemon.services.store.read(lambda unit: unit.events.latest(10))
    assert (event.kind.value, event.person_id, event.former_person_id) == ("phone.moved", second["_id"], first["_id"])
    former = await account(here, first["user_id"])
    assert former is not None
    assert former.phone is None
    assert (await log_in(here, anna))["_id"] == first["_id"]


@pytest.mark.parametrize(
    ("phone", "wa_id"),
    [
        ("525512345678", "5215512345678"),
        ("5491123456789", "541123456789"),
        ("541123456789", "5491123456789"),
        ("5511987654321", "551187654321"),
        ("551187654321", "5511987654321"),
    ],
)
@pytest.mark.parametrize("order", [("telegram", "whatsapp"), ("whatsapp", "telegram")])
async def test_forms_of_one_number_are_one_person(
    here: Town, handset: Handset, phone: str, wa_id: str, order: tuple[str, str]
) -> None:
    """Mexico, Argentina, Brazil: Telegram and WhatsApp write it differently; we answer in WhatsApp's way."""
    anna = here.visitor(phone=phone)
    handset.app.identity(anna).given_wa_id = wa_id
    first, second = [await log_in(here, anna, messenger) for messenger in order]
    assert first["_id"] == second["_id"]
    assert {body["to"] for body in sent(here)} == {f"+{wa_id}"}


async def test_a_landline_and_a_mobile_of_brazil_are_two_people(here: Town) -> None:
    """Only mobiles have the ninth digit."""
    anna, boris = here.visitor(phone="551132654321"), here.visitor(first_name="Boris", phone="5511932654321")
    assert (await log_in(here, anna))["_id"] != (await log_in(here, boris, "telegram"))["_id"]
