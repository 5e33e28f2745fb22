# ruff: noqa: PLC0415 - `gatepost --help` must not wait for parts that only the commands need
"""``gatepost permission``: what the subscribers of a site can agree to be written about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.settings import AppReference, AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_rows, say

if TYPE_CHECKING:
    from core.model.apps.project import Permission
    from daemon.wiring import Admin

commands = typer.Typer(no_args_is_help=True, help="List, add and remove what subscribers of a site can agree to.")

Key = Annotated[str, typer.Argument(metavar="KEY", help="What the site calls it: A-Z, a-z, 0-9, '-' and '_'.")]


@commands.command("list")
def list_all(reference: AppReference, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the app's permissions, oldest first."""

    async def find(admin: "Admin") -> "Sequence[Permission]":
        return await admin.projects.permissions((await admin.apps.find(reference)).app_id)

    permissions = with_admin(config, find)
    if as_json:
        print_json([_shape(permission) for permission in permissions])
    elif permissions:
        print_rows(
            ("key", "title", "required", "description"),
            [(each.key, each.title, "yes" if each.required else "no", each.description) for each in permissions],
        )
    else:
        say("The app has no permission yet: make one with 'gatepost permission add'.")


@commands.command()
def add(  # noqa: PLR0913 - one parameter per option
    reference: AppReference,
    key: Key,
    *,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What people read.")],
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What they can read more.")] = "",
    required: Annotated[bool, typer.Option("--required", help="Whoever subscribes from now on gets it.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Add a permission to an app. Who is subscribed already does not get it."""

    async def put(admin: "Admin") -> "Permission":
        from core.model.apps.project import Permission

        permission = Permission(key, title, description, required)
        await admin.projects.add_permission((await admin.apps.find(reference)).app_id, permission)
        return permission

    added = with_admin(config, put)
    if as_json:
        print_json(_shape(added))
    else:
        say(f"Added the permission {added.key}.")


@commands.command()
def remove(reference: AppReference, key: Key, *, config: ConfigFile = None) -> None:
    """Remove a permission from an app and from all its subscribers."""

    async def drop(admin: "Admin") -> None:
        await admin.projects.remove_permission((await admin.apps.find(reference)).app_id, key)

    with_admin(config, drop)
    say(f"Removed the permission {key}.")


def _shape(permission: "Permission") -> dict[str, object]:
    return {
        "key": permission.key,
        "title": permission.title,
        "description": permission.description,
        "required": permission.required,
    }
