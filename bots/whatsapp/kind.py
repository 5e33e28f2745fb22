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


_MARK: Final = (
    "M17.472 14.382c-.297-.149-1.758-.867-2.03-.967-.273-.099-.471-.148-.67.15-.197.297-.767.966-.94 "
    "1.164-.173.199-.347.223-.644.075-.297-.15-1.255-.463-2.39-1.475-.883-.788-1.48-1.761-1.653-2.059"
    "-.173-.297-.018-.458.13-.606.134-.133.298-.347.446-.52.149-.174.198-.298.298-.497.099-.198.05-.3"
    "71-.025-.52-.075-.149-.669-1.612-.916-2.207-.242-.579-.487-.5-.669-.51-.173-.008-.371-.01-.57-.0"
    "1-.198 0-.52.074-.792.372-.272.297-1.04 1.016-1.04 2.479 0 1.462 1.065 2.875 1.213 3.074.149.198"
    " 2.096 3.2 5.077 4.487.709.306 1.262.489 1.694.625.712.227 1.36.195 1.871.118.571-.085 1.758-.71"
    "9 2.006-1.413.248-.694.248-1.289.173-1.413-.074-.124-.272-.198-.57-.347m-5.421 7.403h-.004a9.87 "
    "9.87 0 01-5.031-1.378l-.361-.214-3.741.982.998-3.648-.235-.374a9.86 9.86 0 01-1.51-5.26c.001-5.4"
    "5 4.436-9.884 9.888-9.884 2.64 0 5.122 1.03 6.988 2.898a9.825 9.825 0 012.893 6.994c-.003 5.45-4"
    ".437 9.884-9.885 9.884m8.413-18.297A11.815 11.815 0 0012.05 0C5.495 0 .16 5.335.157 11.892c0 2.0"
    "96.547 4.142 1.588 5.945L.057 24l6.305-1.654a11.882 11.882 0 005.683 1.448h.005c6.554 0 11.89-5."
    "335 11.893-11.893a11.821 11.821 0 00-3.48-8.413Z"
)
"""WhatsApp's own mark, as people know it (simple-icons 16, CC0)."""
KIND: Final = Kind(
    name=MessengerName.WHATSAPP,
    label="WhatsApp",
    colour="#18794a",
    mark=Mark(_MARK, ""),
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
