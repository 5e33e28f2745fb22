"""What the emulated Cloud API says to pictures, videos and files by their links."""

from typing import Any

import pytest

from emulator import Emulator
from emulator.people import Person
from tests.emulator.whatsapp.conftest import Business, buttons

LINK = {"link": "https://shop.example.com/a.pdf"}


@pytest.mark.parametrize(("kind", "shown"), [("image", "photo"), ("video", "video"), ("document", "document")])
async def test_media_come_by_link(
    emulator: Emulator, business: Business, talking: Person, kind: str, shown: str
) -> None:
    """By themselves, with a caption, or above buttons."""
    name = {"filename": "Invoice.pdf"} if kind == "document" else {}
    media = {"kind": shown, "url": LINK["link"]} | ({"name": "Invoice.pdf"} if name else {})
    header = {"type": kind, kind: {**LINK, **name}}
    for body, words in (
        ({"type": kind, kind: {**LINK, **name}}, ""),
        ({"type": kind, kind: {**LINK, **name, "caption": "Yours"}}, "Yours"),
        (buttons(("ok", "Yes"), header=header), "Sign in?"),
    ):
        await business.sent(talking, **body)
        chat = emulator.whatsapp.chat(talking, business.number)
        message = chat.messages[chat.last_from_bot]
        assert (message.media, message.text, message.status) == (media, words, "delivered")


@pytest.mark.parametrize(
    ("kind", "media", "code"),
    [
        ("image", {}, 131008),
        ("image", {"id": "1"}, 100),
        ("image", {"link": "ftp://a.b/c"}, 131009),
        ("image", {"link": "https://"}, 131009),
        ("image", {**LINK, "caption": "x" * 1025}, 131009),
        ("image", {**LINK, "filename": "a.jpg"}, 100),
        ("document", {**LINK, "filename": ""}, 131009),
        ("audio", LINK, 100),
    ],
)
async def test_media_that_cannot_be_sent(
    business: Business, talking: Person, kind: str, media: dict[str, Any], code: int
) -> None:
    """Without a proper link, with too long a caption, or by an upload."""
    refusal = await business.refusal(to=f"+{talking.phone}", type=kind, **{kind: media})
    assert refusal == (400, code)
