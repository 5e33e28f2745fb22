"""Signing keys through their life: ``next`` to ``active`` to ``retired`` to gone, without a token ever failing.

``next`` is published long before it signs, so that every verifier has it in its cache by then; ``retired`` stays
published until the last token it signed has ended.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.clock import Clock
from core.model.tokens.signing_key import KeyState, SigningKey
from core.ports.store import Store, Unit
from core.seal import Seal
from core.tokens.jwt import KeyRing, fingerprint, load_ring, make_key

ROTATE_AFTER: Final = timedelta(days=90)
PUBLISH_BEFORE_USE: Final = timedelta(hours=25)
"""A day longer than any verifier should keep our JWKS (``security``, T25)."""
RETIRED_FOR: Final = timedelta(days=30)


@dataclass(slots=True, kw_only=True)
class Keys:
    """The keeper of the ring; ``ring`` is the one to sign with now."""

    store: Store
    clock: Clock
    seal: Seal
    ring: KeyRing | None = None

    async def open_ring(self) -> KeyRing:
        """Load the ring; make the first key if there is none."""
        keys = await self._list()
        if not any(key.state is KeyState.ACTIVE for key in keys):
            first = await self._make(KeyState.ACTIVE, self.clock.now())
            await self.store.write(lambda unit: _add_unless_active(unit, first))
            keys = await self._list()
        self.ring = load_ring(keys, self.seal)
        return self.ring

    async def current(self) -> KeyRing:
        """Return the ring to sign with, loading it the first time."""
        return self.ring or await self.open_ring()

    async def notice(self) -> bool:
        """Load the ring anew if another process changed the keys; return whether one did."""
        if self.ring is None or fingerprint(await self._list()) == self.ring.fingerprint:
            return False
        await self.open_ring()
        return True

    async def keep_up(self) -> None:
        """Do what is due: publish a next key, rotate after ninety days, drop keys whose tokens have all ended."""
        now = self.clock.now()
        if not any(key.state is KeyState.NEXT for key in await self._list()):
            spare = await self._make(KeyState.NEXT, now)
            await self.store.write(lambda unit: _add_unless_next(unit, spare))
        await self.store.write(lambda unit: _drop_outlived(unit, now))
        if await self.store.read(lambda unit: _is_rotation_due(unit, now)):
            await self.rotate()
        await self.notice()

    async def rotate(self, *, drop_old: bool = False) -> str:
        """Let the next key sign from now on, publish a new next one, and return the active ``kid``.

        ``drop_old`` is for a stolen key: the active one and all retired ones are deleted, and every token they signed
        stops verifying as soon as verifiers fetch the JWKS again.
        """
        now = self.clock.now()
        spare = await self._make(KeyState.NEXT, now)
        kid = await self.store.write(lambda unit: _rotate(unit, spare, now, drop_old=drop_old))
        await self.notice()
        return kid

    async def list_all(self) -> list[SigningKey]:
        """List the keys, oldest first."""
        return await self._list()

    async def _make(self, state: KeyState, now: datetime) -> SigningKey:
        """Make a key in a thread: it can take a second of CPU, and waiting browsers should not notice."""
        return await asyncio.to_thread(make_key, state, self.seal, now)

    async def _list(self) -> list[SigningKey]:
        return list(await self.store.read(lambda unit: unit.signing_keys.list_all()))


def _in_state(unit: Unit, state: KeyState) -> list[SigningKey]:
    return [key for key in unit.signing_keys.list_all() if key.state is state]


def _add_unless_active(unit: Unit, key: SigningKey) -> None:
    unit.guard("keys")
    if not _in_state(unit, KeyState.ACTIVE):
        unit.signing_keys.put(key)


def _add_unless_next(unit: Unit, key: SigningKey) -> None:
    unit.guard("keys")
    if not _in_state(unit, KeyState.NEXT):
        unit.signing_keys.put(key)


def _drop_outlived(unit: Unit, now: datetime) -> None:
    unit.guard("keys")
    for key in _in_state(unit, KeyState.RETIRED):
        if key.changed_at + RETIRED_FOR <= now:
            unit.signing_keys.remove(key.kid)


def _is_rotation_due(unit: Unit, now: datetime) -> bool:
    is_old = any(key.changed_at + ROTATE_AFTER <= now for key in _in_state(unit, KeyState.ACTIVE))
    is_published = any(key.created_at + PUBLISH_BEFORE_USE <= now for key in _in_state(unit, KeyState.NEXT))
    return is_old and is_published


def _rotate(unit: Unit, spare: SigningKey, now: datetime, *, drop_old: bool) -> str:
    unit.guard("keys")
    waiting = _in_state(unit, KeyState.NEXT)
    for key in _in_state(unit, KeyState.ACTIVE):
        if drop_old:
            unit.signing_keys.remove(key.kid)
        else:
            unit.signing_keys.put(replace(key, state=KeyState.RETIRED, changed_at=now))
    if drop_old:
        for key in _in_state(unit, KeyState.RETIRED):
            unit.signing_keys.remove(key.kid)
    promoted = waiting[0] if waiting else spare
    unit.signing_keys.put(replace(promoted, state=KeyState.ACTIVE, changed_at=now))
    if waiting:
        unit.signing_keys.put(spare)
    return promoted.kid
