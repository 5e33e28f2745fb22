"""Which adapter goes with which bot of the settings. Adapters are imported when they are built, not before."""

from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp

from gatepost.config.settings import BotSettings, Settings
from gatepost.core.model.bot import Bot
from gatepost.core.model.ids import BotName
from gatepost.core.model.person import MessengerName
from gatepost.core.ports import Messenger
from gatepost.daemon.supervise import BotKeeper, Keepers, hook_secret
from gatepost.daemon.wiring import Services


def keepers(settings: Settings, services: Services, session: aiohttp.ClientSession) -> Keepers:
    """Return a keeper for each bot of the settings."""
    made = [
        BotKeeper(
            Bot(BotName(bot.name), MessengerName(bot.messenger), None),
            _telegram(bot, settings, services, session),
            services,
        )
        for bot in settings.bots
    ]
    return Keepers(made, services)


def _telegram(
    bot: BotSettings, settings: Settings, services: Services, session: aiohttp.ClientSession
) -> Callable[[], Messenger]:
    def make() -> Messenger:
        from gatepost.bots.telegram import Telegram, TelegramSettings, Webhook  # noqa: PLC0415 - 0.3 s and 30 MB

        name = BotName(bot.name)
        webhook = None
        if bot.updates == "webhook":
            url = f"{settings.http.public_url}/hooks/{name}/{hook_secret(services, name)}"
            webhook = Webhook(url, services.seal.derived_secret(f"hook header {name}"))
        token = bot.token.get_secret_value()
        told = TelegramSettings(
            bot=name, token=token, api_base=bot.api_base, webhook=webhook, proxy=_proxy_for(bot.api_base)
        )
        return Telegram(told, session)

    return make


def _proxy_for(url: str) -> str | None:
    """Return the proxy that the environment (``HTTPS_PROXY``, ``NO_PROXY``) names for a URL.

    Asked once. aiohttp's ``trust_env`` asks for each call, on a thread, which costs as much as the call.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies_environment().get(parts.scheme)
