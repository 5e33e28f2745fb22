"""MAX, as the table of messengers lists it."""

import ssl
from pathlib import Path
from typing import Final

from bots.kind import Ground, Kind, Mark
from bots.kind import Webhook as WebhookRule
from bots.max.settings import MaxBotSettings
from core.model.ids import BotName
from core.model.people.person import MessengerName
from core.ports.messengers import Messenger


def _build(bot: MaxBotSettings, ground: Ground) -> Messenger:
    from bots.max.adapter import Max, MaxSettings  # noqa: PLC0415 - only who has such a bot needs it
    from bots.max.webhook import Webhook  # noqa: PLC0415 - the same

    settings = MaxSettings(
        bot=BotName(bot.name),
        token=bot.token.get_secret_value(),
        api_base=bot.api_base,
        webhook=Webhook(ground.hook_url, ground.header_secret) if bot.updates == "webhook" else None,
        proxy=ground.proxy_for(bot.api_base),
        trust=_trust(bot.ca_file),
    )
    return Max(settings, ground.session, ground.memory)


def _trust(ca_file: Path | None) -> ssl.SSLContext | None:
    """Return what the system trusts and the certificates of ``ca_file``, for one messenger's calls only."""
    if ca_file is None:
        return None
    trust = ssl.create_default_context()
    trust.load_verify_locations(cafile=ca_file)
    return trust


KIND: Final = Kind(
    name=MessengerName.MAX,
    label="MAX",
    colour="#5b45d6",
    mark=Mark("M7 0h10a7 7 0 0 1 7 7v10a7 7 0 0 1-7 7H7a7 7 0 0 1-7-7V7a7 7 0 0 1 7-7z", "M7 16.8V7.4l5 6 5-6v9.4"),
    settings=MaxBotSettings,
    hints={"token": "give token or token_file (business.max.ru shows it once the bot was moderated)"},
    webhook=WebhookRule(
        "updates",
        (None, "webhook"),
        "webhook needs an https http.public_url without a port, since MAX calls port 443 only",
        needs_443=True,
    ),
    link=lambda bot: bot.link_template,
    carries_codes=lambda bot: bot.allows_one_time_codes,
    summary=lambda bot: f"{bot.updates}, {bot.api_base}, terms acknowledged",
    build=_build,
)
