# ruff: noqa: PLC0415 - `gatepost --help` must not wait for the settings
"""``gatepost check-config``: tells whether the settings are right and the daemon can start on them."""

from typing import TYPE_CHECKING

from daemon.commands.settings import ConfigFile, read_settings
from daemon.commands.tables import print_pairs, say

if TYPE_CHECKING:
    from bots.settings import BotSettings
    from daemon.messengers import Settings


def check_config(*, config: ConfigFile = None) -> None:
    """Check the settings and what they name, and print a summary without secrets."""
    from daemon.messengers import kind_of

    settings = read_settings(config, before_unit=True)
    say("OK")
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
        say("\nThere is no bot yet, so nobody can log in: add one under [[bots]].")
    for kind in dict.fromkeys(kind_of(bot) for bot in settings.bots):
        if kind.dashboard is not None:
            advice = f'"gatepost bots" tells the address and verify token to enter in {kind.dashboard.name}.'
            say(f"\n{kind.label}: {advice}")


def _key(settings: "Settings") -> str:
    if settings.security.key_file is not None:
        return str(settings.security.key_file)
    if settings.key_path is None:
        return "in the settings"
    return f"{settings.key_path}" + ("" if settings.key_path.exists() else ", to be made at the first start")


def _bot(bot: "BotSettings") -> str:
    from daemon.messengers import kind_of

    return f"{bot.messenger}, {kind_of(bot).summary(bot)}"
