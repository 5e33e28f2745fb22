"""The apps and their keys as rows."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import Insert, bindparam, delete, select, update

from core.model.apps.app import App, AppKey, KeyKind, Logo
from core.model.apps.project import Permission, Project, SenderSettings
from core.model.calendar.quiet_hours import read_quiet_hours
from core.model.ids import AppId, BotName
from core.model.messages.template import Format, Template
from storage.errors import ImpossibleRowError
from storage.statements import Row, Statements
from storage.tables.apps import app_keys, apps, logos, projects, templates
from storage.upsert import insert_all, insert_or_replace
from storage.values import from_json, from_ms, from_ms_or_none, to_json, to_ms, to_ms_or_none

_SENDER_FIELDS: Final = tuple(SenderSettings.__dataclass_fields__)


def project_values(project: Project) -> dict[str, object]:
    """Return the columns of a project."""
    sender = {name: getattr(project.sender, name) for name in _SENDER_FIELDS}
    permissions = [
        {"key": each.key, "title": each.title, "description": each.description, "required": each.required}
        for each in project.permissions
    ]
    return {
        "app_id": project.app_id,
        "sender": json.dumps(sender, ensure_ascii=False, default=dict),
        "tags": to_json(project.tags),
        "permissions": json.dumps(permissions, ensure_ascii=False),
    }


def to_project(app_id: AppId, row: Row | None) -> Project:
    """Return the project that a row of sender, tags and permissions holds; without a row the one of the beginning."""
    if row is None:
        return Project(app_id=app_id)
    sender, tags, permissions = row
    told: dict[str, Any] = json.loads(sender)
    return Project(
        app_id=app_id,
        sender=SenderSettings(**{name: value for name, value in told.items() if name in _SENDER_FIELDS}),
        tags=from_json(tags),
        permissions=tuple(Permission(**each) for each in json.loads(permissions)),
    )


_APP: Final = (
    apps.c.app_id,
    apps.c.created_at,
    apps.c.slug,
    apps.c.name,
    apps.c.origins,
    apps.c.redirect_url,
    apps.c.callbacks,
    apps.c.bots,
    apps.c.wants_phone,
    apps.c.enabled,
    apps.c.color,
    apps.c.logo_digest,
    apps.c.requires_match,
    apps.c.sessions_per_hour,
    apps.c.last_successful_first,
    apps.c.quiet_hours,
    apps.c.timezone,
    apps.c.broadcasts_per_day,
    apps.c.broadcasts_per_week,
)
_KEY: Final = (
    app_keys.c.app_id,
    app_keys.c.kind,
    app_keys.c.digest,
    app_keys.c.created_at,
    app_keys.c.valid_until,
    app_keys.c.last_used_at,
)
_BY_ID: Final = select(*_APP).where(apps.c.app_id == bindparam("app_id"))
_BY_SLUG: Final = select(*_APP).where(apps.c.slug == bindparam("slug"))
_ALL: Final = select(*_APP).order_by(apps.c.created_at, apps.c.app_id)
_ADD: Final = insert_all(apps)
_PUT: Final = (
    update(apps)
    .where(apps.c.app_id == bindparam("app_id_"))
    .values({column: bindparam(column.name) for column in _APP[2:]})
)
_KEYS: Final = (
    select(*_KEY)
    .where(app_keys.c.app_id == bindparam("app_id"))
    .order_by(app_keys.c.created_at, app_keys.c.kind, app_keys.c.digest)
)
_ADD_KEY: Final = insert_all(app_keys)
_BY_DIGEST: Final = select(*_KEY).where(app_keys.c.digest == bindparam("digest"))
_NOTE_USE: Final = (
    update(app_keys).where(app_keys.c.digest == bindparam("digest_")).values(last_used_at=bindparam("now"))
)
_PROJECT: Final = select(projects.c.sender, projects.c.tags, projects.c.permissions).where(
    projects.c.app_id == bindparam("app_id")
)
_FORGET_ENDING: Final = delete(app_keys).where(
    app_keys.c.app_id == bindparam("app_id_"), app_keys.c.valid_until.is_not(None)
)
_LET_END: Final = (
    update(app_keys)
    .where(app_keys.c.app_id == bindparam("app_id_"), app_keys.c.valid_until.is_(None))
    .values(valid_until=bindparam("end"))
)
_LOGO: Final = select(logos.c.media_type, logos.c.body).where(logos.c.app_id == bindparam("app_id"))
_REMOVE_LOGO: Final = delete(logos).where(logos.c.app_id == bindparam("app_id_"))
_ADD_LOGO: Final = insert_all(logos)
_KINDS: Final = {kind.value: kind for kind in KeyKind}


_TEMPLATES: Final = (
    select(templates.c.key, templates.c.text, templates.c.format)
    .where(templates.c.app_id == bindparam("app_id"))
    .order_by(templates.c.key)
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
        self._statements.change(_ADD, {"app_id": app.app_id, "created_at": to_ms(app.created_at), **_app_values(app)})

    def put(self, app: App) -> None:
        self._statements.change(_PUT, {"app_id_": app.app_id, **_app_values(app)})

    def logo(self, app_id: AppId) -> Logo | None:
        row = self._statements.first(_LOGO, {"app_id": app_id})
        return None if row is None else Logo(*row)

    def put_logo(self, app_id: AppId, logo: Logo | None) -> None:
        self._statements.change(_REMOVE_LOGO, {"app_id_": app_id})
        if logo is not None:
            values = {"app_id": app_id, "media_type": logo.media_type, "body": logo.body}
            self._statements.change(_ADD_LOGO, values)

    def keys(self, app_id: AppId) -> Sequence[AppKey]:
        return [_key(row) for row in self._statements.all(_KEYS, {"app_id": app_id})]

    def add_key(self, key: AppKey) -> None:
        self._statements.change(
            _ADD_KEY,
            {
                "app_id": key.app_id,
                "kind": key.kind.value,
                "digest": key.digest,
                "created_at": to_ms(key.created_at),
                "valid_until": to_ms_or_none(key.valid_until),
                "last_used_at": to_ms_or_none(key.last_used_at),
            },
        )

    def key(self, digest: bytes) -> AppKey | None:
        row = self._statements.first(_BY_DIGEST, {"digest": digest})
        return None if row is None else _key(row)

    def note_use(self, digest: bytes, now: datetime) -> None:
        self._statements.change(_NOTE_USE, {"digest_": digest, "now": to_ms(now)})

    def project(self, app_id: AppId) -> Project:
        return to_project(app_id, self._statements.first(_PROJECT, {"app_id": app_id}))

    def put_project(self, project: Project) -> None:
        self._statements.change(_put_project(self._statements.dialect), project_values(project))

    def templates(self, app_id: AppId) -> Sequence[Template]:
        rows = self._statements.all(_TEMPLATES, {"app_id": app_id})
        return [Template(key, text, Format(written)) for key, text, written in rows]

    def put_template(self, app_id: AppId, template: Template) -> None:
        values = {"app_id": app_id, "key": template.key, "text": template.text, "format": template.format.value}
        self._statements.change(_put_template(self._statements.dialect), values)

    def remove_template(self, app_id: AppId, key: str) -> None:
        self._statements.change(_REMOVE_TEMPLATE, {"app_id_": app_id, "key_": key})

    def retire_keys(self, app_id: AppId, valid_until: datetime) -> None:
        self._statements.change(_FORGET_ENDING, {"app_id_": app_id})
        self._statements.change(_LET_END, {"app_id_": app_id, "end": to_ms(valid_until)})


@lru_cache(maxsize=256)
def _app(row: Row) -> App:
    """Return the app that a row holds; the same object for the same row, since every waiting poll holds one."""
    (
        app_id,
        created_at,
        slug,
        name,
        origins,
        redirect_url,
        callbacks,
        bots,
        wants_phone,
        enabled,
        color,
        logo,
        requires_match,
        sessions_per_hour,
        last_successful_first,
        quiet_hours,
        timezone,
        broadcasts_per_day,
        broadcasts_per_week,
    ) = row
    return App(
        app_id=app_id,
        slug=slug,
        name=name,
        origins=from_json(origins),
        redirect_url=redirect_url,
        callbacks=from_json(callbacks),
        bots=tuple(map(BotName, from_json(bots))),
        wants_phone=bool(wants_phone),
        enabled=bool(enabled),
        color=color,
        logo_digest=logo,
        requires_match=bool(requires_match),
        sessions_per_hour=sessions_per_hour or 0,
        last_successful_first=bool(last_successful_first),
        quiet_hours=read_quiet_hours(quiet_hours) if quiet_hours else None,
        timezone=timezone,
        broadcasts_per_day=broadcasts_per_day or 0,
        broadcasts_per_week=broadcasts_per_week or 0,
        created_at=from_ms(created_at),
    )


def _app_values(app: App) -> dict[str, object]:
    return {
        "slug": app.slug,
        "name": app.name,
        "origins": to_json(app.origins),
        "redirect_url": app.redirect_url,
        "callbacks": to_json(app.callbacks),
        "bots": to_json(app.bots),
        "wants_phone": app.wants_phone,
        "enabled": app.enabled,
        "color": app.color,
        "logo_digest": app.logo_digest,
        "requires_match": app.requires_match,
        "sessions_per_hour": app.sessions_per_hour,
        "last_successful_first": app.last_successful_first,
        "quiet_hours": None if app.quiet_hours is None else str(app.quiet_hours),
        "timezone": app.timezone,
        "broadcasts_per_day": app.broadcasts_per_day,
        "broadcasts_per_week": app.broadcasts_per_week,
    }


def _key(row: Row) -> AppKey:
    app_id, kind, digest, created_at, valid_until, last_used_at = row
    if kind not in _KINDS:
        raise ImpossibleRowError("app_keys", f"of app {app_id}", f"kind {kind!r}")
    times = (from_ms(created_at), from_ms_or_none(valid_until), from_ms_or_none(last_used_at))
    return AppKey(app_id, _KINDS[kind], digest, *times)
