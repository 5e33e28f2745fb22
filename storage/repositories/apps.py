"""Apps as rows, with their keys, logos, templates, and settings for the project dialect."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import Insert, bindparam, delete, select, update

from core.model.apps.app import App, AppKey, Logo
from core.model.apps.project import Permission, Project, SenderSettings
from core.model.calendar.quiet_hours import read_quiet_hours
from core.model.ids import AppId
from core.model.messages.template import Template
from storage.rows import Converter, RowMapper, to_ms
from storage.statements import Row, Statements, insert_all, insert_or_replace, update_all
from storage.tables.apps import app_keys, apps, logos, projects, templates

_SENDER_FIELDS: Final = tuple(SenderSettings.__dataclass_fields__)


def _read_sender(kept: str) -> SenderSettings:
    """Return the settings in an object of JSON; names that are not ours (any more) are left out."""
    settings: dict[str, Any] = json.loads(kept)
    return SenderSettings(**{name: value for name, value in settings.items() if name in _SENDER_FIELDS})


def _write_sender(sender: SenderSettings) -> str:
    settings = {name: getattr(sender, name) for name in _SENDER_FIELDS}
    return json.dumps(settings, ensure_ascii=False, default=dict)


def _read_permissions(kept: str) -> tuple[Permission, ...]:
    return tuple(Permission(**each) for each in json.loads(kept))


def _write_permissions(permissions: tuple[Permission, ...]) -> str:
    return json.dumps([asdict(each) for each in permissions], ensure_ascii=False)


APP: Final = RowMapper(apps, App, {"quiet_hours": Converter(read_quiet_hours, str)})
_KEY: Final = RowMapper(app_keys, AppKey, known_by="of app {app_id}")
_PROJECT: Final = RowMapper(
    projects,
    Project,
    {
        "sender": Converter(_read_sender, _write_sender),
        "permissions": Converter(_read_permissions, _write_permissions),
    },
)
_LOGO: Final = RowMapper(logos, Logo, apart=("app_id",))
_TEMPLATE: Final = RowMapper(templates, Template, apart=("app_id",))
_BY_ID: Final = select(*APP.columns).where(apps.c.app_id == bindparam("app_id"))
_BY_SLUG: Final = select(*APP.columns).where(apps.c.slug == bindparam("slug"))
_ALL: Final = select(*APP.columns).order_by(apps.c.created_at, apps.c.app_id)
_ADD: Final = insert_all(apps)
_PUT: Final = update_all(apps, but_for=("app_id", "created_at")).where(apps.c.app_id == bindparam("id"))
_KEYS: Final = (
    select(*_KEY.columns)
    .where(app_keys.c.app_id == bindparam("app_id"))
    .order_by(app_keys.c.created_at, app_keys.c.kind, app_keys.c.digest)
)
_ADD_KEY: Final = insert_all(app_keys)
_BY_DIGEST: Final = select(*_KEY.columns).where(app_keys.c.digest == bindparam("digest"))
_NOTE_USE: Final = (
    update(app_keys).where(app_keys.c.digest == bindparam("digest_")).values(last_used_at=bindparam("now"))
)
_PROJECT_OF: Final = select(*_PROJECT.columns).where(projects.c.app_id == bindparam("app_id"))
_FORGET_ENDING: Final = delete(app_keys).where(
    app_keys.c.app_id == bindparam("app_id_"), app_keys.c.valid_until.is_not(None)
)
_LET_END: Final = (
    update(app_keys)
    .where(app_keys.c.app_id == bindparam("app_id_"), app_keys.c.valid_until.is_(None))
    .values(valid_until=bindparam("end"))
)
_LOGO_OF: Final = select(*_LOGO.columns).where(logos.c.app_id == bindparam("app_id"))
_REMOVE_LOGO: Final = delete(logos).where(logos.c.app_id == bindparam("app_id_"))
_ADD_LOGO: Final = insert_all(logos)
_TEMPLATES: Final = (
    select(*_TEMPLATE.columns).where(templates.c.app_id == bindparam("app_id")).order_by(templates.c.key)
)
_REMOVE_TEMPLATE: Final = delete(templates).where(
    templates.c.app_id == bindparam("app_id_"), templates.c.key == bindparam("key_")
)


@cache
def _put_template(dialect: str) -> Insert:
    return insert_or_replace(dialect, templates, ("app_id", "key"))


@cache
def _put_project(dialect: str) -> Insert:
    return insert_or_replace(dialect, projects, ("app_id",))


class SqlApps:
    """``core.ports.apps.AppRepository`` in one transaction.

    An app that was read once is the same object until its row changes. An app without a row of settings for the
    project dialect has those of the beginning; ``put`` leaves alone when the app was made.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def by_id(self, app_id: AppId) -> App | None:
        row = self._statements.first(_BY_ID, {"app_id": app_id})
        return None if row is None else _app(row)

    def by_slug(self, slug: str) -> App | None:
        row = self._statements.first(_BY_SLUG, {"slug": slug})
        return None if row is None else _app(row)

    def list_all(self) -> Sequence[App]:
        return [_app(row) for row in self._statements.all(_ALL, {})]

    def add(self, app: App) -> None:
        self._statements.change(_ADD, APP.values(app))

    def put(self, app: App) -> None:
        self._statements.change(_PUT, {"id": app.app_id, **APP.values(app)})

    def logo(self, app_id: AppId) -> Logo | None:
        return _LOGO.read_or_none(self._statements.first(_LOGO_OF, {"app_id": app_id}))

    def put_logo(self, app_id: AppId, logo: Logo | None) -> None:
        self._statements.change(_REMOVE_LOGO, {"app_id_": app_id})
        if logo is not None:
            self._statements.change(_ADD_LOGO, {"app_id": app_id, **_LOGO.values(logo)})

    def keys(self, app_id: AppId) -> Sequence[AppKey]:
        return [_KEY.read(row) for row in self._statements.all(_KEYS, {"app_id": app_id})]

    def add_key(self, key: AppKey) -> None:
        self._statements.change(_ADD_KEY, _KEY.values(key))

    def key(self, digest: bytes) -> AppKey | None:
        return _KEY.read_or_none(self._statements.first(_BY_DIGEST, {"digest": digest}))

    def note_use(self, digest: bytes, now: datetime) -> None:
        self._statements.change(_NOTE_USE, {"digest_": digest, "now": to_ms(now)})

    def project(self, app_id: AppId) -> Project:
        kept = _PROJECT.read_or_none(self._statements.first(_PROJECT_OF, {"app_id": app_id}))
        return Project(app_id=app_id) if kept is None else kept

    def put_project(self, project: Project) -> None:
        self._statements.change(_put_project(self._statements.dialect), _PROJECT.values(project))

    def templates(self, app_id: AppId) -> Sequence[Template]:
        return [_TEMPLATE.read(row) for row in self._statements.all(_TEMPLATES, {"app_id": app_id})]

    def put_template(self, app_id: AppId, template: Template) -> None:
        values = {"app_id": app_id, **_TEMPLATE.values(template)}
        self._statements.change(_put_template(self._statements.dialect), values)

    def remove_template(self, app_id: AppId, key: str) -> None:
        self._statements.change(_REMOVE_TEMPLATE, {"app_id_": app_id, "key_": key})

    def retire_keys(self, app_id: AppId, valid_until: datetime) -> None:
        self._statements.change(_FORGET_ENDING, {"app_id_": app_id})
        self._statements.change(_LET_END, {"app_id_": app_id, "end": to_ms(valid_until)})


@lru_cache(maxsize=256)
def _app(row: Row) -> App:
    """Return the app that a row holds; the same object for the same row, since every waiting poll holds one."""
    return APP.read(row)
