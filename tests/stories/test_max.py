"""What people do in MAX, and what MAX makes of it: contacts, links in old dialogs, stops, and news that come late."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from core.model.ids import BotName
from core.model.people.person import Account
from core.ports.store import Unit
from emulator import Fault
from emulator.faults import WEBHOOK
from emulator.max.behaviour import ExistingDialog
from emulator.max.contacts import SharedContact
from emulator.max.model import user, user_id
from emulator.people import Person
from tests.bots.test_max_heard import bot_started, bot_stopped, message_created
from tests.stories.handsets import BOTS, Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Json, Town, town
from tests.waiting import a_moment, patience

BOT: Final = BOTS["max"]
SEVEN_HOURS: Final = 7 * 3_600_000
NOT_OWN: Final = "This contact cannot be used"
FORWARDED: Final = "I do not take forwarded messages"
NOT_ASKED: Final = "I did not ask for your number"


@pytest.fixture
def clock() -> MovedClock:
    """Return the clock of the town."""
    return MovedClock()


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town whose people have MAX."""
    async with town(tmp_path, clock, messengers=("max",)) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
def handset(here: Town) -> Handset:
    """Return MAX as people have it."""
    return here.handset("max")


async def log_in(here: Town, person: Person) -> Json:
    """Log the person in, and return what the site gets."""
    session, handset = await here.create(), here.handset("max")
    await handset.ask(person, session["links"]["max"])
    return await finish(here, person, session)


async def finish(here: Town, person: Person, session: Json) -> Json:
    """Tap the right number, and return what the site gets."""
    await here.handset("max").tap(person, str(session["match_number"]))
    full = await here.poll(session)
    assert "token" in full
    return full


async def tell(here: Town, update: Json, *, late: int = 0) -> None:
    """Bring an update that is ``late`` milliseconds old as MAX does, and wait until it was worked on."""
    (subscription,) = here.telegram.max.subscriptions(BOT)
    body = {**update, "timestamp": here.telegram.max.platform.now_ms() - late}
    headers = {"X-Max-Bot-Api-Secret": subscription.secret}
    async with here.browser.post(subscription.url, json=body, headers=headers) as answer:
        assert answer.status == 200
    async with patience():
        while await here.daemon.services.inbox.left_over(BotName("max")):
            await a_moment()


async def account_of(here: Town, person: Person) -> Account:
    """Return what the daemon knows of the person."""
    account = await here.daemon.services.store.read(
        lambda unit: unit.people.account(BotName("max"), str(user_id(person)))
    )
    assert account is not None
    return account


async def is_subscribed(here: Town, person: Person) -> bool:
    """Tell whether the person is subscribed to the town's app."""
    account = await account_of(here, person)

    def find(unit: Unit) -> bool:
        subscription = unit.subscriptions.find(here.app.app_id, account.account_id)
        return subscription is not None and subscription.ended_at is None

    return await here.daemon.services.store.read(find)


def code_in(session: Json) -> str:
    """Return the payload of a login's link."""
    return str(session["links"]["max"].rpartition("=")[2])


WRONG_CONTACTS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "somebody else's": ({"owner": "boris"}, NOT_OWN),
    "somebody else's, signed": ({"owner": "boris", "is_signed": True}, NOT_OWN),
    "nobody's": ({"has_user_id": False, "is_signed": True}, NOT_OWN),
    "forwarded": ({"is_forwarded": True}, FORWARDED),
    "forwarded, somebody else's": ({"is_forwarded": True, "owner": "boris", "is_signed": True}, FORWARDED),
    "attached by hand": ({"is_attached": True}, NOT_OWN),
    "unsigned": ({"is_signed": False}, NOT_OWN),
    "signed for another bot": ({"trick": "bad_hash"}, NOT_OWN),
    "with two numbers": ({"trick": "two_numbers"}, NOT_OWN),
    "with another number that is none": ({"phone_number": "call me", "is_signed": True}, NOT_OWN),
}


@pytest.mark.parametrize("which", WRONG_CONTACTS)
async def test_a_wrong_contact_is_refused_and_the_right_one_still_counts(
    here: Town, handset: Handset, which: str
) -> None:
    """T10: the person reads what is wrong, nothing is believed, and the login can be finished with the own contact."""
    anna, boris = here.visitor(phone="79990000001"), here.visitor(first_name="Boris", phone="79990000002")
    fields, words = WRONG_CONTACTS[which]
    if fields.get("owner") == "boris":
        fields = {**fields, "owner": boris}
    session = await here.create()
    asked = await handset.open(anna, session["links"]["max"])
    assert handset.asks_for_contact(anna)
    handset.app.share_contact(anna, BOT, SharedContact(**fields))
    said = await handset.next_message(anna, asked.number)
    assert words in said.text
    assert (await account_of(here, anna)).phone is None
    await handset.share(anna)
    assert (await finish(here, anna, session))["user"]["phone"] == "+79990000001"


async def test_a_card_with_written_out_line_ends_counts(here: Town, handset: Handset) -> None:
    """Some clients send backslashes where MAX signed line ends."""
    anna = here.visitor(phone="79990000001")
    session = await here.create()
    asked = await handset.open(anna, session["links"]["max"])
    handset.app.share_contact(anna, BOT, SharedContact(trick="literal_breaks"))
    thanks = await handset.next_message(anna, asked.number)
    await handset.next_message(anna, thanks.number)
    assert (await finish(here, anna, session))["user"]["phone"] == "+79990000001"


async def test_a_replayed_card_answers_no_question(here: Town, handset: Handset) -> None:
    """The sixth check: a card, rightly signed, counts once and only after we asked; logging in goes on as before."""
    anna = here.visitor()
    await log_in(here, anna)
    before = handset.newest(anna).number
    handset.app.share_contact(anna, BOT, SharedContact(trick="replayed"))
    assert NOT_ASKED in (await handset.next_message(anna, before)).text
    assert "token" in await log_in(here, anna)


async def test_a_card_from_a_stranger_makes_nobody_known(here: Town, handset: Handset) -> None:
    """Whoever was never asked proves nothing, and leaves nothing behind."""
    anna = here.visitor()
    hello = await handset.open(anna, f"https://max.ru/{BOT}")
    handset.app.share_contact(anna, BOT, SharedContact())
    assert NOT_ASKED in (await handset.next_message(anna, hello.number)).text
    known = await here.daemon.services.store.read(lambda unit: unit.people.account(BotName("max"), str(user_id(anna))))
    assert known is None


async def test_a_question_for_a_contact_does_not_stand_for_ever(
    here: Town, handset: Handset, clock: MovedClock
) -> None:
    """Ten minutes later the card may be anybody's doing; the next login asks anew."""
    anna = here.visitor()
    asked = await handset.open(anna, (await here.create())["links"]["max"])
    clock.ahead = timedelta(minutes=11)
    handset.app.share_contact(anna, BOT)
    said = await handset.next_message(anna, asked.number)
    assert NOT_ASKED in said.text
    session = await here.create()
    await handset.open(anna, session["links"]["max"])
    await handset.share(anna)
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session, type="status"))["status"] == "confirmed"


@pytest.mark.parametrize("existing", ["bot_started", "text", "nothing"])
async def test_a_link_in_a_dialog_that_exists(here: Town, handset: Handset, existing: ExistingDialog) -> None:
    """Whatever the person's app makes of the link, the login goes through; where it does nothing, by the code."""
    anna = here.visitor()
    await log_in(here, anna)
    handset.app.existing_dialog = existing
    session = await here.create()
    if existing == "nothing":
        handset.app.open_link(anna, session["links"]["max"])
        question = await handset.say(anna, session["code"])
    else:
        question = await handset.open(anna, session["links"]["max"])
    assert str(session["match_number"]) in handset.labels(anna)
    assert "shop.example.com" in question.text
    await finish(here, anna, session)


async def test_taps_that_do_not_tell_their_message(here: Town, handset: Handset) -> None:
    """The right number logs in and the question loses its buttons; stale buttons are answered as well."""
    handset.app.platform.behaviour.callbacks_lack_message = True
    anna = here.visitor()
    session = await here.create()
    question = await handset.ask(anna, session["links"]["max"])
    data = question.inline_keyboard[0][0]["callback_data"]
    await finish(here, anna, session)
    assert not question.inline_keyboard
    tap = handset.app.forge_tap(anna, BOT, data, message_id=question.id)
    assert await handset.app.wait_for_answer(tap) is not None


async def test_a_late_start_is_silent_and_harmless(here: Town, handset: Handset) -> None:
    """Nobody has been waiting for seven hours; the login it names is still free for who opens it now."""
    anna = here.visitor()
    hello = await handset.open(anna, f"https://max.ru/{BOT}")
    session = await here.create()
    late = bot_started(user=user(anna), payload=code_in(session))
    await tell(here, late, late=SEVEN_HOURS)
    await tell(here, bot_started(user=user(anna)), late=SEVEN_HOURS)
    await tell(here, message_created("hello?", sender=user(anna)), late=SEVEN_HOURS)
    assert handset.newest(anna).number == hello.number
    assert not (await here.poll(session, type="status")).get("messenger_opened")
    await handset.ask(anna, session["links"]["max"])
    await finish(here, anna, session)


@pytest.mark.parametrize("kind", ["bot_stopped", "dialog_removed"])
async def test_an_old_stop_does_not_undo_coming_back(here: Town, kind: str) -> None:
    """Brought seven hours late, after the person logged in again: it is no news."""
    anna = here.visitor()
    await log_in(here, anna)
    await tell(here, bot_stopped(kind, user=user(anna)), late=SEVEN_HOURS)
    assert (await account_of(here, anna)).reachable
    assert await is_subscribed(here, anna)


async def test_a_late_stop_that_is_news_counts(here: Town, clock: MovedClock) -> None:
    """Seven hours late by our clock, but nothing was heard of the person since."""
    anna = here.visitor()
    await log_in(here, anna)
    clock.ahead = timedelta(hours=7)
    await tell(here, bot_stopped(user=user(anna)))
    assert not (await account_of(here, anna)).reachable
    assert not await is_subscribed(here, anna)


async def test_a_late_goodbye_still_counts(here: Town, handset: Handset, clock: MovedClock) -> None:
    """Who wrote /stop wants no more messages, whenever we hear of it; it is not answered any more."""
    anna = here.visitor()
    await log_in(here, anna)
    newest = handset.newest(anna).number
    clock.ahead = timedelta(hours=7)
    await tell(here, message_created("/stop", sender=user(anna)))
    assert not await is_subscribed(here, anna)
    assert handset.newest(anna).number == newest


async def test_a_goodbye_from_before_the_login_does_not_undo_it(here: Town, handset: Handset) -> None:
    """What was said seven hours ago was not said about what the person agreed to just now."""
    anna = here.visitor()
    await log_in(here, anna)
    newest = handset.newest(anna).number
    await tell(here, message_created("/stop", sender=user(anna)), late=SEVEN_HOURS)
    assert await is_subscribed(here, anna)
    assert handset.newest(anna).number == newest


async def test_stopping_the_bot_and_coming_back(here: Town, handset: Handset) -> None:
    """A stop and a removed dialog, told together, end the subscription once; the next link lets the bot in again."""
    anna = here.visitor()
    await log_in(here, anna)
    handset.app.block(anna, BOT)
    async with patience():
        while (await account_of(here, anna)).reachable:
            await a_moment()
    assert not await is_subscribed(here, anna)
    await log_in(here, anna)
    assert (await account_of(here, anna)).reachable
    assert await is_subscribed(here, anna)


async def test_who_stops_before_we_answer_cannot_be_written_to(here: Town, handset: Handset) -> None:
    """MAX refuses the question, which is noted and not repeated; the same login can be opened again."""
    anna = here.visitor()
    await log_in(here, anna)
    handset.chat(anna).is_blocked = True
    session = await here.create()
    sent = len(here.telegram.calls(messenger="max", method="POST /messages"))
    await tell(here, bot_started(user=user(anna), payload=code_in(session)))
    (refused,) = here.telegram.calls(messenger="max", method="POST /messages")[sent:]
    assert refused.status == 403
    assert not (await account_of(here, anna)).reachable
    await handset.ask(anna, session["links"]["max"])
    await finish(here, anna, session)
    assert (await account_of(here, anna)).reachable


async def test_what_is_told_twice_has_one_effect(here: Town, handset: Handset) -> None:
    """MAX brings every update twice: one question, one answer, one login."""
    here.telegram.add_fault(Fault("duplicate"), messenger="max", method=WEBHOOK, count=None)
    anna = here.visitor()
    session = await here.create()
    await handset.ask(anna, session["links"]["max"])
    await finish(here, anna, session)
    await handset.say(anna, "hello")
    said = [message.text for message in handset.chat(anna).messages.values() if message.sender is None]
    assert len(said) == 4, "the contact, the thanks, the question, and the last word"
