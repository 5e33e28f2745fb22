"""What the emulated Bot API says to calls that send, edit and delete."""

import aiohttp
import pytest

from emulator import Emulator
from emulator.people import Person
from emulator.telegram.model import Bot
from tests.emulator.conftest import Caller

BUTTONS = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
TWO_ACTIONS = "Exactly one of the optional fields must be used to specify type of the button"
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
CONTACT = {"keyboard": [[{"text": "Share", "request_contact": True}]], "one_time_keyboard": True}


def buttons(**action: object) -> dict[str, object]:
    """Make an inline keyboard with one button that does `action`."""
    return {"inline_keyboard": [[{"text": "Yes", **action}]]}


async def test_a_message_is_answered_with_its_likeness(caller: Caller, started: Person, bot: Bot) -> None:
    """The method sendMessage answers with the whole Message, its text without markup, its entities in UTF-16 units."""
    text = "😀 <b>Hi &amp; <i>bye</i></b> <a href='https://example.org/?a=1&amp;b=2'>here</a>"
    message = await caller.result("sendMessage", chat_id=started.id, text=text, parse_mode="HTML")
    assert message["from"] == {"id": bot.id, "is_bot": True, "first_name": "Gate", "username": "gate_bot"}
    assert message["chat"] == {
        "id": started.id,
        "first_name": "Anna",
        "last_name": "Petrova",
        "type": "private",
    }
    assert message["text"] == "😀 Hi & bye here"
    assert message["entities"] == [
        {"type": "bold", "offset": 3, "length": 8},
        {"type": "italic", "offset": 8, "length": 3},
        {"type": "text_link", "offset": 12, "length": 4, "url": "https://example.org/?a=1&b=2"},
    ]


@pytest.mark.parametrize("way", ["query", "form", "multipart", "json", "json_strings"])
async def test_parameters_come_in_every_way_telegram_takes(
    session: aiohttp.ClientSession, caller: Caller, started: Person, way: str
) -> None:
    """A call may carry its parameters in the query, a form, multipart or JSON, and name the method in any case."""
    url = f"{caller.base_url}/bot{caller.token}/SENDmessage"
    plain = {
        "chat_id": str(started.id),
        "text": "Hi",
        "reply_markup": '{"inline_keyboard": [[{"text":"A","url":"https://a.b"}]]}',
    }
    native = {
        "chat_id": started.id,
        "text": "Hi",
        "reply_markup": {"inline_keyboard": [[{"text": "A", "url": "https://a.b"}]]},
    }
    multipart = aiohttp.MultipartWriter("form-data")
    for name, value in plain.items():
        multipart.append(value).set_content_disposition("form-data", name=name)
    requests = {
        "query": session.get(url, params=plain),
        "form": session.post(url, data=plain),
        "multipart": session.post(url, data=multipart),
        "json": session.post(url, json=native),
        "json_strings": session.post(url, json=plain),
    }
    async with requests[way] as response:
        answer = await response.json()
    for other, request in requests.items():
        if other != way:
            request.close()
    assert answer["ok"], answer
    assert answer["result"]["reply_markup"]["inline_keyboard"] == [[{"text": "A", "url": "https://a.b"}]]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"text": "ё" * 4097}, "message is too long"),
        ({"text": "Hi", "chat_id": ""}, "chat_id is empty"),
        ({"text": "Hi", "chat_id": 404}, "chat not found"),
        ({"text": "Hi", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "Hi", "parse_mode": "Word"}, "unsupported parse_mode"),
        ({"text": "<blink>Hi</blink>"}, 'can\'t parse entities: Unsupported start tag "blink" at byte offset 0'),
        ({"text": "ё<b>Hi"}, "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        (
            {"text": "ё<b>Hi</i>"},
            'can\'t parse entities: Unmatched end tag at byte offset 7, expected "</b>", found "</i>"',
        ),
        ({"text": "Hi</b>"}, "can't parse entities: Unexpected end tag at byte offset 2"),
        ({"text": "1 < 2"}, "can't parse entities: Unclosed start tag at byte offset 2"),
        ({"text": "<span>x</span>"}, 'can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ({"text": "Hi", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "Hi", "reply_markup": "[]"}, "object expected as reply markup"),
        ({"text": "Hi", "reply_markup": buttons(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"text": "Hi", "reply_markup": buttons(callback_data="ё" * 33)}, "BUTTON_DATA_INVALID"),
        ({"text": "Hi", "reply_markup": buttons(callback_data="")}, "BUTTON_DATA_INVALID"),
        (
            {"text": "Hi", "reply_markup": buttons()},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "Hi", "reply_markup": buttons(callback_data="a", url="https://a.b")},
            f"can't parse inline keyboard button: {TWO_ACTIONS}",
        ),
        (
            {"text": "Hi", "reply_markup": {"inline_keyboard": [[{"callback_data": "a"}]]}},
            'can\'t parse inline keyboard button: Field "text" must be of type String',
        ),
        (
            {"text": "Hi", "reply_markup": buttons(url="javascript:alert(1)")},
            "inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "Hi", "reply_markup": {**BUTTONS, **CONTACT}},
            "reply markup must be exactly one of inline keyboard, keyboard, removal and forced reply",
        ),
        ({"text": "Hi", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ],
)
async def test_bad_messages_are_refused_in_telegrams_words(
    caller: Caller, started: Person, parameters: dict[str, object], words: str
) -> None:
    """Everything Telegram does not send is a 400 with the words Telegram uses."""
    given = {"chat_id": started.id, "parse_mode": "HTML", **parameters}
    assert await caller.refusal("sendMessage", **given) == (400, f"Bad Request: {words}")


async def test_limits_themselves_are_allowed(caller: Caller, started: Person) -> None:
    """4096 characters after parsing and 64 bytes of callback data are just allowed."""
    text = "<b>" + "ё" * 4096 + "</b>"
    markup = buttons(callback_data="ё" * 32)
    message = await caller.result("sendMessage", chat_id=started.id, text=text, parse_mode="HTML", reply_markup=markup)
    assert len(message["text"]) == 4096


async def test_a_bot_cannot_write_first(caller: Caller, anna: Person) -> None:
    """Somebody who never started the bot cannot be written to."""
    assert await caller.refusal("sendMessage", chat_id=anna.id, text="Hi") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )


async def test_a_blocked_bot_is_told_so(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A blocked bot cannot send, edit or show what it does; after unblocking it can."""
    message = await caller.result("sendMessage", chat_id=started.id, text="Hi")
    emulator.block(started, bot)
    words = (403, "Forbidden: bot was blocked by the user")
    assert await caller.refusal("sendMessage", chat_id=started.id, text="Hi") == words
    edit = {"chat_id": started.id, "message_id": message["message_id"], "text": "Ho"}
    assert await caller.refusal("editMessageText", **edit) == words
    assert await caller.refusal("sendChatAction", chat_id=started.id, action="typing") == words
    emulator.unblock(started, bot)
    assert (await caller.result("editMessageText", **edit))["text"] == "Ho"


async def test_unknown_tokens_and_methods(session: aiohttp.ClientSession, caller: Caller) -> None:
    """A token nobody has is a 401, a malformed one or an unknown method a 404, in the Bot API's JSON."""
    for token, method, status, words in (
        ("1:unknown", "getMe", 401, "Unauthorized"),
        ("nonsense", "getMe", 404, "Not Found"),
        (caller.token, "getEverything", 404, "Not Found"),
        (caller.token, "", 404, "Not Found"),
    ):
        async with session.get(f"{caller.base_url}/bot{token}/{method}") as response:
            assert response.status == status
            assert await response.json() == {"ok": False, "error_code": status, "description": words}


async def test_an_edit_without_buttons_removes_them(caller: Caller, started: Person) -> None:
    """The method editMessageText without a reply_markup removes the inline keyboard; the same again is refused."""
    message = await caller.result("sendMessage", chat_id=started.id, text="Hi", reply_markup=BUTTONS)
    edit = {"chat_id": started.id, "message_id": message["message_id"]}
    assert await caller.refusal("editMessageText", **edit, text="Hi", reply_markup=BUTTONS) == (400, NOT_MODIFIED)
    edited = await caller.result("editMessageText", **edit, text="Hi")
    assert "reply_markup" not in edited
    assert edited["edit_date"] == edited["date"]
    assert await caller.refusal("editMessageReplyMarkup", **edit) == (400, NOT_MODIFIED)
    shown = await caller.result("editMessageReplyMarkup", **edit, reply_markup=BUTTONS)
    assert shown["reply_markup"] == BUTTONS


async def test_what_cannot_be_edited(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """Missing messages, those of the person, those with a reply keyboard, and reply keyboards in edits are refused."""
    theirs = emulator.send_text(started, bot, "Hello")
    plain = await caller.result("sendMessage", chat_id=started.id, text="Hi")
    asking = await caller.result("sendMessage", chat_id=started.id, text="Hi", reply_markup=CONTACT)
    for message_id, markup, words in (
        (12345, {}, "message to edit not found"),
        (theirs.id, {}, "message can't be edited"),
        (asking["message_id"], {}, "message can't be edited"),
        (plain["message_id"], CONTACT, "inline keyboard expected"),
        (0, {}, "message identifier is not specified"),
    ):
        edit = {"chat_id": started.id, "message_id": message_id, "text": "Ho", "reply_markup": markup}
        assert await caller.refusal("editMessageText", **edit) == (400, f"Bad Request: {words}")


async def test_a_deleted_message_is_gone(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """The method deleteMessage takes the message off the phone; a second time there is none."""
    message = await caller.result("sendMessage", chat_id=started.id, text="Hi")
    named = {"chat_id": started.id, "message_id": message["message_id"]}
    assert await caller.result("deleteMessage", **named) is True
    assert message["message_id"] not in emulator.chat(started, bot).messages
    assert await caller.refusal("deleteMessage", **named) == (400, "Bad Request: message to delete not found")


async def test_a_reply_names_the_message_it_answers(caller: Caller, started: Person) -> None:
    """reply_parameters put the answered message into the new one; a missing one may be allowed."""
    first = await caller.result("sendMessage", chat_id=started.id, text="One", protect_content=True)
    reply = {"message_id": first["message_id"]}
    second = await caller.result("sendMessage", chat_id=started.id, text="Two", reply_parameters=reply)
    assert first["has_protected_content"] is True
    assert second["reply_to_message"]["text"] == "One"
    gone = {"message_id": 12345, "allow_sending_without_reply": True}
    third = await caller.result("sendMessage", chat_id=started.id, text="Three", reply_parameters=gone)
    assert "reply_to_message" not in third


async def test_chat_actions(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A chat action shows on the phone until the next message; an unknown one is refused."""
    assert await caller.result("sendChatAction", chat_id=started.id, action="typing") is True
    assert emulator.chat(started, bot).action == "typing"
    await caller.result("sendMessage", chat_id=started.id, text="Hi")
    assert emulator.chat(started, bot).action == ""
    assert await caller.refusal("sendChatAction", chat_id=started.id, action="dance") == (
        400,
        "Bad Request: wrong parameter action in request",
    )


async def test_commands_are_kept_by_scope_and_language(caller: Caller) -> None:
    """Commands are set, read and deleted for each scope and language by itself, within Telegram's limits."""
    start = [{"command": "start", "description": "Begin"}]
    assert await caller.result("setMyCommands", commands=start) is True
    assert await caller.result("getMyCommands") == start
    assert await caller.result("getMyCommands", scope={"type": "all_private_chats"}, language_code="ru") == []
    assert await caller.result("deleteMyCommands") is True
    assert await caller.result("getMyCommands") == []
    for commands, words in (
        ([{"command": "Ünique", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "a" * 33, "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "a", "description": "x" * 257}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        (start * 101, "BOT_COMMANDS_TOO_MUCH"),
    ):
        assert await caller.refusal("setMyCommands", commands=commands) == (400, f"Bad Request: {words}")


async def test_logging_out_and_closing(emulator: Emulator, caller: Caller) -> None:
    """The method close is refused in the first ten minutes; logOut shuts the bot out for ten minutes."""
    assert await caller.refusal("close") == (429, "Too Many Requests: retry after 600")
    emulator.advance(600)
    assert await caller.result("close") is True
    assert await caller.result("logOut") is True
    assert await caller.refusal("getMe") == (400, "Logged out")
    emulator.advance(600)
    assert (await caller.result("getMe"))["username"] == "gate_bot"
