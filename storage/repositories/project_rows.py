"""An app's settings for the project dialect as a row, and back: three columns of JSON."""

import json
from typing import Any, Final

from core.model.apps.project import Permission, Project, SenderSettings
from core.model.ids import AppId
from storage.statements import Row
from storage.values import from_json, to_json

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
