"""Every call that sends a message to Telegram is one that the Bot API's published description allows."""

import pytest

from bots.telegram.calls import calls_of
from core.model.messages.message import Choice, Media, MediaKind, Message, UrlButton
from core.model.text.html import from_html
from emulator.calls import decoded
from tests.stories.test_bot_api_description import complaints, described

PAGE = "https://shop.example.com/"
RICH = from_html(
    '<b>b</b><i>i</i><u>u</u><s>s</s><tg-spoiler>p</tg-spoiler><code>c</code> <a href="https://a.b">l</a>'
    '<pre><code class="language-py">x</code></pre><blockquote>q</blockquote>'
)
BUTTONS = ((Choice("Yes", "d:1"), UrlButton("Shop", PAGE)), (UrlButton("Map", PAGE),))


@pytest.mark.parametrize(
    ("message", "methods"),
    [
        (Message(text=RICH.text, entities=RICH.entities, choices=BUTTONS), ["sendMessage"]),
        (Message(text="a", media=Media(MediaKind.PHOTO, PAGE), choices=BUTTONS), ["sendPhoto"]),
        (Message(text=RICH.text, entities=RICH.entities, media=Media(MediaKind.VIDEO, PAGE)), ["sendVideo"]),
        (Message(text="", media=Media(MediaKind.DOCUMENT, f"{PAGE}a.PDF?b=c")), ["sendDocument"]),
        (Message(text="a", media=Media(MediaKind.DOCUMENT, f"{PAGE}a.txt")), ["sendMessage"]),
        (Message(text="x" * 1025, media=Media(MediaKind.PHOTO, PAGE), choices=BUTTONS), ["sendPhoto", "sendMessage"]),
        (Message(text="x" * 5000), ["sendMessage"]),
    ],
)
def test_every_call_is_valid_by_the_description(message: Message, methods: list[str]) -> None:
    """Texts, looks, buttons and media; what is too long for a caption comes by itself, with the buttons."""
    description, calls = described(), calls_of(message)
    assert [call.method for call in calls] == methods
    for call in calls:
        told = {name: decoded(value) for name, value in call.parameters.items()} | {"chat_id": 5}
        assert not complaints(description, call.method, description["methods"][call.method]["fields"], told)
    assert [bool(call.parameters.get("reply_markup")) for call in calls] == [False] * (len(calls) - 1) + [
        bool(message.choices)
    ]
