"""What the login page and the widget say to visitors."""

import re
from importlib import resources

import pytest

from http_api.words import Words


@pytest.mark.parametrize(("language", "press"), [("ru", "наж"), ("en", "press")])
def test_a_no_is_not_told_as_a_button(language: str, press: str) -> None:
    """Where there is room for the numbers only, people type their no: nobody is told of a button (faults 6)."""
    widget = (resources.files("http_api.site") / "static" / "widget.js").read_text(encoding="utf-8")
    said = re.findall(r'not_me: "([^"]+)"', widget)
    assert len(said) == 2
    hosted = Words("http_api.site").say(language, "not_me")
    for words in (hosted, *said):
        assert press not in words.lower()


def test_the_page_says_what_is_to_be_done() -> None:
    """What the bot will ask for, and where to see it (faults 6)."""
    words = Words("http_api.site")
    assert "вы вошли" not in words.say("ru", "intro")
    assert "которое вы увидите здесь" in words.say("ru", "intro")
