"""WhatsApp, as the table of messengers lists it."""

from typing import Final

from pydantic import SecretStr

from bots.kind import Dashboard, Ground, Kind, Mark, Webhook
from bots.whatsapp.settings import WhatsAppBotSettings
from core.model.ids import BotName
from core.model.people.person import MessengerName
from core.ports.messengers import Messenger


def _build(bot: WhatsAppBotSettings, ground: Ground) -> Messenger:
    from bots.whatsapp.adapter import WhatsApp, WhatsAppSettings  # noqa: PLC0415 - only who has such a bot needs it
    from bots.whatsapp.templates import Template  # noqa: PLC0415 - the same

    settings = WhatsAppSettings(
        bot=BotName(bot.name),
        token=bot.token.get_secret_value(),
        phone_number_id=bot.phone_number_id,
        app_secrets=_given(bot.app_secret, bot.former_app_secret),
        verify_token=ground.verify_token,
        api_base=bot.api_base,
        api_version=bot.api_version,
        replies_per_person_per_day=bot.replies_per_person_per_day,
        replies_per_day=bot.replies_per_day,
        otp_template=Template(bot.otp_template, bot.otp_languages) if bot.otp_template else None,
        notice_template=Template(bot.notice_template, bot.notice_languages) if bot.notice_template else None,
        proxy=ground.proxy_for(bot.api_base),
    )
    return WhatsApp(settings, ground.session)


def _given(*secrets: SecretStr | None) -> tuple[str, ...]:
    return tuple(secret.get_secret_value() for secret in secrets if secret is not None)


KIND: Final = Kind(
    name=MessengerName.WHATSAPP,
    label="WhatsApp",
    colour="#18794a",
    mark=Mark("M12 0a12 12 0 1 1-5.8 22.5L.6 24 2 18.6A12 12 0 0 1 12 0z", "M6.2 7.8l2.9 8.6L12 8.8l2.9 7.6 2.9-8.6"),
    settings=WhatsAppBotSettings,
    hints={
        "token": "give token or token_file (that of a system user in Meta's business settings)",
        "app_secret": "give app_secret or app_secret_file (Meta's dashboard, App settings, Basic)",
        "phone_number_id": "give the number's id in Meta's dashboard, in quotes",
    },
    unique=("phone_number_id",),  # one token of Meta's serves many numbers
    webhook=Webhook("messenger", ("whatsapp",), "whatsapp needs an https http.public_url: Meta calls nothing else"),
    dashboard=Dashboard("Meta's dashboard", "subscribe to the field messages"),
    link=lambda bot: f"{bot.link_base}/{{bot}}?text={{text}}",
    prepares_text=True,
    app_links={"https://wa.me/{bot}?text={text}": "whatsapp://send?phone={bot}&text={text}"},
    carries_codes=lambda bot: bot.otp_template is not None,
    summary=lambda bot: f"webhook, {bot.api_base}",
    build=_build,
)
