"""Signing keys through their life."""

import json
from datetime import timedelta

import jwt
from joserfc.jwk import RSAKey

from core.model.tokens.signing_key import KeyState
from core.ports.store import Store
from core.seal import Seal
from core.tokens.jwt import KeyRing
from core.tokens.key_rotation import Keys
from tests.core.conftest import SetClock


def is_valid(ring: KeyRing, token: str) -> bool:
    """Tell whether the token verifies with what the ring publishes."""
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_json(ring.jwks.decode()).keys}
    kid = jwt.get_unverified_header(token)["kid"]
    return kid in keys and jwt.decode(token, keys[kid], algorithms=["RS256"])["sub"] == "somebody"


async def states(keys: Keys) -> list[KeyState]:
    """Return the states of all keys, oldest first."""
    return [key.state for key in await keys.list_all()]


async def test_the_first_start_makes_a_key_and_the_second_finds_it(store: Store, clock: SetClock, seal: Seal) -> None:
    """A key is made once, and its id is the RFC 7638 thumbprint as a library nobody here wrote computes it."""
    ring = await Keys(store=store, clock=clock, seal=seal).open_ring()
    again = await Keys(store=store, clock=clock, seal=seal).open_ring()
    assert again.kid == ring.kid
    published = json.loads(ring.jwks)["keys"][0]
    assert published["kid"] == ring.kid == RSAKey.import_key(published).thumbprint()


async def test_rotation_keeps_old_tokens_valid(store: Store, clock: SetClock, seal: Seal) -> None:
    """T25: next, active and retired are all published; a token signed before a rotation verifies after it."""
    keys = Keys(store=store, clock=clock, seal=seal)
    old = (await keys.open_ring()).sign({"sub": "somebody"})
    clock.time += timedelta(seconds=1)
    await keys.keep_up()
    assert await states(keys) == [KeyState.ACTIVE, KeyState.NEXT]
    promised = (await keys.list_all())[1].kid
    clock.time += timedelta(days=1)
    assert await keys.rotate() == promised
    ring = await keys.current()
    assert ring.kid == promised
    assert await states(keys) == [KeyState.RETIRED, KeyState.ACTIVE, KeyState.NEXT]
    assert is_valid(ring, old)
    assert is_valid(ring, ring.sign({"sub": "somebody"}))


async def test_rotation_happens_by_itself_after_ninety_days(store: Store, clock: SetClock, seal: Seal) -> None:
    """T25: not a day earlier, only to a key that verifiers have had a day to fetch; retired keys go in time."""
    keys = Keys(store=store, clock=clock, seal=seal)
    first = (await keys.open_ring()).kid
    await keys.keep_up()
    clock.time += timedelta(days=89)
    await keys.keep_up()
    assert (await keys.current()).kid == first
    clock.time += timedelta(days=1)
    await keys.keep_up()
    assert (await keys.current()).kid != first
    assert first in {key.kid for key in await keys.list_all()}
    clock.time += timedelta(days=30)
    await keys.keep_up()
    assert first not in {key.kid for key in await keys.list_all()}


async def test_a_retired_key_stays_for_thirty_days(store: Store, clock: SetClock, seal: Seal) -> None:
    """T25: longer than any token it signed, however often we look; its tokens verify until then."""
    keys = Keys(store=store, clock=clock, seal=seal)
    old = (await keys.open_ring()).sign({"sub": "somebody"})
    await keys.keep_up()
    await keys.rotate()
    for days, stays in ((0, True), (29, True), (2, False)):
        clock.time += timedelta(days=days)
        await keys.keep_up()
        assert is_valid(await keys.current(), old) is stays


async def test_an_unpublished_next_key_is_not_rotated_to(store: Store, clock: SetClock, seal: Seal) -> None:
    """T25: after a long sleep the next key is published first and used a day later."""
    keys = Keys(store=store, clock=clock, seal=seal)
    first = (await keys.open_ring()).kid
    clock.time += timedelta(days=200)
    await keys.keep_up()
    assert (await keys.current()).kid == first
    clock.time += timedelta(hours=25)
    await keys.keep_up()
    assert (await keys.current()).kid != first


async def test_a_stolen_key_can_be_dropped_at_once(store: Store, clock: SetClock, seal: Seal) -> None:
    """T25: after an emergency rotation, tokens of the old key verify nowhere."""
    keys = Keys(store=store, clock=clock, seal=seal)
    stolen = (await keys.open_ring()).sign({"sub": "somebody"})
    await keys.rotate()
    assert is_valid(await keys.current(), stolen), "a plain rotation, in panic, keeps the key"
    await keys.rotate(drop_old=True)
    assert not is_valid(await keys.current(), stolen)
    assert KeyState.RETIRED not in await states(keys)


async def test_a_running_daemon_notices_a_rotation_by_a_command(store: Store, clock: SetClock, seal: Seal) -> None:
    """Two keepers of one store: the second sees what the first did when it looks."""
    daemon, command = (Keys(store=store, clock=clock, seal=seal) for _ in range(2))
    await daemon.open_ring()
    assert await daemon.notice() is False
    kid = await command.rotate()
    assert await daemon.notice() is True
    assert (await daemon.current()).kid == kid


async def test_private_keys_are_sealed_at_rest(store: Store, clock: SetClock, seal: Seal) -> None:
    """T22: what the store holds is no key to anybody without the master key."""
    await Keys(store=store, clock=clock, seal=seal).open_ring()
    kept = (await store.read(lambda unit: unit.signing_keys.list_all()))[0]
    assert b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" not in kept.sealed, "the OID of an RSA key in PKCS 8"
