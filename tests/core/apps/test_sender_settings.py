"""How an app speaks in the bot: what it may say, and that what is refused changes nothing."""

import asyncio
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.apps.project import Projects
from core.errors import Invalid
from core.model.apps.app import App
from core.model.apps.project import SenderChanges, SenderSettings, changed_sender
from core.model.ids import AppId
from core.ports.store import Store
from tests.core.conftest import SetClock

SHOP = AppId("a" * 24)
ALL: SenderChanges = {
    "sender_name": "Чайник & Co.",
    "sender_description": "Tea, once a week",
    "otp_template": "Код {{code}}\nдействует {{minutes}} минут",
    "otp_code_length": 8,
    "subscribe_message": {"ru": "Здравствуйте!\n\n  • чай 👩‍🍳", "de": "Hallo"},
    "unsubscribe_message": {"en": "Bye"},
    "subscribe_message_enabled": False,
    "unsubscribe_message_enabled": False,
    "auth_text": {"ru": "Войти: {{url}}", "en": "{{url}}"},
    "auth_button_text": {"en": "Back to the shop"},
}


@pytest.fixture
async def projects(store: Store, clock: SetClock) -> Projects:
    """Return the story, of one app."""
    await store.write(lambda unit: unit.apps.add(App(app_id=SHOP, slug="shop", name="Shop", created_at=clock.time)))
    return Projects(store=store)


async def test_everything_is_ours_until_the_app_says_more(projects: Projects) -> None:
    """And stays as the app wrote it, to the letter; a change of one thing leaves the others."""
    assert await projects.sender(SHOP) == SenderSettings()
    assert asdict(await projects.change_sender(SHOP, ALL)) == ALL
    assert asdict(await projects.sender(SHOP)) == ALL
    await projects.change_sender(SHOP, {"sender_name": "Tea"})
    assert asdict(await projects.sender(SHOP)) == {**ALL, "sender_name": "Tea"}


async def test_an_empty_text_takes_ours_instead(projects: Projects) -> None:
    """One language's or all of them; without ru and en none is left."""
    await projects.change_sender(SHOP, ALL)
    after = await projects.change_sender(
        SHOP,
        {
            "otp_template": "",
            "subscribe_message": {"ru": "", "en": "Hi"},
            "auth_text": {},
            "auth_button_text": {"en": ""},
        },
    )
    assert (after.otp_template, after.subscribe_message) == ("", {"en": "Hi"})
    assert (after.auth_text, after.auth_button_text) == ({}, {})
    assert after.sender_name == ALL["sender_name"]


async def test_changes_at_once_do_not_undo_each_other(projects: Projects) -> None:
    """Each reads what it changes in its own transaction."""
    await asyncio.gather(
        projects.change_sender(SHOP, {"sender_name": "Tea"}),
        projects.change_sender(SHOP, {"sender_description": "Once a week"}),
        projects.add_tag(SHOP, "vip"),
    )
    after = await projects.sender(SHOP)
    assert (after.sender_name, after.sender_description) == ("Tea", "Once a week")
    assert await projects.tags(SHOP) == {"vip": 0}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"sender_name": "x" * 65}, "sender_name"),
    ({"sender_name": "Sh\u202eop"}, "sender_name"),
    ({"sender_name": "two\nlines"}, "sender_name"),
    ({"sender_name": " "}, "sender_name"),
    ({"sender_description": "x" * 257}, "sender_description"),
    ({"sender_description": "a  b"}, "sender_description"),
    ({"otp_template": "Your code"}, "otp_template"),
    ({"otp_template": "{{ code }}"}, "otp_template"),
    ({"otp_template": "{{code}} {{minuts}}"}, "otp_template"),
    ({"otp_template": "{{code}}" + "x" * 493}, "otp_template"),
    ({"otp_template": "{{code}}\u200b"}, "otp_template"),
    ({"otp_code_length": 5}, "otp_code_length"),
    ({"subscribe_message": {"en": "x" * 1001}}, "subscribe_message.en"),
    ({"subscribe_message": {"en": " \n "}}, "subscribe_message.en"),
    ({"subscribe_message": {"en": "a\tb"}}, "subscribe_message.en"),
    ({"subscribe_message": {"de": "Hallo"}}, "subscribe_message"),
    ({"subscribe_message": {"en": "", "de": "Hallo"}}, "subscribe_message"),
    ({"unsubscribe_message": {"EN": "Bye"}}, "unsubscribe_message"),
    ({"unsubscribe_message": {"en-GB": "Bye"}}, "unsubscribe_message"),
    ({"unsubscribe_message": {"": ""}}, "unsubscribe_message"),
    ({"auth_text": {"en": "Log in"}}, "auth_text.en"),
    ({"auth_text": {"en": "{{url}}", "ru": "Войти"}}, "auth_text.ru"),
    ({"auth_text": {"en": "{{url}}" + "x" * 494}}, "auth_text.en"),
    ({"auth_button_text": {"en": "x" * 33}}, "auth_button_text.en"),
    ({"auth_button_text": {"en": "two\nlines"}}, "auth_button_text.en"),
]


@pytest.mark.parametrize(("changes", "field"), BAD, ids=repr)
async def test_a_bad_text_is_refused_by_name(projects: Projects, changes: SenderChanges, field: str) -> None:
    """Nothing is cut, and what was good beside it is not kept either."""
    await projects.change_sender(SHOP, ALL)
    with pytest.raises(Invalid, match=f"^{field}: "):
        await projects.change_sender(SHOP, {"subscribe_message_enabled": True, **changes})
    assert asdict(await projects.sender(SHOP)) == ALL


def test_texts_may_be_as_long_as_is_said() -> None:
    """To the character."""
    longest: SenderChanges = {
        "sender_name": "x" * 64,
        "sender_description": "x" * 256,
        "otp_template": "{{code}}" + "x" * 492,
        "subscribe_message": {"ru": "x" * 1000},
        "auth_text": {"en": "{{url}}" + "x" * 493},
        "auth_button_text": {"en": "x" * 32},
    }
    assert asdict(changed_sender(SenderSettings(), longest)).items() >= longest.items()


@given(st.text(max_size=80), st.dictionaries(st.sampled_from(["ru", "en", "de", "RU"]), st.text(max_size=40)))
def test_any_text_is_judged_without_an_accident(name: str, texts: dict[str, str]) -> None:
    """T28: what is kept shows all that it is, and can be stored; there is always a language that people read."""
    try:
        after = changed_sender(SenderSettings(), {"sender_name": name, "subscribe_message": texts})
    except Invalid:
        return
    assert after.sender_name == name
    assert after.subscribe_message == {language: text for language, text in texts.items() if text}
    assert not after.subscribe_message or {"ru", "en"} & after.subscribe_message.keys()
    for text in (name, *texts.values()):
        assert text.encode().decode() == text
        assert "\u202e" not in text
