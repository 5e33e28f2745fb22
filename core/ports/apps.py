"""What one transaction can find, keep and change of apps: their keys, logos, project settings and templates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.model.apps.app import App, AppKey, Logo
from core.model.apps.project import Project
from core.model.ids import AppId
from core.model.messages.template import Template


class AppRepository(Protocol):
    """The apps and what belongs to them."""

    def by_id(self, app_id: AppId) -> App | None:
        """Find an app."""
        ...

    def by_slug(self, slug: str) -> App | None:
        """Find an app by its slug."""
        ...

    def list_all(self) -> Sequence[App]:
        """List all apps, oldest first."""
        ...

    def add(self, app: App) -> None:
        """Keep a new app."""
        ...

    def put(self, app: App) -> None:
        """Replace the app with the same id."""
        ...

    def logo(self, app_id: AppId) -> Logo | None:
        """Return the app's logo; ``None`` if it has none."""
        ...

    def put_logo(self, app_id: AppId, logo: Logo | None) -> None:
        """Give the app a logo, or take it away."""
        ...

    def keys(self, app_id: AppId) -> Sequence[AppKey]:
        """List the app's keys, oldest first."""
        ...

    def add_key(self, key: AppKey) -> None:
        """Keep a new key."""
        ...

    def key(self, digest: bytes) -> AppKey | None:
        """Find a key by its digest, ended or not."""
        ...

    def note_use(self, digest: bytes, now: datetime) -> None:
        """Note when the key with this digest was used."""
        ...

    def project(self, app_id: AppId) -> Project:
        """Return the app's settings for the project dialect; those of the beginning if it has none."""
        ...

    def put_project(self, project: Project) -> None:
        """Replace the app's settings for the project dialect."""
        ...

    def templates(self, app_id: AppId) -> Sequence[Template]:
        """List the app's templates by key."""
        ...

    def put_template(self, app_id: AppId, template: Template) -> None:
        """Add the template, or replace the one with the same key."""
        ...

    def remove_template(self, app_id: AppId, key: str) -> None:
        """Delete a template."""
        ...

    def retire_keys(self, app_id: AppId, valid_until: datetime) -> None:
        """Let the app's keys that have no end yet end at ``valid_until``, and forget those that have one."""
        ...
