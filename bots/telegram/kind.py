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


KIND: Final = Kind(
    name=MessengerName.TELEGRAM,
    label="Telegram",
    colour="#2273c2",
    mark=Mark("M12 0a12 12 0 1 1 0 24 12 12 0 0 1 0-24z", "M7.2 7.8h9.6M12 7.8v9"),
    settings=TelegramBotSettings,
    hints={"token": "give token or token_file (ask @BotFather)"},
    webhook=WebhookRule("updates", ("webhook",), "webhook needs an https http.public_url: use polling without one"),
    link=lambda bot: f"{bot.link_base}/{{bot}}?start={{code}}",
    carries_codes=lambda _bot: True,
    summary=lambda bot: f"{bot.updates}, {bot.api_base}",
    build=_build,
)
