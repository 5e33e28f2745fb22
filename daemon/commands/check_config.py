"""``gatepost check-config``: tells whether the settings are right and the daemon can start on them."""

from typing import TYPE_CHECKING

import typer

from daemon.commands.settings import ConfigFile, read_settings
from daemon.commands.tables import print_pairs

if TYPE_CHECKING:
    from config.settings import BotSettings, Settings


def check_config(*, config: ConfigFile = None) -> None:
    """Check the settings and what they name, and print a summary without secrets."""
    settings = read_settings(config)
    typer.echo("OK")
    print_pairs(
        {
            "public address": settings.http.public_url,
            "listens on": str(settings.http.listen),
            "trusted proxies": ", ".join(str(network) for network in settings.http.trusted_proxies) or "none",
            "GeoIP file": str(settings.http.geoip_file or "none"),
            "storage": f"SQLite, {settings.storage.sqlite_path}",
            "master key": _key(settings),
            "log": f"{settings.log.level}, {settings.log.format}",
        }
        | {f"bot {bot.name}": _bot(bot) for bot in settings.bots}
    )
    if not settings.bots:
        typer.echo("\nThere is no bot yet, so nobody can log in: add one under [[bots]].")
    if any(bot.messenger == "whatsapp" for bot in settings.bots):
        typer.echo('\nWhatsApp: "gatepost bots" tells the address and verify token to enter in Meta\'s dashboard.')


def _key(settings: "Settings") -> str:
    if settings.security.key_file is not None:
        return str(settings.security.key_file)
    if settings.key_path is None:
        return "in the settings"
    return f"{settings.key_path}" + ("" if settings.key_path.exists() else ", to be made at the first start")


def _bot(bot: "BotSettings") -> str:
    updates = "webhook" if bot.messenger == "whatsapp" else bot.updates
    terms = ", terms acknowledged" if bot.messenger == "max" else ""
    return f"{bot.messenger}, {updates}, {bot.api_base}{terms}"
