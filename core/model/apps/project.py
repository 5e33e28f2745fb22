"""What an app has for the project dialect: how it introduces itself in the bot, its tags, and its permissions.

Sources: ``projects-api`` sections 4, 5 and 13. Texts for people are by language, two letters each. Nothing is cut or
mended: a text that cannot be shown as it is is refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self, TypedDict

from core.complaints import Wrong
from core.errors import Invalid
from core.model.apps.app import NAME_LIMIT, hides_nothing, plain_text
from core.model.ids import AppId
from core.model.text.html import read_html
from core.model.text.variables import with_value
from core.model.text.wording import read_wording
from core.model.text.writer import checked_source

TAGS_LIMIT: Final = 20
PERMISSIONS_LIMIT: Final = 20
TITLE_LIMIT: Final = 64
DESCRIPTION_LIMIT: Final = 256
EXTERNAL_ID_LIMIT: Final = 128
AUTH_TEXT_LIMIT: Final = 500
AUTH_BUTTON_TEXT_LIMIT: Final = 32
URL_MARK: Final = "{{url}}"
"""What an ``auth_text`` must contain; it becomes the address of the site."""
_CODE: Final = "code"
_MINUTES: Final = "minutes"
CODE_MARK: Final = "{{code}}"
"""What an ``otp_template`` must contain; it becomes the one-time code."""
MINUTES_MARK: Final = "{{minutes}}"
"""What an ``otp_template`` may contain; it becomes how long the code is good."""
OTP_TEMPLATE_LIMIT: Final = 500
CODE_LENGTHS: Final = (4, 6, 8)
"""How many digits a one-time code may have."""
SUBSCRIPTION_TEXT_LIMIT: Final = 1000
_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LINKED: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_ALWAYS_SPOKEN: Final = frozenset({"ru", "en"})
# Emoji of several people or signs are joined by it, so here it is not a way to hide something.
_JOINER: Final = "\u200d"

Texts = Mapping[str, str]
"""The same text by language, such as ``{"ru": …, "en": …}``."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A kind of messages that a subscriber agreed to; a ``required`` one comes with every subscription."""

    key: str
    title: str
    description: str = ""
    required: bool = False


class PermissionChanges(TypedDict, total=False):
    """What is to be different about a permission; what is missing stays."""

    title: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """How an app speaks in the bot. A text that is missing, or not enabled, is ours instead.

    ``otp_code_length`` is how many digits its one-time codes have where a call does not say.
    """

    sender_name: str = ""
    sender_description: str = ""
    otp_template: str = ""
    otp_code_length: int = 6
    subscribe_message: Texts = field(default_factory=dict)
    unsubscribe_message: Texts = field(default_factory=dict)
    subscribe_message_enabled: bool = True
    unsubscribe_message_enabled: bool = True
    auth_text: Texts = field(default_factory=dict)
    auth_button_text: Texts = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """What stands below every message of a project that has a name (``projects-api`` section 6)."""
        if not self.sender_name:
            return ""
        return "\n\n" + "\n".join(part for part in (f"— {self.sender_name}", self.sender_description) if part)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """An app's settings for the project dialect."""

    app_id: AppId
    sender: SenderSettings = field(default_factory=SenderSettings)
    tags: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()

    def permission(self, key: str) -> Permission | None:
        """Return the permission with this key."""
        return next((permission for permission in self.permissions if permission.key == key), None)

    def with_tags(self, names: Sequence[str]) -> Self:
        """Return the project with those of the tags that it lacks, or raise ``Invalid`` if they are too many."""
        tags = tuple(dict.fromkeys((*self.tags, *(checked_tag(name) for name in names))))
        if len(tags) > TAGS_LIMIT:
            raise Invalid("tags", Wrong.TOO_MANY_TAGS, most=TAGS_LIMIT, count=len(tags))
        return replace(self, tags=tags)

    def with_permission(self, permission: Permission) -> Self:
        """Return the project with one permission more, or raise ``Invalid`` if that is too many."""
        if len(self.permissions) >= PERMISSIONS_LIMIT:
            raise Invalid("permissions", Wrong.TOO_MANY, most=PERMISSIONS_LIMIT)
        return replace(self, permissions=(*self.permissions, checked_permission(permission)))


def checked_tag(name: str) -> str:
    """Return the tag, or raise ``Invalid``: 1 to 64 of letters, digits, '-' and '_'."""
    if not _TAG.fullmatch(name):
        raise Invalid("tag", Wrong.BAD_KEY)
    return name


def checked_permission(permission: Permission) -> Permission:
    """Return the permission, or raise ``Invalid``; its key is written as tags are, its texts are lines people read."""
    if not _TAG.fullmatch(permission.key):
        raise Invalid("key", Wrong.BAD_KEY)
    if not permission.title:
        raise Invalid("title", Wrong.MUST_NOT_BE_EMPTY)
    checked_line("title", permission.title, TITLE_LIMIT)
    checked_line("description", permission.description, DESCRIPTION_LIMIT)
    return permission


def checked_line(field_name: str, text: str, limit: int) -> str:
    """Return a text that is one line of plain text or empty, or raise ``Invalid``; nothing is cut or mended."""
    if text != plain_text(text, limit):
        raise Invalid(field_name, Wrong.BAD_LINE, most=limit)
    return text


def is_linkable(name: str) -> bool:
    """Tell whether a tag or permission may stand in a subscribe link: no '_', which parts the link's parts."""
    return _LINKED.fullmatch(name) is not None


def changed_sender(before: SenderSettings, changes: SenderChanges) -> SenderSettings:
    """Return the settings with the changes, or raise ``Invalid``."""
    after = replace(before, **changes)
    checked_line("sender_name", after.sender_name, NAME_LIMIT)
    checked_line("sender_description", after.sender_description, DESCRIPTION_LIMIT)
    _check_otp_template(after.otp_template)
    if after.otp_code_length not in CODE_LENGTHS:
        raise Invalid("otp_code_length", Wrong.BAD_CODE_LENGTH)
    return replace(
        after,
        subscribe_message=_checked_texts("subscribe_message", after.subscribe_message, SUBSCRIPTION_TEXT_LIMIT),
        unsubscribe_message=_checked_texts("unsubscribe_message", after.unsubscribe_message, SUBSCRIPTION_TEXT_LIMIT),
        auth_text=_checked_auth_text(after.auth_text),
        auth_button_text=_checked_button_text(after.auth_button_text),
    )


def _check_otp_template(text: str) -> None:
    if not text:
        return
    _check_text("otp_template", text, OTP_TEMPLATE_LIMIT)
    names = [written.partition("}}")[0].partition("|")[0] for written in text.split("{{")[1:] if "}}" in written]
    if _CODE not in names:
        raise Invalid("otp_template", Wrong.MARK_MISSING, mark=CODE_MARK)
    if not {*names} <= {_CODE, _MINUTES}:
        raise Invalid("otp_template", Wrong.UNKNOWN_MARK, code=CODE_MARK, minutes=MINUTES_MARK)
    try:
        read_wording(checked_source(text), read_html)
    except Invalid as trouble:
        raise Invalid.of(trouble.complaint.within("otp_template")) from None


def _checked_auth_text(texts: Texts) -> Texts:
    given = _checked_texts("auth_text", texts, AUTH_TEXT_LIMIT)
    for language, text in given.items():
        if URL_MARK not in text:
            raise Invalid(f"auth_text.{language}", Wrong.MARK_MISSING, mark=URL_MARK)
        with_value(text, "url", "")
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
            raise Invalid(field, Wrong.BAD_LANGUAGE)
    given: Mapping[str, str] = {language: text for language, text in texts.items() if text}
    for language, text in given.items():
        _check_text(f"{field}.{language}", text, limit)
    if given and not _ALWAYS_SPOKEN & given.keys():
        raise Invalid(field, Wrong.NO_USUAL_LANGUAGE)
    return given


def _check_text(field: str, text: str, limit: int) -> None:
    """Refuse a text that is too long, that shows nothing, or that hides something; lines may be several."""
    if len(text) > limit:
        raise Invalid(field, Wrong.TOO_LONG, most=limit)
    if not text.strip():
        raise Invalid(field, Wrong.BLANK)
    if not all(hides_nothing(line.replace(_JOINER, "")) for line in text.split("\n")):
        raise Invalid(field, Wrong.HIDES_SOMETHING)
