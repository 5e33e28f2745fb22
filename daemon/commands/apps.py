"""``gatepost app``: the sites that use this Gatepost."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.app_columns import Wishes, rows_of, shape_of, with_columns
from daemon.commands.app_keys import print_secrets
from daemon.commands.settings import AppReference, AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, print_rows, say

if TYPE_CHECKING:
    from core.apps.administration import AppSecrets
    from core.model.apps.app import App
    from daemon.wiring import Admin

AddOrigin = Annotated[
    list[str] | None, typer.Option("--add-origin", metavar="URL", help="One more origin; repeatable.")
]
RemoveOrigin = Annotated[
    list[str] | None, typer.Option("--remove-origin", metavar="URL", help="An origin to take away; repeatable.")
]

commands = typer.Typer(no_args_is_help=True, help="Create, show and change the sites that use this Gatepost.")


@commands.command()
@with_columns(is_new=True)
def create(*, wishes: Wishes, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Create an app and print, this once, what its site needs. Without --bot it gets every bot."""

    async def make(admin: "Admin") -> "tuple[App, AppSecrets]":
        app = replace(admin.apps.draft(wishes["slug"], wishes["name"]), **wishes)
        return app, await admin.apps.create(app)

    app, secrets = with_admin(config, make)
    print_secrets(app, secrets, as_json=as_json)


@commands.command("list")
def list_all(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the apps, oldest first."""

    async def find(admin: "Admin") -> "Sequence[App]":
        return await admin.apps.list_all()

    apps = with_admin(config, find)
    if as_json:
        print_json([shape_of(app) for app in apps])
    elif apps:
        print_rows(
            ("app_id", "slug", "name", "bots", "state"),
            [(app.app_id, app.slug, app.name, ", ".join(app.bots), rows_of(app)["state"]) for app in apps],
        )
    else:
        say("There is no app yet: make one with 'gatepost app create'.")


@commands.command()
def show(reference: AppReference, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show an app. Its keys cannot be shown again: 'gatepost app rotate-keys' gives new ones."""

    async def find(admin: "Admin") -> "App":
        return await admin.apps.find(reference)

    _print_app(with_admin(config, find), as_json=as_json)


@commands.command("set")
@with_columns(is_new=False)
def change(  # noqa: PLR0913 - the options of a command
    reference: AppReference,
    *,
    wishes: Wishes,
    add_origin: AddOrigin = None,
    remove_origin: RemoveOrigin = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Change an app: what is not named stays. A repeatable option replaces the whole list.

    --add-origin and --remove-origin change one entry. --redirect "", --color "" and --timezone "" remove them.
    """
    if not wishes and not add_origin and not remove_origin:
        raise typer.BadParameter("name at least one thing to change; --help lists them")

    async def put(admin: "Admin") -> "App":
        app = await admin.apps.find(reference)
        origins = wishes.get("origins", app.origins)
        missing = [each for each in remove_origin or () if each not in origins]
        if missing:
            raise typer.BadParameter(f"{missing[0]} is not among the app's origins: {', '.join(origins) or 'none'}")
        kept = [each for each in origins if each not in (remove_origin or ())]
        kept += [each for each in add_origin or () if each not in kept]
        return await admin.apps.change(replace(app, **{**wishes, "origins": tuple(kept)}))

    _print_app(with_admin(config, put), as_json=as_json)


@commands.command()
def logo(
    reference: AppReference,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A PNG, JPEG, WebP or SVG of at most 64 KiB; none removes it.")
    ] = None,
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Give an app's login pages a logo."""
    try:
        body = file.read_bytes() if file else b""
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None

    async def put(admin: "Admin") -> "App":
        return await admin.apps.change_logo((await admin.apps.find(reference)).app_id, body)

    _print_app(with_admin(config, put), as_json=as_json)


def _print_app(app: "App", *, as_json: bool) -> None:
    if as_json:
        print_json(shape_of(app))
    else:
        print_pairs(rows_of(app))
