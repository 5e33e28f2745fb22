"""The command line. Exit status: 0 done, 1 refused, 2 not understood, 78 wrong settings (EX_CONFIG of sysexits.h)."""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from config.complaints import SettingsError
from core import __version__
from core.errors import Busy, GatepostError
from daemon.commands import app_keys, apps, broadcasts, keys, outbox, permissions, subscribers, webhooks
from daemon.commands.bots import bots
from daemon.commands.check_config import check_config
from daemon.commands.demo import demo
from daemon.commands.emulator import emulator
from daemon.commands.events import events
from daemon.commands.serve import serve
from daemon.commands.tables import say

_NOT_UNDERSTOOD: Final = 2
_REFUSED: Final = 1
_WRONG_SETTINGS: Final = 78


def _tell_version(is_asked: bool) -> None:  # noqa: FBT001 - as typer calls it
    if is_asked:
        say(f"gatepost {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="gatepost",
    help="Log visitors in, and write to them, through the messengers they already have.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _begin(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Tell the version, and end.")
    ] = False,
) -> None:
    """Log visitors in, and write to them, through the messengers they already have."""


app.command()(serve)
app.command()(demo)
app.command()(emulator)
app.command("check-config")(check_config)
app.command()(bots)
app.command()(events)
apps.commands.command()(app_keys.keys)
apps.commands.command("rotate-keys")(app_keys.rotate_keys)
app.add_typer(apps.commands, name="app")
app.add_typer(permissions.commands, name="permission")
app.add_typer(subscribers.commands, name="subscriber")
app.add_typer(keys.commands, name="keys")
app.add_typer(outbox.commands, name="outbox")
app.add_typer(broadcasts.commands, name="broadcasts")
app.add_typer(webhooks.commands, name="webhooks")


def _is_text(argument: str) -> bool:
    """Tell whether an argument was UTF-8: Python keeps other octets as halves of characters, which no store takes."""
    return not any("\ud800" <= mark <= "\udfff" for mark in argument)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status; ``None`` = the arguments of the process."""
    if not all(map(_is_text, sys.argv if arguments is None else arguments)):
        say("An argument is no text that can be read as UTF-8.", err=True)
        sys.exit(_NOT_UNDERSTOOD)
    try:
        app(arguments, prog_name="gatepost")
    except SettingsError as error:
        for complaint in error.complaints:
            say(str(complaint), err=True)
        sys.exit(_WRONG_SETTINGS)
    except GatepostError as error:
        why = f" ({error.why})" if isinstance(error, Busy) and error.why else ""
        say(f"{error.code}: {error}{why}", err=True)
        sys.exit(_REFUSED)


if __name__ == "__main__":
    main()
