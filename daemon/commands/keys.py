# ruff: noqa: PLC0415 - `gatepost --help` must not wait for what only one command needs
"""``gatepost keys``: the keys that sign the tokens sites receive, and the master key under which all is sealed."""

from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.settings import AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_rows, say

if TYPE_CHECKING:
    from core.model.tokens.signing_key import SigningKey
    from daemon.wiring import Admin

commands = typer.Typer(no_args_is_help=True, help="List and rotate the keys that sign tokens; change the master key.")


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


@commands.command("rotate-master")
def rotate_master(*, config: ConfigFile = None) -> None:
    """Seal everything in the database under a new master key. Stop the daemon first; run it again if it is cut off."""
    from core.clock import SystemClock
    from core.entropy import SystemEntropy
    from daemon import logs
    from daemon.master_key_change import change_master_key
    from daemon.messengers import kind_of, load
    from daemon.preflight import explain_bad_ground

    logs.configure("warning", "text")
    settings = load(config)
    with explain_bad_ground(settings):
        changed = change_master_key(settings, SystemClock(), SystemEntropy())
    say("Everything is sealed under the new master key. Start the daemon again.")
    if changed.unreadable:
        say(f"{changed.unreadable} values opened under no key before either, and are as they were.")
    say(
        f"\n{changed.former} is the former key: it opens the backups made until now, and nothing in the database. Make "
        "a new backup of the database, and of the key elsewhere; then delete the former key, and the backups it opens."
    )
    for bot in settings.bots:
        if kind_of(bot).dashboard is not None:
            say(f'Bot {bot.name} has a new address and verify token: "gatepost bots" tells them.')
