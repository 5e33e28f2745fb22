"""What a site may put below its messages and send along."""

import pytest

from core.errors import Invalid
from core.model.messages.content import checked_buttons
from core.model.messages.message import Choice, Media, MediaKind, UrlButton, checked_media

LINK = UrlButton("Shop", "https://shop.example.com/")


def test_buttons_of_both_kinds_stay_as_they_are() -> None:
    """Three rows of three, at the limits."""
    row = (Choice("👨‍👩‍👧" + "x" * 59, "ё" * 31), LINK, LINK)
    assert checked_buttons([list(row), row, row]) == (row, row, row)
    assert checked_buttons([]) == ()


@pytest.mark.parametrize(
    ("button", "words"),
    [
        (Choice("", "a"), r"buttons\[0\]\[0\].text"),
        (Choice("x" * 65, "a"), r"buttons\[0\]\[0\].text"),
        (Choice("two\nlines", "a"), r"buttons\[0\]\[0\]: must be one line"),
        (Choice("\ud800", "a"), r"buttons\[0\]\[0\]"),
        (Choice("a", ""), r"buttons\[0\]\[0\].callback_data"),
        (Choice("a", "ё" * 32), r"buttons\[0\]\[0\].callback_data: must have 1 to 62 bytes"),
        (Choice("a", " b"), r"buttons\[0\]\[0\].callback_data"),
        (Choice("a", "\udc00"), r"buttons\[0\]\[0\]"),
        (UrlButton("a", "javascript:alert(1)"), r"buttons\[0\]\[0\].url"),
        (UrlButton("a", "tg://resolve?domain=a"), r"buttons\[0\]\[0\].url"),
        (UrlButton("a", "https://a b.example"), r"buttons\[0\]\[0\].url"),
        (UrlButton("a", f"https://a.b/{'x' * 2048}"), r"buttons\[0\]\[0\].url"),
    ],
    ids=ascii,
)
def test_a_wrong_button_is_named(button: Choice | UrlButton, words: str) -> None:
    """Where it stands, and what is wrong."""
    with pytest.raises(Invalid, match=words):
        checked_buttons([[button]])


@pytest.mark.parametrize("rows", [[[LINK]] * 4, [[LINK] * 4], [[]]])
def test_there_are_three_rows_of_three_at_most(rows: list[list[UrlButton]]) -> None:
    """And none of nothing."""
    with pytest.raises(Invalid, match="buttons: at most 3 rows"):
        checked_buttons(rows)


def test_media_are_fetched_from_a_public_address() -> None:
    """By the messenger itself."""
    media = checked_media("document", "https://shop.example.com/files/%D1%81%D1%87%D1%91%D1%82.pdf?x=1")
    assert media == Media(MediaKind.DOCUMENT, "https://shop.example.com/files/%D1%81%D1%87%D1%91%D1%82.pdf?x=1")
    assert media.name == "счёт.pdf"
    assert Media(MediaKind.PHOTO, "https://shop.example.com").name == "shop.example.com"
    for kind, url in (("audio", "https://a.b/c"), ("photo", "file:///etc/passwd"), ("photo", "")):
        with pytest.raises(Invalid, match=r"^media"):
            checked_media(kind, url)
