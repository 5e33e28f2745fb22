"""The bots' texts: every language says everything."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from babel import Locale

from bots.talk import prompts, texts
from core.model.apps.app import App
from core.model.ids import AccountId, AppId, BotName, LoginId, PersonId
from core.model.login.login import Asked, Match, Pending, RequestOrigin
from core.model.login.requests import Prompt
from core.model.messages.message import Choice
from core.model.people.person import Account, MessengerName

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", texts.languages())
def test_a_language_has_all_texts_with_the_same_fields(language: str) -> None:
    """A new language is complete, or this names what it lacks."""
    english, other = texts.entries("en"), texts.entries(language)
    assert set(other) == set(english)
    for key, entry in english.items():
        mine = other[key]
        if isinstance(entry, str) and isinstance(mine, str):
            assert set(re.findall(r"{(\w+)}", mine)) == set(re.findall(r"{(\w+)}", entry)), key
        else:
            assert not isinstance(mine, str)
            assert set(Locale.parse(language).plural_form.tags) <= set(mine)


@pytest.mark.parametrize(("count", "words"), [(1, "1 секунду"), (3, "3 секунды"), (5, "5 секунд"), (21, "21 секунду")])
def test_russian_counts_properly(count: int, words: str) -> None:
    """Plural forms follow CLDR."""
    assert texts.say_count("ru", "seconds_ago", count) == f"{words} назад"


def test_the_first_language_we_speak_is_spoken() -> None:
    """Tags are read by their language; unknown ones are passed over; English is the last resort."""
    assert texts.spoken(None, "pt-br", "ru-RU", "en") == "ru"
    assert texts.spoken("de", None) == "en"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_prompt_names_site_place_and_time(language: str) -> None:
    """T1, T29: the person reads the domain in full, where from and how long ago, three numbers and a way out."""
    asked = Asked(
        login_id=LoginId("d" * 24),
        app_id=AppId("e" * 24),
        session_digest=b"",
        link_digest=b"",
        user_code_digest=b"",
        created_at=NOW - timedelta(seconds=12),
        expires_at=NOW + timedelta(minutes=4),
        origin="https://shop.example.com",
        place=RequestOrigin("203.0.113.0/24", "Firefox", "Linux"),
        match=Match(42, (17, 42, 88)),
    )
    app = App(app_id=AppId("e" * 24), slug="shop", name="Teapot", created_at=NOW)
    account = Account(
        account_id=AccountId("a" * 24),
        person_id=PersonId("b" * 24),
        bot=BotName("tg"),
        messenger=MessengerName.TELEGRAM,
        user_id="1",
        chat="1",
        reachable_since=NOW,
    )
    message = prompts.question(Prompt(Pending(asked), app, account, needs_phone=False, nonce="0a1b2c3d"), language, NOW)
    for part in ("shop.example.com", "Teapot", "Firefox · Linux", "203.0.113.0/24", "12"):
        assert part in message.text
    numbers, refusal = message.choices
    assert [choice.label for choice in numbers] == ["17", "42", "88"]
    assert len(refusal) == 1
    for choice in (*numbers, *refusal):
        assert isinstance(choice, Choice)
        assert len(choice.data.encode()) <= 64
        assert prompts.read_answer(choice.data) is not None


@pytest.mark.parametrize(
    "data", ["", "y:", "y:" + "g" * 24, "x:" + "d" * 24, "y:" + "d" * 24 + ":100", "y:" + "d" * 24 + ":7", "l:zz"]
)
def test_forged_button_data_means_nothing(data: str) -> None:
    """A modified client can send any data; what we did not write is not read."""
    assert prompts.read_answer(data) is None
    assert prompts.read_language(data) is None
