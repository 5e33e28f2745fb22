"""``gatepost keys``: the keys that sign the tokens sites receive."""

from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.settings import AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_rows, say

if TYPE_CHECKING:
    from core.model.tokens.signing_key import SigningKey
    from daemon.wiring import Admin

commands = typer.Typer(no_args_is_help=True, help="List and rotate the keys that sign tokens.")


@commands.command("list")
def list_all(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the signing keys, oldest first."""

    async def find(admin: "Admin") -> "list[SigningKey]":
        return await admin.keys.list_all()

    keys = with_admin(config, find)
    if as_json:
        print_json(
            [
                {
                    "kid": key.kid,
                    "state": key.state,
                    "created_at": key.created_at.isoformat(),
                    "changed_at": key.changed_at.isoformat(),
                }
                for key in keys
            ]
        )
        return
    if not keys:
        say("There is no signing key yet: the daemon makes one when it first starts.")
        return
    print_rows(
        ("kid", "state", "created (UTC)", "since (UTC)"),
        [(key.kid, key.state, f"{key.created_at:%Y-%m-%d %H:%M}", f"{key.changed_at:%Y-%m-%d %H:%M}") for key in keys],
    )


@commands.command()
def rotate(
    *,
    drop_old: Annotated[
        bool,
        typer.Option(
            "--drop-old", help="For a stolen key: delete all that ever signed, so that their tokens stop verifying."
        ),
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Let the next key sign from now on. Tokens of the old one stay good for their time, unless it is dropped."""

    async def turn(admin: "Admin") -> str:
        return await admin.keys.rotate(drop_old=drop_old)

    kid = with_admin(config, turn)
    fate = (
        "deleted: its tokens fail once sites fetch the key set again" if drop_old else "retired: its tokens stay good"
    )
    say(f"Key {kid} signs now; the old one is {fate}.")
