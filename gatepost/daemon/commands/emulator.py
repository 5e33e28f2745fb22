# ruff: noqa: PLC0415 - `gatepost --help` must not wait for the emulator
"""``gatepost emulator``: a stand-in for the messengers' servers, with a phone to hold in the browser."""

from typing import TYPE_CHECKING, Annotated

import typer

from gatepost.daemon.commands.listening import explain_taken_port
from gatepost.daemon.commands.settings import ConfigFile
from gatepost.daemon.commands.tables import print_pairs

if TYPE_CHECKING:
    from gatepost.config.addresses import Address
    from gatepost.emulator.emulator import Emulator


def emulator(
    *,
    listen: Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Where to listen.")] = "127.0.0.1:8090",
    bots: Annotated[
        list[str] | None,
        typer.Option("--bot", metavar="NAME:TOKEN:USERNAME", help="A Telegram bot that exists there; repeatable."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Run emulated messengers for trying and testing, without a daemon. With --config, the bots of the settings exist.

    Point a bot's api_base at http://HOST:PORT and its link_base at http://HOST:PORT/t.me.
    """
    import asyncio

    from gatepost.daemon import logs

    address = _address(listen)
    told = [_parts(bot) for bot in bots or []]
    world = _world([*_configured(config), *told])
    logs.configure("warning", "text")
    with explain_taken_port(str(address), "Say --listen with another port."):
        asyncio.run(_run(world, address, {token for _, token, _ in told}))


async def _run(world: "Emulator", address: "Address", shown_tokens: set[str]) -> None:
    import asyncio
    import signal

    from gatepost.emulator.server import serve

    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with serve(world, address.host, address.port) as url:
        _greet(world, url, shown_tokens)
        await stop.wait()


def _greet(world: "Emulator", url: str, shown_tokens: set[str]) -> None:
    """Say where what is, and which bots there are; a token of the settings may be a real one and is not shown."""
    pairs = {"phone": f"{url}/phone", "api_base": url, "link_base": f"{url}/t.me"}
    for bot in world.bots():
        token = bot.token if bot.token in shown_tokens else "the token of the settings"
        pairs[f"bot @{bot.username}"] = token
    print_pairs(pairs)
    if not world.bots():
        typer.echo("\nThere is no bot yet: name one with --bot, or give the settings with --config.")
    typer.echo("\nPress Ctrl-C to stop.")


def _address(text: str) -> "Address":
    from gatepost.config.addresses import listen_address

    try:
        return listen_address(text)
    except ValueError as error:
        raise typer.BadParameter(f"--listen {error}") from None


def _parts(bot: str) -> tuple[str, str, str]:
    """Split ``name:token:username``; a Telegram token has a colon of its own."""
    name, _, rest = bot.partition(":")
    token, _, username = rest.rpartition(":")
    if not (name and token and username):
        raise typer.BadParameter("--bot must be name:token:username, such as tg:123456:ABC:shop_bot")
    return name, token, username


def _world(bots: list[tuple[str, str, str]]) -> "Emulator":
    """Return an emulator with these bots; of two with the same token, the last."""
    from gatepost.emulator.emulator import Emulator
    from gatepost.emulator.errors import ImpossibleError

    world = Emulator()
    for token, (name, username) in {token: (name, username) for name, token, username in bots}.items():
        try:
            world.add_bot(username, token, first_name=name)
        except ImpossibleError as error:
            raise typer.BadParameter(f"--bot {name}: {error}") from None
    return world


def _configured(config: "ConfigFile") -> list[tuple[str, str, str]]:
    from gatepost.config.settings import load

    bots = () if config is None else load(config).bots
    return [(bot.name, bot.token.get_secret_value(), _username(bot.name)) for bot in bots]


def _username(name: str) -> str:
    """Make a username as Telegram allows it from a bot's name: letters, digits and _, ending in bot."""
    return f"{name[:28].replace('-', '_')}_bot"
