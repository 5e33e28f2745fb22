"""An app's keys as texts, and what becomes of a key that is shown to us."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.apps.administration import Apps, AppSecrets, key_digest
from core.apps.api_keys import ApiKeys
from core.entropy import SystemEntropy
from core.model.apps.app import App, KeyKind, draw_key, is_key
from core.model.apps.errors import AppDisabled, InvalidApiKey
from core.ports.store import Store
from core.seal import Seal
from tests.core.conftest import SetClock

Make = Callable[[], Awaitable[tuple[App, AppSecrets]]]


@pytest.fixture
def apps(store: Store, clock: SetClock, seal: Seal) -> Apps:
    """Return the operator's side."""
    return Apps(store=store, clock=clock, entropy=SystemEntropy(), seal=seal, known_bots=())


@pytest.fixture
def keys(store: Store, clock: SetClock, seal: Seal) -> ApiKeys:
    """Return the story."""
    return ApiKeys(store=store, clock=clock, seal=seal)


@given(st.sampled_from(KeyKind), st.integers(0, 31), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_typo_shows(kind: KeyKind, place: int, letter: str) -> None:
    """Any one character that is another makes a text that is no key; a key is one."""
    key = draw_key(kind, SystemEntropy())
    assert is_key(key)
    at = len(key) - 32 + place
    mistyped = key[:at] + letter + key[at + 1 :]
    assert is_key(mistyped) is (mistyped == key)


@given(st.text(max_size=60))
def test_whatever_is_no_key(text: str) -> None:
    """Nothing but a key is one, and nothing breaks on it."""
    assert not is_key(text)


async def test_live_and_test_keys_call_and_others_do_not(apps: Apps, keys: ApiKeys) -> None:
    """The message token is for the site dialect alone; a well-formed key of nobody is nobody's."""
    app = apps.draft("shop", "Shop")
    secrets = await apps.create(app)
    live, test = await keys.authenticate(secrets.api_key), await keys.authenticate(secrets.test_api_key)
    assert (live.app, live.is_test, test.app, test.is_test) == (app, False, app, True)
    for wrong in (secrets.message_api_token, draw_key(KeyKind.LIVE, SystemEntropy()), ""):
        with pytest.raises(InvalidApiKey):
            await keys.authenticate(wrong)


async def test_two_live_keys_while_they_rotate(apps: Apps, keys: ApiKeys, clock: SetClock) -> None:
    """The old key works for a week beside the new one, and not a moment longer."""
    app = apps.draft("shop", "Shop")
    old = await apps.create(app)
    new = await apps.rotate_keys(app.app_id)
    for key in (old.api_key, new.api_key):
        assert (await keys.authenticate(key)).app == app
    clock.time += timedelta(days=7)
    await keys.authenticate(new.api_key)
    with pytest.raises(InvalidApiKey):
        await keys.authenticate(old.api_key)


async def test_a_third_rotation_ends_the_first_key(apps: Apps, keys: ApiKeys) -> None:
    """T23: two live keys at once, and no more."""
    app = apps.draft("shop", "Shop")
    first = await apps.create(app)
    rest = [await apps.rotate_keys(app.app_id) for _ in range(2)]
    for secrets in rest:
        await keys.authenticate(secrets.api_key)
    with pytest.raises(InvalidApiKey):
        await keys.authenticate(first.api_key)
    assert len(await apps.keys_of(app.app_id)) == 6


async def test_a_leaked_key_ends_at_once(apps: Apps, keys: ApiKeys) -> None:
    """Rotated without an overlap."""
    app = apps.draft("shop", "Shop")
    leaked = await apps.create(app)
    new = await apps.rotate_keys(app.app_id, timedelta())
    await keys.authenticate(new.api_key)
    with pytest.raises(InvalidApiKey):
        await keys.authenticate(leaked.api_key)


async def test_a_disabled_app_is_told(apps: Apps, keys: ApiKeys) -> None:
    """Its keys are right, and it may not call."""
    app = apps.draft("shop", "Shop")
    secrets = await apps.create(app)
    await apps.change(replace(app, enabled=False))
    with pytest.raises(AppDisabled):
        await keys.authenticate(secrets.api_key)


async def test_the_last_use_is_noted_once_an_hour(
    apps: Apps, keys: ApiKeys, store: Store, clock: SetClock, seal: Seal
) -> None:
    """A hundred calls cost one commit."""
    secrets = await apps.create(apps.draft("shop", "Shop"))
    before, first = store.commits, clock.time
    for _ in range(100):
        await keys.authenticate(secrets.api_key)
        clock.time += timedelta(seconds=1)
    assert store.commits == before + 1
    digest = key_digest(secrets.api_key, seal)
    known = await store.read(lambda unit: unit.apps.key(digest))
    assert known is not None
    assert known.last_used_at == first
    clock.time += timedelta(hours=1)
    await keys.authenticate(secrets.api_key)
    assert store.commits == before + 2
