"""What a site may say of itself in the bot: the rules for ``SenderSettings`` (``projects-api`` sections 4 and 13).

Nothing is cut or mended: a text is kept as it was written, or refused with the field's name.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypedDict

from core.errors import Invalid
from core.model.apps.app import NAME_LIMIT, hides_nothing
from core.model.apps.project import (
    AUTH_BUTTON_TEXT_LIMIT,
    AUTH_TEXT_LIMIT,
    DESCRIPTION_LIMIT,
    URL_MARK,
    SenderSettings,
    Texts,
    checked_line,
)
from core.model.text.html import from_html

CODE_MARK: Final = "{{code}}"
"""What an ``otp_template`` must contain; it becomes the one-time code."""
MINUTES_MARK: Final = "{{minutes}}"
"""What an ``otp_template`` may contain; it becomes how long the code is good."""
OTP_TEMPLATE_LIMIT: Final = 500
CODE_LENGTHS: Final = (4, 6, 8)
"""How many digits a one-time code may have."""
MESSAGE_LIMIT: Final = 1000
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_ALWAYS_SPOKEN: Final = frozenset({"ru", "en"})
_MARK: Final = re.compile(r"\{\{.*?\}\}")
# Emoji of several people or signs are joined by it, so here it is not a way to hide something.
_JOINER: Final = "\u200d"


class SenderChanges(TypedDict, total=False):
    """What a site wants to say from now on; what is missing stays, an empty text or ``{}`` takes ours instead."""

    sender_name: str
    sender_description: str
    otp_template: str
    otp_code_length: int
    subscribe_message: Texts
    unsubscribe_message: Texts
    subscribe_message_enabled: bool
    unsubscribe_message_enabled: bool
    auth_text: Texts
    auth_button_text: Texts


def changed_sender(before: SenderSettings, changes: SenderChanges) -> SenderSettings:
    """Return the settings with the changes, or raise ``Invalid``."""
    after = replace(before, **changes)
    checked_line("sender_name", after.sender_name, NAME_LIMIT)
    checked_line("sender_description", after.sender_description, DESCRIPTION_LIMIT)
    _check_otp_template(after.otp_template)
    if after.otp_code_length not in CODE_LENGTHS:
        raise Invalid("otp_code_length: must be 4, 6 or 8")
    return replace(
        after,
        subscribe_message=_checked_texts("subscribe_message", after.subscribe_message, MESSAGE_LIMIT),
        unsubscribe_message=_checked_texts("unsubscribe_message", after.unsubscribe_message, MESSAGE_LIMIT),
        auth_text=_checked_auth_text(after.auth_text),
        auth_button_text=_checked_button_text(after.auth_button_text),
    )


def _check_otp_template(text: str) -> None:
    if not text:
        return
    _check_text("otp_template", text, OTP_TEMPLATE_LIMIT)
    marks = _MARK.findall(text)
    if CODE_MARK not in marks:
        raise Invalid(f"otp_template: must contain {CODE_MARK}")
    if not {*marks} <= {CODE_MARK, MINUTES_MARK}:
        raise Invalid(f"otp_template: knows {CODE_MARK} and {MINUTES_MARK} and nothing else in {{{{ }}}}")
    try:
        from_html(_MARK.sub("0", text))
    except Invalid as trouble:
        raise Invalid(f"otp_template: {trouble}") from None


def _checked_auth_text(texts: Texts) -> Texts:
    given = _checked_texts("auth_text", texts, AUTH_TEXT_LIMIT)
    for language, text in given.items():
        if URL_MARK not in text:
            raise Invalid(f"auth_text.{language}: must contain {URL_MARK}")
    return given


def _checked_button_text(texts: Texts) -> Texts:
    given = _checked_texts("auth_button_text", texts, AUTH_BUTTON_TEXT_LIMIT)
    for language, text in given.items():
        checked_line(f"auth_button_text.{language}", text, AUTH_BUTTON_TEXT_LIMIT)
    return given


def _checked_texts(field: str, texts: Texts, limit: int) -> Texts:
    """Return the texts that are not empty, if each is good and one is in a language that the bot always speaks."""
    for language in texts:
        if not _LANGUAGE.fullmatch(language):
            raise Invalid(f"{field}: languages are two small letters, such as ru and en")
    given: Mapping[str, str] = {language: text for language, text in texts.items() if text}
    for language, text in given.items():
        _check_text(f"{field}.{language}", text, limit)
    if given and not _ALWAYS_SPOKEN & given.keys():
        raise Invalid(f"{field}: needs a text in ru or en, for people whose language it has not")
    return given


def _check_text(field: str, text: str, limit: int) -> None:
    """Refuse a text that is too long, that shows nothing, or that hides something; lines may be several."""
    if len(text) > limit:
        raise Invalid(f"{field}: must be at most {limit} characters")
    if not text.strip():
        raise Invalid(f"{field}: must not be blank")
    if not all(hides_nothing(line.replace(_JOINER, "")) for line in text.split("\n")):
        raise Invalid(f"{field}: must not contain control or invisible characters")
