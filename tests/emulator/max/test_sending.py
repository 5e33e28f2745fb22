"""What the emulated MAX says to calls that send, edit, delete and show."""

from typing import Any

import aiohttp
import pytest

from emulator.max.app import MaxApp
from emulator.max.model import Bot
from emulator.people import Person
from tests.emulator.conftest import START_OF_TIME
from tests.emulator.max.conftest import SHARE, TOKEN, YES, MaxCaller, keyboard

SITE = {"type": "link", "text": "Site", "url": "https://example.org/"}


async def test_a_message_is_answered_with_its_likeness(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """A sent message comes back as the API's Message, with its keyboard, and can be shown by its mid."""
    sent = await call.send("Log in?", [YES])
    chat = app.chat(known, "id123_bot")
    body = sent["body"]
    assert sent == {
        "sender": {"user_id": chat.bot.id, "first_name": "Gate", "username": "id123_bot", "is_bot": True},
        "recipient": {"chat_id": chat.chat_id, "chat_type": "dialog", "user_id": call.user},
        "timestamp": int(START_OF_TIME * 1000),
        "body": {"mid": body["mid"], "seq": body["seq"], "text": "Log in?", "attachments": body["attachments"]},
    }
    (attachment,) = body["attachments"]
    assert (attachment["type"], attachment["payload"]) == ("inline_keyboard", {"buttons": [[YES]]})
    assert body["mid"].startswith("mid.")
    assert body["seq"] > 2**53
    assert chat.chat_id < 0
    assert await call.result(f"GET /messages/{body['mid']}") == sent
    assert await call.refusal("GET /messages/mid.404") == (404, "not.found", "Message mid.404 not found")
    by_chat = await call.result("POST /messages", {"text": "Hi"}, chat_id=chat.chat_id, disable_link_preview="true")
    assert by_chat["message"]["recipient"] == sent["recipient"]


async def test_the_token_stands_bare_in_the_header(session: aiohttp.ClientSession, call: MaxCaller) -> None:
    """A missing token, an unknown one, one after Bearer and one in the query are refused, each in its way."""
    for headers, query, code, message in (
        ({}, "", "verify.token", "No access token"),
        ({"Authorization": "unknown"}, "", "verify.token", "Malformed access token"),
        ({"Authorization": f"Bearer {TOKEN}"}, "", "verify.token", "Malformed access token"),
        ({}, f"?access_token={TOKEN}", "deprecated.token", "Passing access_token in query is not supported any more"),
    ):
        async with session.get(f"{call.base_url}/me{query}", headers=headers) as response:
            assert response.status == 401
            assert await response.json() == {"code": code, "message": message}
    assert (await call.result("GET /me"))["username"] == "id123_bot"
    assert (await call.refusal("GET /me/friends"))[:2] == (404, "not.found")
    assert (await call.refusal("POST /me"))[:2] == (404, "not.found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \n "},
        {"text": "<b> </b>", "format": "html"},
        {"text": "ё" * 4001},
        {"text": 5},
        {"text": "Hi", "format": "word"},
        {"text": "Hi", "notify": "yes"},
        {"text": "Hi", "attachments": {}},
        {"text": "Hi", "attachments": [{"type": "image"}]},
        {"text": "Hi", "attachments": keyboard([YES]) * 2},
        {"text": "Hi", "link": {"type": "reply"}},
        {"attachments": keyboard([YES])},
        ["Hi"],
    ],
)
async def test_a_bad_body_is_refused_before_its_recipient(call: MaxCaller, body: object) -> None:
    """What MAX does not take is a 400 even for somebody unknown, for whom a good body is a 404."""
    assert (await call.refusal("POST /messages", body, user_id=404))[:2] == (400, "proto.payload")
    assert await call.refusal("POST /messages", {"text": "Hi"}, user_id=404) == (
        404,
        "dialog.not.found",
        "error.dialog.notfound",
    )


async def test_a_body_that_is_no_json(session: aiohttp.ClientSession, call: MaxCaller) -> None:
    """A form, or anything else that is not JSON, is a 400."""
    headers = {"Authorization": TOKEN}
    async with session.post(f"{call.base_url}/messages", data="text=Hi", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, "proto.payload")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "attachments.payload.buttons: must not be empty"),
        ([[]], "attachments.payload.buttons: must not be empty"),
        (["Yes"], "attachments.payload.buttons: must be an array of arrays"),
        ([[YES]] * 31, "errors.maxRows"),
        ([[YES] * 8], "errors.maxRowSize"),
        ([[YES, YES, YES, SITE]], "errors.maxRowSize"),
        ([[SHARE] * 4], "errors.maxRowSize"),
        ([["Yes"]], "button: must be an object"),
        ([[{**YES, "type": "reply"}]], "button.type: unknown type reply"),
        ([[{**YES, "type": "chat"}]], "button.type: unknown type chat"),
        ([[{**YES, "text": ""}]], "button.text: must have 1 to 128 characters"),
        ([[{**YES, "text": "x" * 129}]], "button.text: must have 1 to 128 characters"),
        ([[{"type": "callback", "text": "Yes"}]], "button.payload: must have 1 to 1024 characters"),
        ([[{**YES, "payload": "x" * 1025}]], "button.payload: must have 1 to 1024 characters"),
        ([[{**SITE, "url": "javascript:alert(1)"}]], "button.url: must be a valid URL"),
        ([[{**SITE, "url": "https://example.org/" + "x" * 2048}]], "button.url: must be a valid URL"),
        ([[{"type": "open_app", "text": "App"}]], "button.web_app: must be the username of a bot"),
        (
            [[{"type": "open_app", "text": "App", "web_app": "id123_bot", "payload": "a.b"}]],
            "button.payload: must match ^[\\w-]*$ and have at most 512 characters",
        ),
        (
            [[{"type": "request_geo_location", "text": "Where", "quick": "yes"}]],
            "button.quick: must be a boolean",
        ),
    ],
)
async def test_bad_keyboards_are_refused(call: MaxCaller, rows: list[Any], words: str) -> None:
    """Rows, columns, labels, payloads and types of buttons have limits."""
    body = {"text": "Hi", "attachments": keyboard(*rows)}
    assert await call.refusal("POST /messages", body, user_id=call.user) == (400, "proto.payload", words)


async def test_limits_themselves_are_allowed(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """4000 characters, thirty rows of seven, three with a link, 128 and 1024 characters are just allowed."""
    widest = {"type": "callback", "text": "ё" * 128, "payload": "ё" * 1024}
    other = [{"type": "clipboard", "text": "Copy", "payload": "42"}, {"type": "message", "text": "Hello"}]
    app_button = {"type": "open_app", "text": "App", "web_app": "id123_bot"}
    rows = (
        [[widest] + [YES] * 6]
        + [[YES] * 7] * 26
        + [[SITE, SHARE, app_button], other, [{"type": "request_geo_location", "text": "Here"}]]
    )
    await call.send("ё" * 4000, *rows)
    shown = next(reversed(app.chat(known, "id123_bot").messages.values())).inline_keyboard
    assert shown is not None
    assert shown[27:] == [
        [
            {"text": "Site", "url": "https://example.org/"},
            {"text": "Share", "request_contact": True},
            {"text": "App", "open_app": True},
        ],
        [{"text": "Copy", "copy_text": {"text": "42"}}, {"text": "Hello", "message": True}],
        [{"text": "Here", "request_geo_location": True}],
    ]


async def test_the_recipient_stands_in_the_query(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """No recipient, one in the body, both, a user's id for a dialog's and 0 are refused, each in its way."""
    words = {"text": "Hi"}
    chat_id = app.chat(known, "id123_bot").chat_id
    unknown = (400, "proto.payload", "Unknown recipient")
    assert await call.refusal("POST /messages", words) == unknown
    assert await call.refusal("POST /messages", {**words, "user_id": call.user}) == unknown
    assert await call.refusal("POST /messages", words, user_id=call.user, chat_id=chat_id) == unknown
    assert (await call.refusal("POST /messages", words, user_id="anna"))[:2] == (400, "proto.payload")
    assert (await call.refusal("POST /messages", words, chat_id=call.user))[:2] == (404, "chat.not.found")
    assert await call.refusal("POST /messages", words, chat_id=0) == (403, "chat.denied", "Invalid chatId: 0")


async def test_a_bot_cannot_write_first_nor_once_stopped(
    call: MaxCaller, app: MaxApp, anna: Person, max_bot: Bot
) -> None:
    """Somebody who never started the bot is not found; somebody who stopped it has suspended the dialog."""
    app.open_link(anna, "https://max.ru/id123_bot", press_start=False)
    never = (404, "dialog.not.found", "error.dialog.notfound")
    assert await call.refusal("POST /messages", {"text": "Hi"}, user_id=call.user) == never
    assert await call.refusal("POST /messages", {"text": "Hi"}, user_id=anna.id) == never
    app.press_start(anna, max_bot)
    mid = (await call.send("Hi"))["body"]["mid"]
    app.block(anna, max_bot)
    stopped = (403, "chat.denied", "error.dialog.suspended")
    chat_id = app.chat(anna, max_bot).chat_id
    assert await call.refusal("POST /messages", {"text": "Hi"}, user_id=call.user) == stopped
    assert await call.refusal("POST /messages", {"text": "Hi"}, chat_id=chat_id) == stopped
    assert await call.refusal("PUT /messages", {"text": "Ho"}, message_id=mid) == stopped
    assert await call.refusal("DELETE /messages", message_id=mid) == stopped
    assert await call.refusal(f"POST /chats/{chat_id}/actions", {"action": "typing_on"}) == stopped
    app.unblock(anna, max_bot)
    assert await call.result("PUT /messages", {"text": "Ho"}, message_id=mid) == {"success": True}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("text", "text_format", "plain"),
    [
        ("<b>a</b> <i>b</i><blink>c</blink> &lt;i&gt; &amp;amp; 1 < 2", "html", "a bc <i> &amp; 1 < 2"),
        ('<a href="https://example.org/?a=1&amp;b=2">here</a>', "html", "here"),
        (
            "**a** __b__ *c* _d_ ~~e~~ ++f++ ^^g^^ `h` [i](https://j.k) my_site_name",
            "markdown",
            "a b c d e f g h i my_site_name",
        ),
        ("# Title\n> said", "markdown", "Title\nsaid"),
        ("<b>a</b> **b**", None, "<b>a</b> **b**"),
    ],
)
async def test_formats_become_what_a_person_reads(
    call: MaxCaller, text: str, text_format: str | None, plain: str
) -> None:
    """Tags and marks are gone from the text, also those that MAX does not know; without a format it stays as it is."""
    body = {"text": text, "format": text_format}
    sent = await call.result("POST /messages", body, user_id=call.user)
    assert sent["message"]["body"]["text"] == plain


async def test_an_edit_keeps_what_it_does_not_name(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """Absent or null attachments and an absent text stay; an empty list takes the keyboard away."""
    mid = (await call.send("One", [YES]))["body"]["mid"]

    async def edited(body: object) -> tuple[str, bool]:
        assert await call.result("PUT /messages", body, message_id=mid) == {"success": True}
        message = next(reversed(app.chat(known, "id123_bot").messages.values()))
        return message.text, message.inline_keyboard is not None

    assert await edited({"text": "Two"}) == ("Two", True)
    assert await edited({"text": "Three", "attachments": None}) == ("Three", True)
    assert await edited({"attachments": []}) == ("Three", False)
    assert await edited({"attachments": keyboard([YES])}) == ("Three", True)
    assert (await call.refusal("PUT /messages", {}, message_id=mid))[0] == 400
    assert (await call.refusal("PUT /messages", {"text": " "}, message_id=mid))[0] == 400
    assert (await call.refusal("PUT /messages", {"text": "Four"}))[0] == 400


async def test_what_cannot_be_done_is_a_success_that_is_none(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """Editing or deleting a missing, a foreign or an old message is answered 200 with success false."""
    theirs = app.send_text(known, "id123_bot", "Hello").id
    plain = (await call.send("Hi"))["body"]["mid"]
    buttons = (await call.send("Hi", [YES]))["body"]["mid"]

    async def is_done(method: str, mid: str, body: object = None) -> bool:
        answer = await call.result(method, body, message_id=mid)
        assert answer["success"] or answer["message"]
        return bool(answer["success"])

    for mid in ("mid.404", theirs):
        assert not await is_done("PUT /messages", mid, {"text": "Ho"})
        assert not await is_done("DELETE /messages", mid)
    app.platform.clock.advance(7 * 24 * 3600 + 1)
    assert not await is_done("PUT /messages", plain, {"text": "Ho"})
    assert await is_done("PUT /messages", buttons, {"text": "Ho"})
    assert await is_done("DELETE /messages", buttons)
    assert not await is_done("DELETE /messages", buttons)
    shown = [message.text for message in app.chat(known, "id123_bot").messages.values()]
    assert shown == ["Hello", "Hi"]


async def test_a_reply_names_the_message_it_answers(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """A message may answer another one; one that is gone is a 404."""
    theirs = app.send_text(known, "id123_bot", "Hello")
    body = {"text": "Hi", "link": {"type": "reply", "mid": theirs.id}}
    sent = (await call.result("POST /messages", body, user_id=call.user))["message"]
    assert (sent["link"]["type"], sent["link"]["message"]["text"]) == ("reply", "Hello")
    body["link"] = {"type": "reply", "mid": "mid.404"}
    assert (await call.refusal("POST /messages", body, user_id=call.user))[:2] == (404, "not.found")


async def test_commands_and_actions(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """Commands are kept within limits; an action shows on the phone until the next message."""
    commands = [{"name": "help", "description": "What this is"}, {"name": "stop"}]
    assert await call.result("PATCH /me/commands", {"commands": commands}) == {"commands": commands}
    assert (await call.result("GET /me"))["commands"] == commands
    for bad in (None, commands * 17, ["help"], [{"name": "x" * 65}], [{"name": "x", "description": "x" * 129}]):
        assert (await call.refusal("PATCH /me/commands", {"commands": bad}))[:2] == (400, "proto.payload")
    chat = app.chat(known, "id123_bot")
    path = f"POST /chats/{chat.chat_id}/actions"
    assert await call.result(path, {"action": "typing_on"}) == {"success": True}
    assert chat.action == "typing"
    await call.send("Hi")
    assert chat.action == ""
    assert await call.result(path, {"action": "mark_seen"}) == {"success": True}
    assert (await call.refusal(path, {"action": "dance"}))[0] == 400


async def test_rates_are_limited_only_when_switched_on(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """With limits on, the third call into a dialog and the eleventh of all in a second are a bare 429."""
    for _ in range(12):
        await call.send(f"Hi {known.first_name}")
    app.limits.is_on = True
    for _ in range(2):
        await call.send("Hi")
    refused = (429, "too.many.requests", "Limit is: 2 calls per second")
    assert await call.refusal("POST /messages", {"text": "Hi"}, user_id=call.user) == refused
    for _ in range(7):
        await call.result("GET /me")
    async with call.session.get(f"{call.base_url}/me", headers={"Authorization": TOKEN}) as response:
        assert response.status == 429
        assert "Retry-After" not in response.headers
        assert (await response.json())["message"] == "Limit is: 10 calls per second"
    app.platform.clock.advance(1)
    await call.send("Hi")
