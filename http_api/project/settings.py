"""A project's own lists and texts: tags, permissions, and how it speaks in the bot (``projects-api`` 5 and 13)."""

from dataclasses import asdict, dataclass
from typing import Annotated, Final, Literal, cast

from pydantic import Field

from core.apps.project import Projects
from core.model.apps.app import NAME_LIMIT
from core.model.apps.errors import PermissionExists, PermissionNotFound, TagExists, TagNotFound
from core.model.apps.project import (
    DESCRIPTION_LIMIT,
    OTP_TEMPLATE_LIMIT,
    Permission,
    PermissionChanges,
    SenderChanges,
    SenderSettings,
)
from http_api.project.call import Call, Deleted, ProjectRoute, Updated
from http_api.route import Access, RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

Texts = Annotated[dict[str, str], Field(description='By language: {"ru": …, "en": …}')]
_TAG: Final = "/tags/{name}"


class TagAnswer(ResponseBody):
    """A tag, and how many subscribers have it."""

    name: str
    subscribers: int


class TagsAnswer(ResponseBody):
    """The project's tags, oldest first."""

    tags: list[TagAnswer]


class AddTag(RequestBody):
    """A new tag."""

    name: str


class RenameTag(RequestBody):
    """What a tag is to be called."""

    new_name: str


class PermissionAnswer(ResponseBody):
    """What subscribers can agree to; whoever subscribes gets those that are ``required``."""

    key: str
    title: str
    description: str
    required: bool


class PermissionsAnswer(ResponseBody):
    """The project's permissions, oldest first."""

    permissions: list[PermissionAnswer]


class AddPermission(RequestBody):
    """A new permission."""

    key: str
    title: str
    description: str = ""
    required: bool = False


class ChangePermission(RequestBody):
    """What is to be different about a permission; what is missing stays."""

    title: str = ""
    description: str = ""
    required: bool = False


class SenderAnswer(ResponseBody):
    """How the project speaks in the bot; what is empty, or not enabled, is a text of ours instead."""

    sender_name: str
    sender_description: str
    otp_template: str
    otp_code_length: Annotated[int, Field(examples=[6])]
    subscribe_message: Texts
    unsubscribe_message: Texts
    subscribe_message_enabled: bool
    unsubscribe_message_enabled: bool
    auth_text: Texts
    auth_button_text: Texts


def _stays(schema: dict[str, object]) -> None:
    """Take the default out of a description: a field that is missing stays as it is."""
    schema.pop("default", None)


class ChangeSender(RequestBody):
    """What is to be different about how the project speaks; what is missing stays, what is empty takes ours instead."""

    sender_name: Annotated[str, Field(max_length=NAME_LIMIT, json_schema_extra=_stays)] = ""
    sender_description: Annotated[str, Field(max_length=DESCRIPTION_LIMIT, json_schema_extra=_stays)] = ""
    otp_template: Annotated[str, Field(max_length=OTP_TEMPLATE_LIMIT, json_schema_extra=_stays)] = ""
    otp_code_length: Annotated[Literal[4, 6, 8], Field(json_schema_extra=_stays)] = 6
    subscribe_message: Texts = Field(default_factory=dict)
    unsubscribe_message: Texts = Field(default_factory=dict)
    subscribe_message_enabled: Annotated[bool, Field(json_schema_extra=_stays)] = True
    unsubscribe_message_enabled: Annotated[bool, Field(json_schema_extra=_stays)] = True
    auth_text: Texts = Field(default_factory=dict)
    auth_button_text: Texts = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsHandlers:
    """The handlers."""

    projects: Projects

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [*self._tag_routes(), *self._permission_routes(), *self._sender_routes()]

    def _tag_routes(self) -> list[ProjectRoute]:
        return [
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path="/tags",
                handler=self.tags,
                summary="The project's tags",
                group="Tags",
                answers=ok(TagsAnswer),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="POST",
                path="/tags",
                handler=self.add_tag,
                summary="Add a tag",
                group="Tags",
                body=AddTag,
                answers=ok(TagAnswer),
                access=Access.LIVE_KEY,
                refusals=(TagExists,),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="PUT",
                path=_TAG,
                handler=self.rename_tag,
                summary="Rename a tag, also on all subscribers who have it",
                group="Tags",
                body=RenameTag,
                answers=ok(Updated),
                access=Access.LIVE_KEY,
                refusals=(TagNotFound, TagExists),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="DELETE",
                path=_TAG,
                handler=self.remove_tag,
                summary="Remove a tag, also from all subscribers who have it",
                group="Tags",
                answers=ok(Deleted),
                access=Access.LIVE_KEY,
                refusals=(TagNotFound,),
            ),
        ]

    def _permission_routes(self) -> list[ProjectRoute]:
        return [
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path="/permissions",
                handler=self.permissions,
                summary="What the project's subscribers can agree to",
                group="Permissions",
                answers=ok(PermissionsAnswer),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="POST",
                path="/permissions",
                handler=self.add_permission,
                summary="Add a permission",
                group="Permissions",
                body=AddPermission,
                answers=ok(PermissionAnswer),
                access=Access.LIVE_KEY,
                refusals=(PermissionExists,),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="PUT",
                path="/permissions/{key}",
                handler=self.change_permission,
                summary="Change a permission; only the operator can remove one",
                group="Permissions",
                body=ChangePermission,
                answers=ok(PermissionAnswer),
                access=Access.LIVE_KEY,
                refusals=(PermissionNotFound,),
            ),
        ]

    def _sender_routes(self) -> list[ProjectRoute]:
        return [
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path="/sender",
                handler=self.sender,
                summary="How the project speaks in the bot",
                group="Sender",
                answers=ok(SenderAnswer),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="PUT",
                path="/sender",
                handler=self.change_sender,
                summary="Change how the project speaks in the bot",
                group="Sender",
                body=ChangeSender,
                answers=ok(SenderAnswer),
                access=Access.LIVE_KEY,
            ),
        ]

    async def tags(self, call: Call) -> TagsAnswer:
        """``GET /tags``."""
        counts = await self.projects.tags(call.caller.app.app_id)
        return TagsAnswer(tags=[TagAnswer(name=name, subscribers=count) for name, count in counts.items()])

    async def add_tag(self, call: Call) -> TagAnswer:
        """``POST /tags``."""
        name = call.read(AddTag).name
        await self.projects.add_tag(call.caller.app.app_id, name)
        return TagAnswer(name=name, subscribers=0)

    async def rename_tag(self, call: Call) -> Updated:
        """``PUT /tags/{name}``."""
        await self.projects.rename_tag(call.caller.app.app_id, call.path["name"], call.read(RenameTag).new_name)
        return Updated(updated=True)

    async def remove_tag(self, call: Call) -> Deleted:
        """``DELETE /tags/{name}``."""
        await self.projects.remove_tag(call.caller.app.app_id, call.path["name"])
        return Deleted(deleted=True)

    async def permissions(self, call: Call) -> PermissionsAnswer:
        """``GET /permissions``."""
        permissions = await self.projects.permissions(call.caller.app.app_id)
        return PermissionsAnswer(permissions=[_permission(each) for each in permissions])

    async def add_permission(self, call: Call) -> PermissionAnswer:
        """``POST /permissions``."""
        permission = Permission(**call.read(AddPermission).model_dump())
        await self.projects.add_permission(call.caller.app.app_id, permission)
        return _permission(permission)

    async def change_permission(self, call: Call) -> PermissionAnswer:
        """``PUT /permissions/{key}``."""
        changes = cast("PermissionChanges", call.read(ChangePermission).model_dump(exclude_unset=True))
        return _permission(await self.projects.change_permission(call.caller.app.app_id, call.path["key"], changes))

    async def sender(self, call: Call) -> SenderAnswer:
        """``GET /sender``."""
        return _sender(await self.projects.sender(call.caller.app.app_id))

    async def change_sender(self, call: Call) -> SenderAnswer:
        """``PUT /sender``."""
        changes = cast("SenderChanges", call.read(ChangeSender).model_dump(exclude_unset=True))
        return _sender(await self.projects.change_sender(call.caller.app.app_id, changes))


def _permission(permission: Permission) -> PermissionAnswer:
    return PermissionAnswer(**asdict(permission))


def _sender(settings: SenderSettings) -> SenderAnswer:
    return SenderAnswer(**asdict(settings))
