"""What people do in the MAX app, and what the bot gets to know of it."""

import hashlib
import hmac
from typing import Any

import pytest

from emulator import Emulator, ImpossibleError
from emulator.max.app import MaxApp
from emulator.max.behaviour import ExistingDialog
from emulator.max.contacts import SharedContact
from emulator.max.model import Bot
from emulator.people import Person
from tests.emulator.max.conftest import LINK, SHARE, TOKEN, YES, MaxCaller

CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:ez-vcard 0.10.3\r\nTEL;TYPE=cell:{phone}\r\nFN:Anna Petrova\r\nEND:VCARD\r\n"
)
OWN = CARD.format(phone="79991234567")


def signed(card: str, token: str = TOKEN) -> str:
    """Return the hash that proves a card."""
    return hmac.new(token.encode(), card.encode(), hashlib.sha256).hexdigest()


async def payload(call: MaxCaller) -> dict[str, Any]:
    """Fetch the payload of the contact shared last."""
    message = (await call.news())[-1]["message"]
    body = message["link"]["message"] if "link" in message else message["body"]
    (attachment,) = body["attachments"]
    assert attachment["type"] == "contact"
    return dict(attachment["payload"])


async def test_the_start_button_comes_first(call: MaxCaller, app: MaxApp, anna: Person, max_bot: Bot) -> None:
    """A link only shows START at first; nothing else can be done until it is pressed, and then it is gone."""
    chat = app.open_link(anna, f"{call.base_url}/max.ru/id123_bot?start=abc", press_start=False)
    assert (chat.is_started, chat.start_payload) == (False, "abc")
    for act in (app.block, lambda person, bot: app.send_text(person, bot, "Hello")):
        with pytest.raises(ImpossibleError, match="only a START button"):
            act(anna, max_bot)
    app.press_start(anna, max_bot)
    assert [update["payload"] for update in await call.news()] == ["abc"]
    with pytest.raises(ImpossibleError, match="no START"):
        app.press_start(anna, max_bot)


async def test_a_long_payload_is_lost(call: MaxCaller, app: MaxApp, anna: Person) -> None:
    """A payload of 128 characters arrives, one more and all of it is lost without a word."""
    app.open_link(anna, f"{LINK}?start={'x' * 128}")
    app.open_link(anna, f"{LINK}?start={'x' * 129}")
    whole, lost = await call.news()
    assert (whole["payload"], "payload" in lost) == ("x" * 128, False)


@pytest.mark.parametrize("behaviour", ["bot_started", "text", "nothing"])
async def test_a_link_into_an_existing_dialog(
    call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot, behaviour: ExistingDialog
) -> None:
    """It starts the bot again, sends a text at once, or does nothing at all, as switched; a stopped bot is started."""
    app.existing_dialog = behaviour
    chat = app.open_link(known, f"{LINK}?start=abc", press_start=False)
    assert chat.start_payload == ("abc" if behaviour == "bot_started" else None)
    app.open_link(known, f"{LINK}?start=abc")
    heard = [update.get("payload") or update["message"]["body"]["text"] for update in await call.news()]
    assert heard == {"bot_started": ["abc"], "text": ["/start abc"] * 2, "nothing": []}[app.existing_dialog]
    app.block(known, max_bot)
    app.open_link(known, f"{LINK}?start=again")
    assert (await call.news())[-1]["payload"] == "again"


async def test_the_own_contact_is_shared_by_the_button(
    call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot
) -> None:
    """The button sends the card with the person's number, what MAX knows of them, and the hash that proves it."""
    with pytest.raises(ImpossibleError, match="No message shows"):
        app.share_contact(known, max_bot)
    await call.send("Number?", [SHARE])
    message = app.share_contact(known, max_bot)
    assert message.contact == {
        "phone_number": "79991234567",
        "first_name": "Anna",
        "last_name": "Petrova",
        "user_id": known.id,
    }
    assert await payload(call) == {
        "vcf_info": OWN,
        "max_info": {"user_id": call.user, "first_name": "Anna", "last_name": "Petrova", "is_bot": False},
        "hash": signed(OWN),
    }


@pytest.mark.parametrize(
    ("contact", "sent"),
    [
        (SharedContact(is_attached=True), (OWN, None)),
        (SharedContact(is_forwarded=True), (OWN, signed(OWN))),
        (SharedContact(phone_number="8 (999) 1"), (CARD.format(phone="8 (999) 1"), None)),
        (
            SharedContact(phone_number="89991234567", is_signed=True),
            (CARD.format(phone="89991234567"), signed(CARD.format(phone="89991234567"))),
        ),
        (SharedContact(trick="bad_hash"), (OWN, signed(OWN, f"{TOKEN} of another bot"))),
        (SharedContact(trick="literal_breaks"), (OWN.replace("\r\n", "\\r\\n"), signed(OWN))),
    ],
)
async def test_contacts_can_be_wrong(
    call: MaxCaller, app: MaxApp, known: Person, contact: SharedContact, sent: tuple[str, str | None]
) -> None:
    """A contact may be attached by hand, forwarded, of another number, badly signed or badly written."""
    app.share_contact(known, "id123_bot", contact)
    shared = await payload(call)
    assert (shared["vcf_info"], shared.get("hash")) == sent


async def test_two_numbers_in_one_card(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """A card may hold two numbers, and is signed all the same."""
    app.share_contact(known, "id123_bot", SharedContact(trick="two_numbers"))
    sent = await payload(call)
    assert sent["vcf_info"].count("TEL;") == 2
    assert sent["hash"] == signed(sent["vcf_info"])


async def test_a_forwarded_contact_stands_in_the_link(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """The body of a forwarded contact is empty, but the hash is still right."""
    app.share_contact(known, "id123_bot", SharedContact(is_forwarded=True))
    message = (await call.news())[-1]["message"]
    assert message["body"]["attachments"] == []
    assert message["link"]["type"] == "forward"


async def test_somebody_elses_contact(emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person) -> None:
    """Somebody else's contact is theirs, with or without an account, and signed only when a test says so."""
    boris = emulator.add_person(first_name="Bo; ris", phone="+49 1511 2345678")
    app.share_contact(known, "id123_bot", SharedContact(owner=boris))
    sent = await payload(call)
    assert sent["max_info"]["user_id"] == app.user_id(boris)
    assert "TEL;TYPE=cell:4915112345678\r\nFN:Bo\\; ris\r\n" in sent["vcf_info"]
    assert "hash" not in sent
    app.share_contact(known, "id123_bot", SharedContact(owner=boris, has_user_id=False, is_signed=True))
    sent = await payload(call)
    assert (sent["max_info"], sent["hash"]) == (None, signed(sent["vcf_info"]))


async def test_a_signed_contact_can_be_replayed(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """The very card shared before comes again, even when the token that signed it is no longer valid."""
    replayed = SharedContact(trick="replayed")
    with pytest.raises(ImpossibleError, match="No signed contact"):
        app.share_contact(known, max_bot, replayed)
    await call.send("Number?", [SHARE])
    app.share_contact(known, max_bot)
    first = await payload(call)
    app.reissue(max_bot, "another-token")
    app.share_contact(known, max_bot, replayed)
    app.reissue(max_bot, TOKEN)
    assert await payload(call) == first


async def test_a_tap_is_answered_once(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """An answer shows its notification and changes the message; a second one does nothing."""
    await call.send("Log in?", [YES])
    tap = app.tap(known, "id123_bot", "Yes")
    body = {"notification": "Done", "message": {"text": "Logged in", "attachments": []}}
    assert await call.result("POST /answers", body, callback_id=tap.id) == {"success": True}
    assert await app.wait_for_answer(tap) == {"text": "Done", "show_alert": False}
    (message,) = app.chat(known, "id123_bot").messages.values()
    assert (message.text, message.inline_keyboard) == ("Logged in", None)
    for callback_id in (tap.id, "unknown"):
        answer = await call.result("POST /answers", body, callback_id=callback_id)
        assert answer["success"] is False


async def test_answers_are_checked(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """An answer needs a message or a notification; without attachments the buttons stay; a gone message is none."""
    sent = await call.send("Log in?", [YES])
    tap = app.tap(known, max_bot, "Yes")
    bad: list[object] = [{}, {"notification": " "}, {"message": "Hi"}, {"message": {}}, {"message": {"text": " "}}]
    for body in bad:
        assert (await call.refusal("POST /answers", body, callback_id=tap.id))[:2] == (400, "proto.payload")
    assert (await call.refusal("POST /answers", {"notification": "Done"}))[0] == 400
    changed = {"message": {"text": "Wait"}}
    assert await call.result("POST /answers", changed, callback_id=tap.id) == {"success": True}
    assert app.chat(known, max_bot).messages[max_bot.last_number].inline_keyboard is not None
    gone = app.tap(known, max_bot, "Yes")
    await call.result("DELETE /messages", message_id=sent["body"]["mid"])
    assert (await call.result("POST /answers", changed, callback_id=gone.id))["success"] is False
    app.block(known, max_bot)
    stopped = (403, "chat.denied", "error.dialog.suspended")
    assert await call.refusal("POST /answers", {"notification": "Done"}, callback_id=gone.id) == stopped


async def test_buttons_must_be_there(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot
) -> None:
    """What no message shows cannot be tapped, but a test can forge it, and tap as somebody else."""
    mid = (await call.send("Log in?", [YES], [SHARE]))["body"]["mid"]
    with pytest.raises(ImpossibleError, match="sends nothing"):
        app.tap(known, max_bot, "Share")
    mallory = emulator.add_person(first_name="Mallory")
    app.tap(known, max_bot, "Yes", message_id=mid, as_person=mallory)
    app.forge_tap(known, max_bot, "forged", message_id=mid, as_person=mallory)
    app.forge_tap(known, max_bot, "newest")
    app.forge_tap(known, max_bot, "lost", message_id="mid.404")
    news = await call.news()
    assert [update["callback"]["user"]["first_name"] for update in news] == ["Mallory", "Mallory", "Anna", "Anna"]
    assert [update["message"] and update["message"]["body"]["mid"] for update in news] == [mid, mid, mid, None]
    await call.result("PUT /messages", {"attachments": []}, message_id=mid)
    with pytest.raises(ImpossibleError, match="No message shows"):
        app.tap(known, max_bot, "Yes")


async def test_waiting_for_a_message(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """A test can wait for the bot's next message or any change, and learns when none comes."""
    sent = await call.send("Hi")
    message = await app.wait_for_message(known, max_bot)
    assert message.id == sent["body"]["mid"]
    with pytest.raises(ImpossibleError, match="sent nothing"):
        await app.wait_for_message(known, max_bot, after=message.number, within=0.01)
    revision = app.chat(known, max_bot).revision
    await call.result("PUT /messages", {"text": "Ho"}, message_id=message.id)
    chat = await app.wait_for_change(known, max_bot, revision=revision)
    assert chat.messages[message.number].text == "Ho"


async def test_a_dialog_remembers_its_last_messages(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """Old messages and taps are forgotten, also by their mids."""
    app.platform.history = 2
    for number in range(3):
        app.send_text(known, max_bot, str(number))
        app.forge_tap(known, max_bot, str(number))
    assert [message.text for message in app.chat(known, max_bot).messages.values()] == ["1", "2"]
    mids = [update["message"]["body"]["mid"] for update in await call.news(types="message_created")]
    assert [(await call.call(f"GET /messages/{mid}"))[0] for mid in mids] == [404, 200, 200]
    assert len(max_bot.taps) == 2


@pytest.mark.usefixtures("call")
def test_what_is_not_there_is_named(app: MaxApp, known: Person, max_bot: Bot) -> None:
    """Unknown bots and people, bad links, tokens and names, and what a phone does not allow are refused in words."""
    for act, code in (
        (lambda: app.chat(known, "nobody_bot"), "no_such_bot"),
        (lambda: app.chat(404, "id123_bot"), "no_such_person"),
        (lambda: app.open_link(known, "https://max.ru/"), "bad_link"),
        (lambda: app.add_bot("other_bot", "a b"), "bad_token"),
        (lambda: app.add_bot("no bot"), "bad_username"),
        (lambda: app.add_bot("ID123_bot"), "bot_exists"),
        (lambda: app.reissue(max_bot, "a b"), "bad_token"),
        (lambda: app.send_text(known, max_bot, " "), "bad_text"),
        (lambda: app.unblock(known, max_bot), "not_blocked"),
    ):
        with pytest.raises(ImpossibleError) as refused:
            act()
        assert refused.value.code == code
    app.block(known, max_bot)
    for again in (app.block, lambda person, bot: app.send_text(person, bot, "Hello")):
        with pytest.raises(ImpossibleError, match="stopped"):
            again(known, max_bot)
