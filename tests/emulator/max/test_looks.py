"""How the emulated MAX reads HTML, and what it says to pictures."""

from typing import Any

import pytest

from emulator.max.app import MaxApp
from emulator.people import Person
from tests.emulator.max.conftest import MaxCaller

URL = "https://shop.example.com/a.jpg"
IMAGE = {"type": "image", "payload": {"url": URL}}


async def test_html_is_read_as_a_person_sees_it(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """Tags become looks with UTF-16 offsets; unknown ones and what is not closed are passed over."""
    source = '\n 😀 <b>b <i>c</i></b><blink>d</blink> <a href="https://a.b/?x=1&amp;y=2">&lt;e&gt;</a> <u>f'
    await call.result("POST /messages", {"text": source, "format": "html"}, user_id=call.user)
    shown = next(reversed(app.chat(known, "id123_bot").messages.values()))
    assert shown.text == "😀 b cd <e> f"
    assert shown.entities == [
        {"type": "bold", "offset": 3, "length": 3},
        {"type": "italic", "offset": 5, "length": 1},
        {"type": "text_link", "offset": 8, "length": 3, "url": "https://a.b/?x=1&y=2"},
    ]


async def test_a_picture_comes_by_its_address(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """With or without words; an edit that names no attachments keeps it, an empty list takes it away."""
    sent = (await call.result("POST /messages", {"attachments": [IMAGE]}, user_id=call.user))["message"]
    (shown,) = sent["body"]["attachments"]
    assert (shown["type"], shown["payload"]["url"]) == ("image", URL)
    message = next(reversed(app.chat(known, "id123_bot").messages.values()))
    await call.result("PUT /messages", {"text": "Look"}, message_id=sent["body"]["mid"])
    assert (message.text, message.images) == ("Look", [URL])
    await call.result("PUT /messages", {"attachments": []}, message_id=sent["body"]["mid"])
    assert message.images == []


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "attachment",
    [
        {"type": "image"},
        {"type": "image", "payload": {}},
        {"type": "image", "payload": {"token": "a"}},
        {"type": "image", "payload": {"url": "https://a.b/c", "token": "a"}},
        {"type": "image", "payload": {"url": "file:///etc/passwd"}},
        {"type": "video", "payload": {"url": "https://a.b/c"}},
        {"type": "file", "payload": {"token": "a"}},
    ],
    ids=str,
)
async def test_what_must_be_uploaded_is_refused(call: MaxCaller, attachment: dict[str, Any]) -> None:
    """Only pictures have an address."""
    body = {"text": "Look", "attachments": [attachment]}
    assert (await call.refusal("POST /messages", body, user_id=call.user))[:2] == (400, "proto.payload")
