"""An app's settings for the project dialect, as its site and the operator change them: tags, permissions, sender.

Each change reads and writes in one transaction, so that of two at once neither undoes the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.model.apps.errors import PermissionExists, PermissionNotFound, TagExists, TagNotFound
from core.model.apps.project import (
    Permission,
    PermissionChanges,
    Project,
    SenderChanges,
    SenderSettings,
    changed_sender,
    checked_permission,
    checked_tag,
)
from core.model.ids import AppId
from core.ports.store import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Projects:
    """The story of the lists and texts that an app has; what is wrong in itself is ``Invalid``."""

    store: Store

    async def tags(self, app_id: AppId) -> Mapping[str, int]:
        """Return the app's tags, oldest first, with how many subscribers have each."""

        def find(unit: Unit) -> Mapping[str, int]:
            counts = unit.subscriptions.count_by_tag(app_id)
            return {name: counts.get(name, 0) for name in unit.apps.project(app_id).tags}

        return await self.store.read(find)

    async def add_tag(self, app_id: AppId, name: str) -> None:
        """Add a tag; raise ``TagExists``, or ``Invalid`` where there are too many."""

        def add(project: Project) -> Project:
            if name in project.tags:
                raise TagExists
            return project.with_tags([name])

        await self._change(app_id, add)

    async def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        """Rename a tag, also on all who have it; raise ``TagNotFound`` or ``TagExists``."""
        checked_tag(new_name)

        def rename(unit: Unit) -> None:
            project = unit.apps.project(app_id)
            if name not in project.tags:
                raise TagNotFound
            if new_name == name:
                return
            if new_name in project.tags:
                raise TagExists
            tags = tuple(new_name if tag == name else tag for tag in project.tags)
            unit.apps.put_project(replace(project, tags=tags))
            unit.subscriptions.rename_tag(app_id, name, new_name)
            unit.drips.rename_tag(app_id, name, new_name)
            unit.recurring.rename_tag(app_id, name, new_name)

        await self.store.write(rename)

    async def remove_tag(self, app_id: AppId, name: str) -> None:
        """Remove a tag, also from all who have it; raise ``TagNotFound``."""

        def remove(unit: Unit) -> None:
            project = unit.apps.project(app_id)
            if name not in project.tags:
                raise TagNotFound
            unit.apps.put_project(replace(project, tags=tuple(tag for tag in project.tags if tag != name)))
            unit.subscriptions.drop_tag(app_id, name)

        await self.store.write(remove)

    async def permissions(self, app_id: AppId) -> Sequence[Permission]:
        """List the app's permissions, oldest first."""
        return (await self._find(app_id)).permissions

    async def add_permission(self, app_id: AppId, permission: Permission) -> None:
        """Add a permission, which no subscriber has yet; raise ``PermissionExists``, or ``Invalid`` for too many."""

        def add(project: Project) -> Project:
            if project.permission(permission.key) is not None:
                raise PermissionExists
            return project.with_permission(permission)

        await self._change(app_id, add)

    async def change_permission(self, app_id: AppId, key: str, changes: PermissionChanges) -> Permission:
        """Change a permission's texts, or whether new subscribers get it; raise ``PermissionNotFound``.

        Those already subscribed keep what they have: no setting gives consent in their name.
        """

        def change(project: Project) -> Project:
            before = _permission(project, key)
            after = checked_permission(replace(before, **changes))
            return replace(
                project, permissions=tuple(after if each == before else each for each in project.permissions)
            )

        return _permission(await self._change(app_id, change), key)

    async def remove_permission(self, app_id: AppId, key: str) -> None:
        """Remove a permission, also from all who have it; raise ``PermissionNotFound``. Only operators may."""

        def remove(unit: Unit) -> None:
            project = unit.apps.project(app_id)
            gone = _permission(project, key)
            kept = tuple(each for each in project.permissions if each != gone)
            unit.apps.put_project(replace(project, permissions=kept))
            unit.subscriptions.drop_permission(app_id, key)

        await self.store.write(remove)

    async def sender(self, app_id: AppId) -> SenderSettings:
        """Return how the app speaks in the bot."""
        return (await self._find(app_id)).sender

    async def change_sender(self, app_id: AppId, changes: SenderChanges) -> SenderSettings:
        """Change how the app speaks in the bot, and return all of it."""

        def change(project: Project) -> Project:
            return replace(project, sender=changed_sender(project.sender, changes))

        return (await self._change(app_id, change)).sender

    async def _find(self, app_id: AppId) -> Project:
        return await self.store.read(lambda unit: unit.apps.project(app_id))

    async def _change(self, app_id: AppId, change: Callable[[Project], Project]) -> Project:
        """Replace the app's settings by what ``change`` makes of them."""

        def put(unit: Unit) -> Project:
            after = change(unit.apps.project(app_id))
            unit.apps.put_project(after)
            return after

        return await self.store.write(put)


def _permission(project: Project, key: str) -> Permission:
    permission = project.permission(key)
    if permission is None:
        raise PermissionNotFound
    return permission
