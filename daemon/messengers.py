"""Which adapter goes with which bot of the settings. Adapters are imported when they are built, not before."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp
from pydantic import SecretStr

from config.bots import MaxBotSettings, TelegramBotSettings, WhatsAppBotSettings
from config.settings import BotSettings, Settings
from core.model.ids import BotName
from core.model.messages.bot import Bot
from core.model.people.person import MessengerName
from core.ports.messengers import Messenger
from core.ports.store import Store
from daemon.supervise import BotKeeper, Keepers
from daemon.webhooks import header_secret, hook_address, verify_token
from daemon.wiring import Services


@dataclass(frozen=True, slots=True)
class _Ground:
    """What adapters are built on."""

    public_url: str
    services: Services
    session: aiohttp.ClientSession

    def address(self, bot: BotName) -> str:
        return hook_address(self.public_url, self.services.seal, bot)


@dataclass(frozen=True, slots=True)
class StoreMemory:
    """An adapter's note, kept in the store."""

    store: Store
    bot: BotName

    async def recall(self) -> str | None:
        """Return the note."""
        return await self.store.read(lambda unit: unit.bots.marker(self.bot))

    async def remember(self, note: str) -> None:
        """Keep the note."""
        await self.store.write(lambda unit: unit.bots.put_marker(self.bot, note))


def keepers(settings: Settings, services: Services, session: aiohttp.ClientSession) -> Keepers:
    """Return a keeper for each bot of the settings."""
    ground = _Ground(settings.http.public_url, services, session)
    made = [
        BotKeeper(
            Bot(BotName(bot.name), MessengerName(bot.messenger), None),
            _maker(bot, ground),
            services,
        )
        for bot in settings.bots
    ]
    return Keepers(made, services)


def _maker(bot: BotSettings, ground: _Ground) -> Callable[[], Messenger]:
    match bot:
        case TelegramBotSettings():
            return lambda: _telegram(bot, ground)
        case MaxBotSettings():
            return lambda: _max(bot, ground)
        case WhatsAppBotSettings():
            return lambda: _whatsapp(bot, ground)
        case _:
            assert_never(bot)


def _telegram(bot: TelegramBotSettings, ground: _Ground) -> Messenger:
    from bots.telegram.adapter import Telegram, TelegramSettings, Webhook  # noqa: PLC0415 - 0.3 s and 30 MB

    name = BotName(bot.name)
    webhook = Webhook(ground.address(name), header_secret(ground.services.seal, name))
    settings = TelegramSettings(
        bot=name,
        token=bot.token.get_secret_value(),
        api_base=bot.api_base,
        webhook=webhook if bot.updates == "webhook" else None,
        proxy=_proxy_for(bot.api_base),
        messages_per_second=bot.messages_per_second,
    )
    return Telegram(settings, ground.session)


def _max(bot: MaxBotSettings, ground: _Ground) -> Messenger:
    from bots.max.adapter import Max, MaxSettings  # noqa: PLC0415 - only who has such a bot needs it
    from bots.max.webhook import Webhook  # noqa: PLC0415 - the same

    name = BotName(bot.name)
    webhook = Webhook(ground.address(name), header_secret(ground.services.seal, name))
    settings = MaxSettings(
        bot=name,
        token=bot.token.get_secret_value(),
        api_base=bot.api_base,
        webhook=webhook if bot.updates == "webhook" else None,
        proxy=_proxy_for(bot.api_base),
        trust=_trust(bot.ca_file),
    )
    return Max(settings, ground.session, StoreMemory(ground.services.store, name))


def _whatsapp(bot: WhatsAppBotSettings, ground: _Ground) -> Messenger:
    from bots.whatsapp.adapter import WhatsApp, WhatsAppSettings  # noqa: PLC0415 - only who has such a bot needs it
    from bots.whatsapp.templates import Template  # noqa: PLC0415 - the same

    name = BotName(bot.name)
    settings = WhatsAppSettings(
        bot=name,
        token=bot.token.get_secret_value(),
        phone_number_id=bot.phone_number_id,
        app_secrets=_told(bot.app_secret, bot.former_app_secret),
        verify_token=verify_token(ground.services.seal, name),
        api_base=bot.api_base,
        api_version=bot.api_version,
        replies_per_person_per_day=bot.replies_per_person_per_day,
        replies_per_day=bot.replies_per_day,
        otp_template=Template(bot.otp_template, bot.otp_languages) if bot.otp_template else None,
        notice_template=Template(bot.notice_template, bot.notice_languages) if bot.notice_template else None,
        proxy=_proxy_for(bot.api_base),
    )
    return WhatsApp(settings, ground.session)


def _told(*secrets: SecretStr | None) -> tuple[str, ...]:
    return tuple(secret.get_secret_value() for secret in secrets if secret is not None)


def _trust(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return what the system trusts and the certificates of ``ca_file``, for one messenger's calls only."""
    if ca_file is None:
        return None
    trust = ssl.create_default_context()
    trust.load_verify_locations(cafile=ca_file)
    return trust


def _proxy_for(url: str) -> str | None:
    """Return the proxy that the environment (``HTTPS_PROXY``, ``NO_PROXY``) names for a URL.

    Asked once. aiohttp's ``trust_env`` asks for each call, on a thread, which costs as much as the call.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies_environment().get(parts.scheme)
