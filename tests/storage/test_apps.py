"""Apps, their keys, our signing keys and our bots' names come back as they were kept."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.apps.app import App, AppKey, KeyKind
from core.model.ids import AppId, BotName
from core.model.tokens.signing_key import KeyState, SigningKey
from storage.errors import ImpossibleRowError
from storage.unit import SqlUnit
from tests.storage.builders import APP_ID, MINUTE, NOW, TG, an_app

DAY = timedelta(days=1)


def test_an_app_reads_back_in_full(unit: SqlUnit) -> None:
    """Every field of an app is kept, and replaced by ``put``."""
    assert unit.apps.by_id(APP_ID) == an_app()
    assert unit.apps.by_slug("shop") == an_app()
    full = App(
        app_id=APP_ID,
        slug="läden",
        name="Läden",
        origins=("https://a.example", "https://*.b.example"),
        redirect_url="https://a.example/in",
        callbacks=("https://a.example/back",),
        bots=(BotName("max"), TG),
        wants_phone=False,
        enabled=False,
        created_at=NOW,
    )
    unit.apps.put(full)
    found = unit.apps.by_id(APP_ID)
    assert found == full
    assert found.created_at == NOW
    assert unit.apps.by_slug("shop") is None


def test_apps_are_listed_oldest_first(unit: SqlUnit) -> None:
    """The order is that of their making."""
    older = replace(an_app(AppId("b" * 24), "older"), created_at=NOW - MINUTE)
    unit.apps.add(older)
    assert unit.apps.list_all() == [older, an_app()]


def test_a_slug_is_taken_once(unit: SqlUnit) -> None:
    """Two apps cannot have one slug."""
    with pytest.raises(sqlite3.IntegrityError):
        unit.apps.add(an_app(AppId("b" * 24)))


def test_keys_overlap_while_they_are_rotated(unit: SqlUnit) -> None:
    """Keys without an end get one; those that have one already are forgotten; other apps' stay as they are."""
    unit.apps.add(an_app(AppId("b" * 24), "other"))
    ended = AppKey(APP_ID, KeyKind.LIVE, b"ended", NOW - 3 * DAY, NOW - DAY)
    live = AppKey(APP_ID, KeyKind.LIVE, b"live", NOW - 2 * DAY)
    test = AppKey(APP_ID, KeyKind.TEST, b"test", NOW - DAY)
    foreign = AppKey(AppId("b" * 24), KeyKind.MESSAGE, b"foreign", NOW)
    ending = AppKey(APP_ID, KeyKind.LIVE, b"ending", NOW - 3 * DAY, NOW + MINUTE)
    for key in (test, live, ended, ending, foreign):
        unit.apps.add_key(key)
    unit.apps.retire_keys(APP_ID, NOW + DAY)
    end = NOW + DAY
    assert unit.apps.keys(APP_ID) == [replace(live, valid_until=end), replace(test, valid_until=end)]
    assert unit.apps.keys(AppId("b" * 24)) == [foreign]


def test_signing_keys_are_replaced_by_kid_and_listed_oldest_first(unit: SqlUnit) -> None:
    """A key is put, put again in another state, and removed."""
    young = SigningKey("young", KeyState.NEXT, b"sealed", NOW, NOW)
    old = SigningKey("old", KeyState.ACTIVE, b"sealed", NOW - DAY, NOW)
    unit.signing_keys.put(young)
    unit.signing_keys.put(old)
    assert unit.signing_keys.list_all() == [old, young]
    retired = replace(old, state=KeyState.RETIRED, changed_at=NOW + MINUTE)
    unit.signing_keys.put(retired)
    assert unit.signing_keys.list_all() == [retired, young]
    unit.signing_keys.remove("old")
    assert unit.signing_keys.list_all() == [young]


def test_keys_in_an_unknown_state_name_themselves(unit: SqlUnit, path: Path) -> None:
    """A key that is nothing we know is refused by name."""
    unit.signing_keys.put(SigningKey("kid-1", KeyState.NEXT, b"sealed", NOW, NOW))
    unit.apps.add_key(AppKey(APP_ID, KeyKind.LIVE, b"digest", NOW))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE signing_keys SET state = 'stolen'")
        other.execute("UPDATE app_keys SET kind = 'master'")
    with pytest.raises(ImpossibleRowError, match="signing_keys kid-1: state 'stolen'"):
        unit.signing_keys.list_all()
    with pytest.raises(ImpossibleRowError, match=f"app_keys of app {APP_ID}: kind 'master'"):
        unit.apps.keys(APP_ID)


def test_a_bot_s_username_is_the_last_one_heard(unit: SqlUnit) -> None:
    """It is ``None`` until the bot was first reached."""
    assert unit.bots.username(TG) is None
    unit.bots.put_username(TG, "shop_bot")
    unit.bots.put_username(TG, "new_shop_bot")
    assert unit.bots.username(TG) == "new_shop_bot"
    assert unit.bots.username(BotName("other")) is None
