"""What people do on their phones, and what the bot gets to know of it."""

from typing import Any

import pytest

from emulator import Emulator, ImpossibleError, SharedContact
from emulator.people import Person
from emulator.telegram.model import Bot
from tests.emulator.conftest import START_OF_TIME, Caller
from tests.emulator.test_sending import BUTTONS, CONTACT

OWN = {"phone_number": "79991234567", "first_name": "Anna", "last_name": "Petrova", "user_id": 5_000_000_001}


async def last_message(caller: Caller) -> dict[str, Any]:
    """Fetch the newest update, which must be a message."""
    (update,) = await caller.result("getUpdates", offset=-1)
    return dict(update["message"])


async def ask(caller: Caller, person: Person, markup: object) -> dict[str, Any]:
    """Send a message with a keyboard."""
    return dict(await caller.result("sendMessage", chat_id=person.id, text="Well?", reply_markup=markup))


async def test_the_start_button_comes_first(emulator: Emulator, caller: Caller, anna: Person, bot: Bot) -> None:
    """A link only shows START at first; nothing else can be done until it is pressed, and then it is gone."""
    chat = emulator.open_link(anna, "https://t.me/gate_bot?start=abc", press_start=False)
    assert (chat.is_started, chat.start_payload) == (False, "abc")
    with pytest.raises(ImpossibleError, match="only a START button"):
        emulator.send_text(anna, bot, "Hello")
    emulator.press_start(anna, bot)
    assert (await last_message(caller))["text"] == "/start abc"
    with pytest.raises(ImpossibleError, match="no START"):
        emulator.press_start(anna, bot)


async def test_the_own_contact_is_shared_by_the_keyboard(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot
) -> None:
    """The contact button sends the person's own number and id as an answer; a one-time keyboard is gone then."""
    with pytest.raises(ImpossibleError, match="No keyboard"):
        emulator.share_contact(started, bot)
    asked = await ask(caller, started, CONTACT)
    emulator.share_contact(started, bot)
    message = await last_message(caller)
    assert message["contact"] == OWN
    assert message["reply_to_message"]["message_id"] == asked["message_id"]
    assert emulator.chat(started, bot).reply_keyboard is None


async def test_a_keyboard_can_be_taken_away(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A reply keyboard stays until a message removes it."""
    await ask(caller, started, {"keyboard": [["Yes", "No"]]})
    emulator.send_text(started, bot, "Yes")
    assert emulator.chat(started, bot).reply_keyboard is not None
    await ask(caller, started, {"remove_keyboard": True})
    assert emulator.chat(started, bot).reply_keyboard is None


@pytest.mark.parametrize(
    ("contact", "sent"),
    [
        (SharedContact(is_attached=True), OWN),
        (SharedContact(phone_number="+7 (999) 1"), {**OWN, "phone_number": "+7 (999) 1"}),
        (SharedContact(has_user_id=False), {name: OWN[name] for name in OWN if name != "user_id"}),
        (SharedContact(owner=77), {"phone_number": "4915112345678", "first_name": "Boris", "user_id": 77}),
    ],
)
async def test_contacts_can_be_sent_by_hand(
    emulator: Emulator, caller: Caller, started: Person, contact: SharedContact, sent: dict[str, object]
) -> None:
    """A contact attached by hand may be anybody's, with any text for a number or no account, and answers nothing."""
    emulator.add_person(id=77, first_name="Boris", phone="+49 1511 2345678")
    emulator.share_contact(started, "gate_bot", contact)
    message = await last_message(caller)
    assert message["contact"] == sent
    assert "reply_to_message" not in message


async def test_a_forwarded_contact_says_so(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A forwarded contact carries forward_origin even when it is the person's own."""
    emulator.share_contact(started, bot, SharedContact(is_forwarded=True))
    message = await last_message(caller)
    assert message["contact"]["user_id"] == started.id
    assert message["forward_origin"]["type"] == "user"


async def test_numbers_may_come_with_a_plus() -> None:
    """An emulator made with phone_plus writes shared numbers with a plus sign."""
    emulator = Emulator(phone_plus=True)
    bot, person = emulator.add_bot("gate_bot"), emulator.add_person(phone="+79991234567")
    emulator.open_link(person, "https://t.me/gate_bot")
    message = emulator.share_contact(person, bot, SharedContact(is_attached=True))
    assert message.contact is not None
    assert message.contact["phone_number"] == "+79991234567"


async def test_a_tap_carries_what_telegram_sends(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A tap sends the button's data with the message it is under, and spins until the bot answers."""
    asked = await ask(caller, started, BUTTONS)
    tap = emulator.tap(started, bot, "Yes")
    (update,) = await caller.result("getUpdates", offset=-1)
    query = update["callback_query"]
    assert query["data"] == "yes"
    assert query["message"] == asked
    assert query["from"]["id"] == started.id
    assert query["chat_instance"] == emulator.chat(started, bot).instance
    assert tap.answer is None
    answer = {"text": "Done", "show_alert": True}
    assert await caller.result("answerCallbackQuery", callback_query_id=query["id"], **answer) is True
    assert await emulator.wait_for_answer(tap) == {**answer, "url": ""}


async def test_buttons_must_be_there(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """What no message shows cannot be tapped, but a test can forge it, and from another account as well."""
    asked = await ask(caller, started, BUTTONS)
    edit = {"chat_id": started.id, "message_id": asked["message_id"]}
    await caller.result("editMessageText", **edit, text="Too late")
    with pytest.raises(ImpossibleError, match="No message shows"):
        emulator.tap(started, bot, "Yes")
    stranger = emulator.add_person(first_name="Mallory")
    emulator.forge_tap(started, bot, "forged", message_id=asked["message_id"], as_person=stranger)
    (update,) = await caller.result("getUpdates", offset=-1)
    query = update["callback_query"]
    assert (query["data"], query["from"]["first_name"]) == ("forged", "Mallory")
    assert query["message"]["text"] == "Too late"
    emulator.forge_tap(started, bot, "lost", message_id=404)
    (update,) = await caller.result("getUpdates", offset=-1)
    assert update["callback_query"]["message"]["date"] == 0


async def test_another_account_can_tap_a_button(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A button in one person's chat can be tapped as another, as a forged client would."""
    await ask(caller, started, BUTTONS)
    stranger = emulator.add_person(first_name="Mallory")
    tap = emulator.tap(started, bot, data="yes", as_person=stranger)
    assert tap.person is stranger


async def test_late_answers_to_taps_are_refused(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """Unknown queries and those older than 150 seconds cannot be answered, nor with more than 200 characters."""
    tap = emulator.forge_tap(started, bot, "yes")
    assert await caller.refusal("answerCallbackQuery", callback_query_id=tap.id, text="x" * 201) == (
        400,
        "Bad Request: MESSAGE_TOO_LONG",
    )
    words = (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    assert await caller.refusal("answerCallbackQuery", callback_query_id="unknown") == words
    emulator.advance(150)
    assert await caller.refusal("answerCallbackQuery", callback_query_id=tap.id) == words
    emulator.forge_tap(started, bot, "again")
    assert tap.id not in bot.taps


async def test_blocking_and_starting_again(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A blocked bot is told so, hears nothing, and a deep link unblocks it before it starts."""
    emulator.block(started, bot)
    for impossible in (emulator.block, lambda person, bot: emulator.send_text(person, bot, "Hello")):
        with pytest.raises(ImpossibleError, match="blocked"):
            impossible(started, bot)
    emulator.open_link(started, "https://t.me/gate_bot?start=again")
    news = (await caller.result("getUpdates"))[1:]
    assert news[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert news[1]["message"]["text"] == "/start again"
    with pytest.raises(ImpossibleError, match="not blocked"):
        emulator.unblock(started, bot)


async def test_commands_are_marked_in_what_people_write(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot
) -> None:
    """Commands in a person's text are marked in UTF-16 units; a slash inside a word or an address is none."""
    emulator.send_text(started, bot, "😀 /help and/or https://example.org/stop")
    message = await last_message(caller)
    assert message["entities"] == [{"type": "bot_command", "offset": 3, "length": 5}]


async def test_waiting_for_a_message(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A test can wait for the bot's next message or any change, and learns when none comes."""
    sent = await caller.result("sendMessage", chat_id=started.id, text="Hi")
    message = await emulator.wait_for_message(started, bot)
    assert message.id == sent["message_id"]
    with pytest.raises(ImpossibleError, match="sent nothing"):
        await emulator.wait_for_message(started, bot, after=message.id, within=0.01)
    revision = emulator.chat(started, bot).revision
    await caller.result("editMessageText", chat_id=started.id, message_id=message.id, text="Ho")
    chat = await emulator.wait_for_change(started, bot, revision=revision)
    assert chat.messages[message.id].text == "Ho"


def test_what_is_not_there_is_named(emulator: Emulator, anna: Person) -> None:
    """Unknown bots and people, bad links, tokens and names are refused in words."""
    emulator.add_bot("gate_bot")
    for act, code in (
        (lambda: emulator.chat(anna, "nobody_bot"), "no_such_bot"),
        (lambda: emulator.chat(404, "gate_bot"), "no_such_person"),
        (lambda: emulator.open_link(anna, "https://t.me/"), "bad_link"),
        (lambda: emulator.add_bot("other_bot", "no token"), "bad_token"),
        (lambda: emulator.add_bot("no bot"), "bad_username"),
        (lambda: emulator.add_bot("Gate_Bot"), "bot_exists"),
        (lambda: emulator.add_person(id=anna.id), "person_exists"),
    ):
        with pytest.raises(ImpossibleError) as refused:
            act()
        assert refused.value.code == code


def test_time_stands_where_the_source_says(emulator: Emulator) -> None:
    """The clock follows its source plus what it was advanced by."""
    assert emulator.advance(5) == START_OF_TIME + 5
