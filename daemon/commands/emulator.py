# ruff: noqa: PLC0415 - `gatepost --help` must not wait for the emulator
"""``gatepost emulator``: a stand-in for the messengers' servers, with a phone to hold in the browser."""

from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.listening import explain_taken_port
from daemon.commands.settings import ConfigFile
from daemon.commands.tables import print_pairs, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bots.settings import BotSettings
    from config.addresses import Address
    from emulator.emulator import Emulator


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

    Point each bot's api_base at http://HOST:PORT. Links: Telegram's link_base is http://HOST:PORT/t.me, WhatsApp's
    http://HOST:PORT/wa.me, MAX's link_template http://HOST:PORT/max.ru/{bot}?start={code}.
    """
    import asyncio

    from daemon import logs

    address = _address(listen)
    named = [_parts(bot) for bot in bots or []]
    world = _world(_configured(config), named)
    logs.configure("warning", "text")
    with explain_taken_port(str(address), "Say --listen with another port."):
        asyncio.run(_run(world, address, {token for _, token, _ in named}))


async def _run(world: "Emulator", address: "Address", shown_tokens: set[str]) -> None:
    import asyncio
    import signal

    from emulator.server import serve

    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with serve(world, address.host, address.port) as url:
        _greet(world, url, shown_tokens)
        await stop.wait()


def _greet(world: "Emulator", url: str, shown_tokens: set[str]) -> None:
    """Say where what is, and which bots there are; a token of the settings may be a real one and is not shown."""
    pairs = {
        "phone": f"{url}/phone",
        "api_base": url,
        "link_base": f"{url}/t.me",
        "link_base for WhatsApp": f"{url}/wa.me",
        "link_template for MAX": f"{url}/max.ru/{{bot}}?start={{code}}",
    }
    for bot in world.bots():
        token = bot.token if bot.token in shown_tokens else "the token of the settings"
        pairs[f"bot @{bot.username}"] = token
    print_pairs(pairs)
    if not world.bots():
        say("\nThere is no bot yet: name one with --bot, or give the settings with --config.")
    say("\nPress Ctrl-C to stop.")


def _address(text: str) -> "Address":
    from config.addresses import listen_address

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


def _world(configured: "Sequence[BotSettings]", named: list[tuple[str, str, str]]) -> "Emulator":
    """Return an emulator with these bots; of two with the same token, the one that was told."""
    from emulator.emulator import Emulator
    from emulator.errors import ImpossibleError

    world = Emulator()
    named_tokens = {token for _, token, _ in named}
    for number, bot in enumerate(configured):
        if bot.token.get_secret_value() not in named_tokens:
            _add(world, bot, number)
    for token, (name, username) in {token: (name, username) for name, token, username in named}.items():
        try:
            world.add_bot(username, token, first_name=name)
        except ImpossibleError as error:
            raise typer.BadParameter(f"--bot {name}: {error}") from None
    return world


def _configured(config: "ConfigFile") -> "Sequence[BotSettings]":
    from daemon.messengers import load

    return () if config is None else load(config).bots


def _add(world: "Emulator", bot: "BotSettings", number: int) -> None:
    """Let a bot of the settings exist, under a username or phone number of its messenger's kind.

    A messenger without a stand-in is passed over.
    """
    from bots.max.settings import MaxBotSettings
    from bots.telegram.settings import TelegramBotSettings
    from bots.whatsapp.settings import WhatsAppBotSettings

    token = bot.token.get_secret_value()
    match bot:
        case TelegramBotSettings():
            world.add_bot(f"{bot.name[:28].replace('-', '_')}_bot", token, first_name=bot.name)
        case MaxBotSettings():
            world.max.add_bot(f"id{7700000000 + number}_bot", token, first_name=bot.name)
        case WhatsAppBotSettings():
            world.whatsapp.add_number(
                f"+{15550000000 + number}",
                phone_number_id=bot.phone_number_id,
                token=token,
                app_secret=bot.app_secret.get_secret_value(),
                verified_name=bot.name,
            )
        case _:
            pass
