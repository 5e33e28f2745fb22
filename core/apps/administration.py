"""Apps through their life: the operator creates, shows, changes them and rotates their keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from core.clock import Clock
from core.complaints import Wrong
from core.entropy import Entropy, hex_id
from core.errors import Invalid
from core.model.apps.app import App, AppKey, KeyKind, Logo, checked_app, draw_key, read_logo
from core.model.apps.errors import AppDisabled, AppExists, AppNotFound
from core.model.ids import AppId, BotName
from core.ports.store import Store, Unit
from core.seal import Seal

KEY_OVERLAP: Final = timedelta(days=7)
"""How long the old keys of an app go on working after a rotation."""


@dataclass(frozen=True, slots=True)
class AppSecrets:
    """What a site needs to call us; shown once, kept only as digests."""

    message_api_token: str
    api_key: str
    test_api_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Apps:
    """The story of the operator's side. ``known_bots`` are the bots of the settings."""

    store: Store
    clock: Clock
    entropy: Entropy
    seal: Seal
    known_bots: tuple[BotName, ...]

    def draft(self, slug: str, name: str) -> App:
        """Return a new app with every bot of the settings; ``create`` saves it."""
        return App(
            app_id=AppId(hex_id(self.entropy)),
            slug=slug,
            name=name,
            bots=self.known_bots,
            created_at=self.clock.now(),
        )

    async def create(self, app: App) -> AppSecrets:
        """Save a new app and return its secrets; raise ``Invalid`` or ``AppExists``."""
        checked = self._checked(app)
        secrets = self._draw_secrets()

        def add(unit: Unit) -> None:
            if unit.apps.by_slug(checked.slug) is not None:
                raise AppExists
            unit.apps.add(checked)
            self._add_keys(unit, checked.app_id, secrets)

        await self.store.write(add)
        return secrets

    async def change(self, app: App) -> App:
        """Save a changed app; raise ``Invalid``, ``AppExists`` or ``AppNotFound``.

        Other quiet hours count at once, also for what waits for the end of the former ones.
        """
        checked, now = self._checked(app), self.clock.now()

        def put(unit: Unit) -> None:
            before = unit.apps.by_id(checked.app_id)
            if before is None:
                raise AppNotFound
            namesake = unit.apps.by_slug(checked.slug)
            if namesake is not None and namesake.app_id != checked.app_id:
                raise AppExists
            unit.apps.put(checked)
            if (before.quiet_hours, before.timezone) != (checked.quiet_hours, checked.timezone):
                unit.broadcasts.wake(checked.app_id, now)

        await self.store.write(put)
        return checked

    async def change_logo(self, app_id: AppId, body: bytes) -> App:
        """Give the app the logo in a file's bytes, or none if they are empty; raise ``Invalid`` or ``AppNotFound``."""
        logo = read_logo(body) if body else None

        def put(unit: Unit) -> App:
            app = unit.apps.by_id(app_id)
            if app is None:
                raise AppNotFound
            after = replace(app, logo_digest=sha256(logo.body).hexdigest()[:16] if logo else None)
            unit.apps.put(after)
            unit.apps.put_logo(app_id, logo)
            return after

        return await self.store.write(put)

    async def logo(self, app_id: AppId) -> Logo | None:
        """Return the app's logo; ``None`` if it has none."""
        return await self.store.read(lambda unit: unit.apps.logo(app_id))

    async def rotate_keys(self, app_id: AppId, overlap: timedelta = KEY_OVERLAP) -> AppSecrets:
        """Give the app new secrets; the last ones work for ``overlap`` longer, those before them no more.

        With an ``overlap`` of zero the last ones end at once too: they have leaked, say. Raises ``AppNotFound``.
        """
        secrets = self._draw_secrets()
        now = self.clock.now()

        def rotate(unit: Unit) -> None:
            if unit.apps.by_id(app_id) is None:
                raise AppNotFound
            unit.apps.retire_keys(app_id, now + overlap)
            self._add_keys(unit, app_id, secrets)

        await self.store.write(rotate)
        return secrets

    async def keys_of(self, app_id: AppId) -> Sequence[AppKey]:
        """List the app's keys that work now, oldest first."""
        now = self.clock.now()
        keys = await self.store.read(lambda unit: unit.apps.keys(app_id))
        return [key for key in keys if key.valid_until is None or now < key.valid_until]

    async def find(self, reference: str) -> App:
        """Return the app with this id or slug; raise ``AppNotFound``."""

        def find(unit: Unit) -> App | None:
            return unit.apps.by_id(AppId(reference)) or unit.apps.by_slug(reference)

        app = await self.store.read(find)
        if app is None:
            raise AppNotFound(f"There is no app with the id or slug {reference!r}.")
        return app

    async def enabled(self, app_id: AppId) -> App:
        """Return the app with this id; raise ``AppNotFound`` or ``AppDisabled``."""
        app = await self.store.read(lambda unit: unit.apps.by_id(app_id))
        if app is None:
            raise AppNotFound
        if not app.enabled:
            raise AppDisabled
        return app

    async def list_all(self) -> Sequence[App]:
        """List all apps, oldest first."""
        return await self.store.read(lambda unit: unit.apps.list_all())

    def _checked(self, app: App) -> App:
        unknown = [name for name in app.bots if name not in self.known_bots]
        if unknown:
            raise Invalid("bot", Wrong.UNKNOWN_BOTS, bots=tuple(unknown), known=tuple(self.known_bots))
        return checked_app(replace(app, bots=tuple(dict.fromkeys(app.bots))))

    def _draw_secrets(self) -> AppSecrets:
        return AppSecrets(*(draw_key(kind, self.entropy) for kind in (KeyKind.MESSAGE, KeyKind.LIVE, KeyKind.TEST)))

    def _add_keys(self, unit: Unit, app_id: AppId, secrets: AppSecrets) -> None:
        now = self.clock.now()
        for kind, secret in (
            (KeyKind.MESSAGE, secrets.message_api_token),
            (KeyKind.LIVE, secrets.api_key),
            (KeyKind.TEST, secrets.test_api_key),
        ):
            unit.apps.add_key(AppKey(app_id, kind, key_digest(secret, self.seal), now))


def key_digest(key: str, seal: Seal) -> bytes:
    """Return what an app's key is stored as."""
    return seal.digest(key, "app key")
