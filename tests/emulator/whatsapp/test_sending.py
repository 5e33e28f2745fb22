"""What the emulated Cloud API says to businesses that send."""

import pytest

from emulator import Emulator, Template
from emulator.people import Person
from tests.emulator.whatsapp.conftest import CONTACT_REQUEST, Business, buttons, text

LIST = {
    "button": "Choose",
    "sections": [{"rows": [{"id": "a", "title": "Apples", "description": "Red"}, {"id": "b", "title": "Pears"}]}],
}


def interactive(kind: str, action: object, **parts: object) -> dict[str, object]:
    """Make the parts of an interactive message."""
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": "Well?"}, "action": action, **parts}}


async def test_a_text_reaches_the_phone(emulator: Emulator, business: Business, talking: Person) -> None:
    """A text is answered with the wa_id and a wamid, and stands in the person's chat."""
    status, answer = await business.messages(to="+7 (999) 123-45-67", **text("Welcome"))
    assert status == 200
    assert answer["messaging_product"] == "whatsapp"
    assert answer["contacts"] == [{"input": "+7 (999) 123-45-67", "wa_id": "79991234567"}]
    (sent,) = answer["messages"]
    assert sent["id"].startswith("wamid.")
    message = await emulator.whatsapp.wait_for_message(talking, business.number)
    assert (message.id, message.text, message.sender, message.status) == (sent["id"], "Welcome", None, "delivered")


async def test_a_user_id_is_an_address(emulator: Emulator, business: Business, talking: Person) -> None:
    """A message to a BSUID is answered with it and without a wa_id; with both addresses the phone wins."""
    user_id = emulator.whatsapp.bsuid(talking, business.number)
    assert user_id.startswith("RU.")
    _, answer = await business.messages(recipient=user_id, **text())
    assert answer["contacts"] == [{"input": user_id, "user_id": user_id}]
    _, answer = await business.messages(recipient=user_id, to="+79991234567", **text())
    assert answer["contacts"] == [{"input": "+79991234567", "wa_id": "79991234567"}]


async def test_words_and_buttons_are_what_a_person_sees(
    emulator: Emulator, business: Business, talking: Person
) -> None:
    """Header, body and footer are read together; each kind of interactive message has its own rows."""
    chat = emulator.whatsapp.chat(talking, business.number)
    edges = {"header": {"type": "text", "text": "Shop"}, "footer": {"text": "Five minutes"}}
    link = {"name": "cta_url", "parameters": {"display_text": "Back", "url": "https://shop.example/"}}
    for sent, rows in (
        (
            buttons(("ok", "Yes"), ("no", "No"), **edges),
            [[{"text": "Yes", "callback_data": "ok"}], [{"text": "No", "callback_data": "no"}]],
        ),
        (interactive("cta_url", link), [[{"text": "Back", "url": "https://shop.example/"}]]),
        (
            interactive("list", LIST),
            [
                [{"text": "Apples", "callback_data": "a", "description": "Red"}],
                [{"text": "Pears", "callback_data": "b"}],
            ],
        ),
        (CONTACT_REQUEST, [[{"text": "Share contact info", "request_contact": True}]]),
    ):
        await business.sent(talking, **sent)
        assert chat.messages[chat.last_from_bot].inline_keyboard == rows
    assert [message.text for message in chat.messages.values()][1] == "Shop\n\nSign in?\n\nFive minutes"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"messaging_product": None, **text()}, 100),
        ({"messaging_product": "telegram", **text()}, 100),
        ({**text(), "category": "utility"}, 100),
        ({**text(), "recipient_type": "group"}, 100),
        ({**text(), "to": None}, 100),
        ({**text(), "to": 79991234567}, 100),
        ({**text(), "to": "Anna"}, 131009),
        ({**text(), "to": None, "recipient": "79991234567"}, 131009),
        ({**text(), "to": None, "recipient": "RU.1"}, 131026),
        ({"type": "text"}, 131008),
        ({"type": "text", "text": "Hi"}, 100),
        ({"type": "text", "text": {"text": "Hi"}}, 100),
        (text(" "), 131009),
        (text("x" * 4097), 100),
        ({"type": "fax", "fax": {}}, 100),
        (buttons(), 131009),
        (buttons(*((f"id{place}", f"B{place}") for place in range(4))), 131009),
        (buttons(("a", "x" * 21)), 131009),
        (buttons(("a", "Yes"), ("b", "Yes")), 131009),
        (buttons(("a", "Yes"), ("a", "No")), 131009),
        (buttons((" a", "Yes")), 131009),
        (buttons(("x" * 257, "Yes")), 131009),
        (buttons(("a", "Yes"), body={"text": "x" * 1025}), 131009),
        (buttons(("a", "Yes"), header={"type": "text", "text": "x" * 61}), 131009),
        (buttons(("a", "Yes"), header={"type": "sticker"}), 100),
        (buttons(("a", "Yes"), footer={"text": "x" * 61}), 131009),
        (buttons(("a", "Yes"), note="x"), 100),
        (buttons(("a", "Yes"), action=None), 131008),
        (interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "Go", "url": "ftp://x"}}), 131009),
        (interactive("list", {**LIST, "sections": []}), 131009),
        (interactive("list", {**LIST, "sections": [{"rows": [{"id": "a", "title": "x" * 25}]}]}), 131009),
        (interactive("request_contact_info", {"name": "phone"}), 100),
        (interactive("poll", {}), 100),
        ({"type": "reaction", "reaction": {"message_id": "wamid.unknown", "emoji": "x"}}, 131009),
    ],
)
async def test_bad_messages_are_refused(
    business: Business, talking: Person, body: dict[str, object], code: int
) -> None:
    """Everything WhatsApp does not take is a 400 with Meta's code, and nothing is sent."""
    assert await business.refusal(**{"to": f"+{talking.phone}", **body}) == (400, code)
    assert business.number.chats[talking.id].last_from_bot == 0


async def test_limits_themselves_are_allowed(business: Business, talking: Person) -> None:
    """4096 characters of text, 1024 of a body, 20 of a title and 256 of an id are just allowed."""
    await business.sent(talking, **text("ё" * 4096))
    await business.sent(talking, **buttons(("ё" * 256, "ё" * 20), body={"text": "ё" * 1024}))


async def test_an_error_looks_like_metas(business: Business, anna: Person) -> None:
    """A refusal carries message, type, code, details and a trace id."""
    status, answer = await business.messages(to=f"+{anna.phone}", **text())
    error = answer["error"]
    assert (status, error.pop("fbtrace_id")[0]) == (400, "A")
    assert error == {
        "message": "(#131047) Re-engagement message",
        "type": "OAuthException",
        "code": 131047,
        "error_data": {
            "messaging_product": "whatsapp",
            "details": "Message failed to send because more than 24 hours have passed since the customer last replied "
            "to this number.",
        },
    }
    assert business.number.chats == {}


async def test_a_plus_sign_matters(emulator: Emulator, business: Business, talking: Person) -> None:
    """Without the plus sign the country code of the business comes first, and somebody else gets the message."""
    stranger = emulator.add_person(first_name="Boris", phone="+7 7 999 123 45 67")
    assert await business.refusal(to="7123456", **text()) == (400, 131026)
    emulator.whatsapp.send_text(stranger, business.number, "Hello")
    _, answer = await business.messages(to=talking.phone, **text())
    assert answer["contacts"] == [{"input": "79991234567", "wa_id": "779991234567"}]
    assert emulator.whatsapp.chat(talking, business.number).last_from_bot == 0
    assert await business.refusal(to=f"+{business.number.digits}", **text()) == (400, 131021)


@pytest.mark.parametrize(
    ("phone", "wa_id"),
    [("525512345678", "5215512345678"), ("541123456789", "5491123456789"), ("5511912345678", "551112345678")],
)
async def test_some_countries_have_two_forms(emulator: Emulator, business: Business, phone: str, wa_id: str) -> None:
    """Mexican, Argentine and old Brazilian numbers answer with a wa_id that is not what was dialled."""
    person = emulator.add_person(phone=phone)
    if phone.startswith("55"):
        emulator.whatsapp.identity(person).given_wa_id = wa_id
    emulator.whatsapp.send_text(person, business.number, "Hello")
    _, answer = await business.messages(to=f"+{phone}", **text())
    assert answer["contacts"] == [{"input": f"+{phone}", "wa_id": wa_id}]


async def test_the_window_closes_after_a_day(emulator: Emulator, business: Business, talking: Person) -> None:
    """Free messages may be sent for 24 hours after the person's last one; a template at any time."""
    emulator.advance(24 * 3600 - 1)
    await business.sent(talking, **text())
    emulator.advance(1)
    assert await business.refusal(to=f"+{talking.phone}", **text()) == (400, 131047)
    emulator.whatsapp.add_template(business.number, Template("news", "ru", "utility", "Привет, {{1}}!", ("Стоп",)))
    values = [{"type": "body", "parameters": [{"type": "text", "text": "Анна"}]}]
    template = {"name": "news", "language": {"code": "ru"}, "components": values}
    for bad in ("two\nlines", "a\ttab", "five     spaces"):
        odd = [{"type": "body", "parameters": [{"type": "text", "text": bad}]}]
        told = {"type": "template", "template": {**template, "components": odd}}
        assert await business.refusal(to=f"+{talking.phone}", **told) == (400, 132018)
    wamid = await business.sent(talking, type="template", template=template)
    message = emulator.whatsapp.chat(talking, business.number).find(wamid)
    assert message is not None
    assert (message.text, message.inline_keyboard) == ("Привет, Анна!", [[{"text": "Стоп", "callback_data": "Стоп"}]])


async def test_the_business_can_block(emulator: Emulator, business: Business, talking: Person) -> None:
    """Whom the business has blocked cannot be written to: 130403."""
    emulator.whatsapp.ban(talking, business.number)
    assert await business.refusal(to=f"+{talking.phone}", **text()) == (403, 130403)
    emulator.whatsapp.ban(talking, business.number, is_banned=False)
    await business.sent(talking, **text())


async def test_codes_go_into_templates(emulator: Emulator, business: Business, anna: Person) -> None:
    """An authentication template needs a phone, and its code twice, in at most 15 characters."""
    template = Template("login_code", "en_US", "authentication", "*{{1}}* is your code.")
    emulator.whatsapp.add_template(business.number, template)

    def login_code(in_body: str, in_button: str, language: str = "en_US") -> dict[str, object]:
        components = [
            {"type": "body", "parameters": [{"type": "text", "text": in_body}]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": in_button}]},
        ]
        named = {"name": "login_code", "language": {"code": language}, "components": components}
        return {"type": "template", "template": named}

    phone = f"+{anna.phone}"
    user_id = emulator.whatsapp.bsuid(anna, business.number)
    assert await business.refusal(recipient=user_id, **login_code("123", "123")) == (400, 131062)
    assert await business.refusal(to=phone, **login_code("123", "456")) == (400, 132018)
    assert await business.refusal(to=phone, **login_code("1" * 16, "1" * 16)) == (400, 132005)
    assert await business.refusal(to=phone, **login_code("123", "123", "ru")) == (404, 132001)
    bare = {"name": "login_code", "language": {"code": "en_US"}}
    assert await business.refusal(to=phone, type="template", template=bare) == (400, 132000)
    _, answer = await business.messages(to=phone, **login_code("123", "123"))
    assert answer["messages"][0]["message_status"] == "accepted"


async def test_reactions_and_quotes(emulator: Emulator, business: Business, talking: Person) -> None:
    """A reaction is put on a message and taken back by an empty one; a quote names what it answers."""
    chat = emulator.whatsapp.chat(talking, business.number)
    (hello,) = chat.messages.values()
    for emoji in ("✅", ""):
        await business.sent(talking, type="reaction", reaction={"message_id": hello.id, "emoji": emoji})
        assert hello.reaction == emoji
    assert len(chat.messages) == 1
    await business.sent(talking, **text(), context={"message_id": hello.id})
    assert chat.messages[chat.last_from_bot].reply_to is hello
    await business.sent(talking, **text(), context={"message_id": "wamid.unknown"})
    assert chat.messages[chat.last_from_bot].reply_to is None


async def test_reading_marks_what_came_before(emulator: Emulator, business: Business, talking: Person) -> None:
    """A read receipt marks all earlier messages of the chat; typing shows until the answer or for 25 seconds."""
    number, chat = business.number, emulator.whatsapp.chat(talking, business.number)
    last = emulator.whatsapp.send_text(talking, number, "Are you there?")
    assert await business.read(last.id, typing_indicator={"type": "text"}) == (200, {"success": True})
    assert all(message.is_read for message in chat.messages.values())
    assert chat.typing_until == emulator.clock.now() + 25
    await business.sent(talking, **text("Yes"))
    assert chat.typing_until == 0
    assert (await business.read("wamid.unknown"))[1]["error"]["code"] == 131009
    assert (await business.read(last.id, typing_indicator={"type": "voice"}))[1]["error"]["code"] == 100
    emulator.advance(30 * 24 * 3600 + 1)
    assert (await business.read(last.id))[1]["error"]["code"] == 131009
