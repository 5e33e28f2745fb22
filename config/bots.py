"""The bots' settings, a table for each messenger.

``…_file`` beside a secret is where the secret came from; ``None`` = from the settings themselves.
"""

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr

from config import addresses
from config.section import Limit, MessengerBase, Section

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_TELEGRAM_TOKEN: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]{3,}")
_APP_SECRET: Final = re.compile(r"[!-~]{8,128}")
_PHONE_NUMBER_ID: Final = re.compile(r"[0-9]{1,32}")
_API_VERSION: Final = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}")
_TEMPLATE_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
_TEMPLATE_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?")
MESSAGES_LIMIT: Final = 10_000
"""Messages a second of a Telegram bot, for emulators that take what they can."""
_TERMS: Final = (
    "MAX's rules forbid messages that carry or start the transfer of codes, links or tokens for logging in to "
    "third-party sites unless your contract with MAX allows it, and let a phone number be used inside the bot only; "
    "you answer for having such a contract. Set terms_acknowledged = true once you have read and settled that: see "
    "docs/operations.md"
)


def _bot_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or digit")
    return text


def _token(secret: SecretStr) -> SecretStr:
    if not _PRINTABLE.fullmatch(secret.get_secret_value()):
        raise ValueError("must be letters, digits and signs without spaces, as the messenger shows it")
    return secret


def _telegram_token(secret: SecretStr) -> SecretStr:
    if not _TELEGRAM_TOKEN.fullmatch(secret.get_secret_value()):
        raise ValueError("must look like 123456:ABC-def, as @BotFather gives it")
    return secret


def _app_secret(secret: SecretStr) -> SecretStr:
    if not _APP_SECRET.fullmatch(secret.get_secret_value()):
        raise ValueError("must be 8 to 128 letters, digits and signs without spaces, as Meta's dashboard shows it")
    return secret


def _phone_number_id(text: str) -> str:
    if not _PHONE_NUMBER_ID.fullmatch(text):
        raise ValueError("must be 1 to 32 digits: the number's id in Meta's dashboard, not the phone number")
    return text


def _api_version(text: str) -> str:
    if not _API_VERSION.fullmatch(text):
        raise ValueError("must be a version of the Graph API, such as v26.0")
    return text


def _acknowledged(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it
    if not value:
        raise ValueError(_TERMS)
    return value


def _template_name(text: str) -> str:
    if not _TEMPLATE_NAME.fullmatch(text):
        raise ValueError("must be 1 to 512 of a-z, 0-9 and '_', as Meta lists the template")
    return text


def _template_languages(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts or not all(_TEMPLATE_LANGUAGE.fullmatch(text) for text in texts):
        raise ValueError("must be one language or more, each as Meta writes it, such as en_US or ru")
    return texts


TemplateName = Annotated[str, AfterValidator(_template_name)]
TemplateLanguages = Annotated[tuple[str, ...], AfterValidator(_template_languages)]


class AnyBotSettings(Section):
    """What every bot has, whatever its messenger."""

    name: Annotated[str, AfterValidator(_bot_name)]
    token: Annotated[SecretStr, AfterValidator(_token)]
    token_file: Path | None = None


class TelegramBotSettings(AnyBotSettings):
    """A Telegram bot; ``messages_per_second`` is what Telegram allows it."""

    messenger: Literal["telegram"]
    token: Annotated[SecretStr, AfterValidator(_telegram_token)]
    api_base: MessengerBase = "https://api.telegram.org"
    link_base: MessengerBase = "https://t.me"
    updates: Literal["polling", "webhook"] = "polling"
    messages_per_second: Annotated[int, Field(ge=1, le=MESSAGES_LIMIT)] = 30


class MaxBotSettings(AnyBotSettings):
    """A MAX bot. ``ca_file`` holds CA certificates trusted for it only; ``None`` = what the system trusts.

    ``allows_one_time_codes`` = the operator's contract lets the bot send such codes, which MAX's rules forbid.
    """

    messenger: Literal["max"]
    api_base: MessengerBase = "https://platform-api2.max.ru"
    ca_file: Path | None = None
    link_template: Annotated[str, AfterValidator(addresses.link_template)] = "https://max.ru/{bot}?start={code}"
    updates: Literal["webhook", "polling"] = "webhook"
    terms_acknowledged: Annotated[bool, AfterValidator(_acknowledged), Field(validate_default=True)] = False
    allows_one_time_codes: bool = False


class WhatsAppBotSettings(AnyBotSettings):
    """A number on Meta's Cloud API; ``former_app_secret`` is the one before, while it is being rotated.

    ``otp_template`` is an approved authentication template for one-time codes, ``notice_template`` a utility template
    with one parameter for who has not written for a day; each is approved in its languages, the first of which is for
    people who speak none of them.
    """

    messenger: Literal["whatsapp"]
    app_secret: Annotated[SecretStr, AfterValidator(_app_secret)]
    app_secret_file: Path | None = None
    former_app_secret: Annotated[SecretStr, AfterValidator(_app_secret)] | None = None
    former_app_secret_file: Path | None = None
    phone_number_id: Annotated[str, AfterValidator(_phone_number_id)]
    api_base: MessengerBase = "https://graph.facebook.com"
    api_version: Annotated[str, AfterValidator(_api_version)] = "v26.0"
    link_base: MessengerBase = "https://wa.me"
    replies_per_person_per_day: Limit = 20
    replies_per_day: Limit = 5000
    otp_template: TemplateName | None = None
    otp_languages: TemplateLanguages = ("en_US",)
    notice_template: TemplateName | None = None
    notice_languages: TemplateLanguages = ("en_US",)
