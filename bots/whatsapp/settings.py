"""The settings of a number on WhatsApp, by Meta's Cloud API."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, SecretStr

from bots.settings import BotSettings, Limit, MessengerBase

_APP_SECRET: Final = re.compile(r"[!-~]{8,128}")
_PHONE_NUMBER_ID: Final = re.compile(r"[0-9]{1,32}")
_API_VERSION: Final = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}")
_TEMPLATE_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
_TEMPLATE_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?")


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


class WhatsAppBotSettings(BotSettings):
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
