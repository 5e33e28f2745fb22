"""Telegram, as the table of messengers lists it."""

from typing import Final

from bots.kind import Ground, Kind, Mark
from bots.kind import Webhook as WebhookRule
from bots.telegram.settings import TelegramBotSettings
from core.model.ids import BotName
from core.model.people.person import MessengerName
from core.ports.messengers import Messenger


def _build(bot: TelegramBotSettings, ground: Ground) -> Messenger:
    from bots.telegram.adapter import Telegram, TelegramSettings, Webhook  # noqa: PLC0415 - 0.3 s and 30 MB

    settings = TelegramSettings(
        bot=BotName(bot.name),
        token=bot.token.get_secret_value(),
        api_base=bot.api_base,
        webhook=Webhook(ground.hook_url, ground.header_secret) if bot.updates == "webhook" else None,
        proxy=ground.proxy_for(bot.api_base),
        messages_per_second=bot.messages_per_second,
    )
    return Telegram(settings, ground.session)


_MARK: Final = (
    "M11.944 0A12 12 0 0 0 0 12a12 12 0 0 0 12 12 12 12 0 0 0 12-12A12 12 0 0 0 12 0a12 12 0 0 0-.056"
    " 0zm4.962 7.224c.1-.002.321.023.465.14a.506.506 0 0 1 .171.325c.016.093.036.306.02.472-.18 1.898"
    "-.962 6.502-1.36 8.627-.168.9-.499 1.201-.82 1.23-.696.065-1.225-.46-1.9-.902-1.056-.693-1.653-1"
    ".124-2.678-1.8-1.185-.78-.417-1.21.258-1.91.177-.184 3.247-2.977 3.307-3.23.007-.032.014-.15-.05"
    "6-.212s-.174-.041-.249-.024c-.106.024-1.793 1.14-5.061 3.345-.48.33-.913.49-1.302.48-.428-.008-1"
    ".252-.241-1.865-.44-.752-.245-1.349-.374-1.297-.789.027-.216.325-.437.893-.663 3.498-1.524 5.83-"
    "2.529 6.998-3.014 3.332-1.386 4.025-1.627 4.476-1.635z"
)
"""Telegram's own mark, as people know it (simple-icons 16, CC0)."""
KIND: Final = Kind(
    name=MessengerName.TELEGRAM,
    label="Telegram",
    colour="#2273c2",
    mark=Mark(_MARK, ""),
    settings=TelegramBotSettings,
    hints={"token": "give token or token_file (ask @BotFather)"},
    webhook=WebhookRule("updates", ("webhook",), "webhook needs an https http.public_url: use polling without one"),
    link=lambda bot: f"{bot.link_base}/{{bot}}?start={{code}}",
    carries_codes=lambda _bot: True,
    summary=lambda bot: f"{bot.updates}, {bot.api_base}",
    build=_build,
)
