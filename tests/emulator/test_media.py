"""What the emulated Bot API says to entities that are given, and to pictures, videos and files."""

from typing import Any

import pytest

from emulator import Emulator
from emulator.people import Person
from emulator.telegram.model import Bot
from tests.emulator.conftest import Caller

URL = "https://shop.example.com/a.pdf"
BOLD = {"type": "bold", "offset": 0, "length": 1}


async def test_given_entities_are_kept_outer_first(caller: Caller, started: Person) -> None:
    """Those that Telegram finds by itself are passed over, and no more than a hundred are kept."""
    given = [
        {**BOLD, "length": 2},
        {"type": "italic", "offset": 0, "length": 3},
        {"type": "mention", "offset": 0, "length": 2},
    ]
    message = await caller.result("sendMessage", chat_id=started.id, text="😀b", entities=given)
    assert [(each["type"], each["length"]) for each in message["entities"]] == [("italic", 3), ("bold", 2)]


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ("bold", "can't parse MessageEntity: expected an Object"),
        ({"type": "big", "offset": 0, "length": 1}, "can't parse MessageEntity: unsupported type specified"),
        ({"type": "bold", "offset": "0", "length": 1}, 'fields "offset" and "length" must be of type Integer'),
        ({"type": "text_link", "offset": 0, "length": 1}, 'can\'t find field "url"'),
        ({"type": "bold", "offset": -1, "length": 1}, "receive an entity with incorrect offset -1"),
        (
            {"type": "bold", "offset": 3, "length": 2},
            "entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 5",
        ),
        ({"type": "bold", "offset": 2, "length": 1}, "entity begins in a middle of a UTF-16 symbol"),
        ({"type": "bold", "offset": 0, "length": 2}, "ends in a middle of a UTF-16 symbol"),
    ],
    ids=str,
)
async def test_wrong_entities_are_refused(caller: Caller, started: Person, entity: object, words: str) -> None:
    """Of another shape, outside the text, or in the middle of a character."""
    status, description = await caller.refusal("sendMessage", chat_id=started.id, text="a😀b", entities=[entity])
    assert status == 400
    assert words in description


@pytest.mark.parametrize("kind", ["photo", "video", "document"])
async def test_media_come_with_a_caption(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot, kind: str
) -> None:
    """And with buttons; the phone shows where they are; their text cannot be edited."""
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    told: dict[str, Any] = {"chat_id": started.id, kind: URL, "caption": "a 😀", "caption_entities": [BOLD]}
    sent = await caller.result(f"send{kind.title()}", **told, reply_markup=keyboard)
    assert (sent["caption"], sent["caption_entities"], sent["reply_markup"]) == ("a 😀", [BOLD], keyboard)
    assert kind in sent
    assert "text" not in sent
    _, state = await caller.control(f"telegram/chat?person={started.id}&bot={bot.username}")
    shown = state["messages"][-1]
    assert (shown["media"], shown["text"]) == ([{"kind": kind, "url": URL}], "a 😀")
    edit = {"chat_id": started.id, "message_id": sent["message_id"], "text": "b"}
    assert await caller.refusal("editMessageText", **edit) == (
        400,
        "Bad Request: there is no text in the message to edit",
    )
    assert not (await caller.result(f"send{kind.title()}", chat_id=started.id, **{kind: URL})).get("caption")
    assert emulator.chat(started, bot).messages[sent["message_id"]].inline_keyboard


@pytest.mark.parametrize(
    ("method", "parameters", "words"),
    [
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendPhoto", {"photo": "AgACAgIAAx"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"photo": "ftp://a.b/c"}, "wrong file identifier/HTTP URL specified"),
        ("sendVideo", {"video": "https:///c"}, "invalid file HTTP URL specified: URL host is empty"),
        ("sendVideo", {"video": "https://[c"}, "invalid file HTTP URL specified: Wrong HTTP URL"),
        ("sendDocument", {"document": "https://a.b/c.docx"}, "wrong type of the web page content"),
        ("sendPhoto", {"photo": URL, "caption": "ё" * 1025}, "message caption is too long"),
        (
            "sendPhoto",
            {"photo": URL, "caption": "a", "caption_entities": [{**BOLD, "length": 2}]},
            "ends after the end",
        ),
    ],
)
async def test_media_that_cannot_be_sent(
    caller: Caller, started: Person, method: str, parameters: dict[str, object], words: str
) -> None:
    """Without a proper address, with too long a caption, or of a kind that Telegram does not fetch."""
    status, description = await caller.refusal(method, chat_id=started.id, **parameters)
    assert status == 400
    assert words in description
