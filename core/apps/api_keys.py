"""Who calls: an app, by a key that is kept as a digest only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.apps.administration import key_digest
from core.clock import Clock
from core.errors import Busy
from core.model.apps.app import App, AppKey, KeyKind, is_key
from core.model.apps.errors import AppDisabled, InvalidApiKey
from core.ports.store import Store, Unit
from core.seal import Seal

_PROJECT_KINDS: Final = frozenset({KeyKind.LIVE, KeyKind.TEST})
_USE_NOTED_EVERY: Final = timedelta(hours=1)
"""A key's last use is known to the hour: writing each down would cost every request a commit."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The app that calls; ``is_test`` if by its test key."""

    app: App
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeys:
    """The story of a key that is shown to us."""

    store: Store
    clock: Clock
    seal: Seal

    async def authenticate(self, key: str, kinds: Collection[KeyKind] = _PROJECT_KINDS) -> Caller:
        """Return who calls with a key of one of these kinds; raise ``InvalidApiKey`` or ``AppDisabled``."""
        if not is_key(key):
            raise InvalidApiKey
        digest, now = key_digest(key, self.seal), self.clock.now()

        def find(unit: Unit) -> tuple[AppKey, App] | None:
            app_key = unit.apps.key(digest)
            app = unit.apps.by_id(app_key.app_id) if app_key else None
            return (app_key, app) if app_key and app else None

        match = await self.store.read(find)
        if match is None:
            raise InvalidApiKey
        app_key, app = match
        if app_key.kind not in kinds or (app_key.valid_until is not None and now >= app_key.valid_until):
            raise InvalidApiKey
        if not app.enabled:
            raise AppDisabled
        if app_key.last_used_at is None or now - app_key.last_used_at >= _USE_NOTED_EVERY:
            await self._note_use(digest)
        return Caller(app, is_test=app_key.kind is KeyKind.TEST)

    async def _note_use(self, digest: bytes) -> None:
        now = self.clock.now()
        try:
            await self.store.write(lambda unit: unit.apps.note_use(digest, now))
        except Busy:
            return  # the next call will note it
