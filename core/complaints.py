"""What is wrong with a request, as a value: which field, which complaint, and the figures in it.

Whoever refuses says a complaint and no sentence; the sentences are in ``locales/``, one file a language. A program's
answer is worded in the language of who asks, the command line and what is kept for later read in English.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, TypeAlias

ENGLISH: Final = "en"


class Wrong(StrEnum):
    """All that can be wrong with a field; each has its sentence in every language, under its name in small letters."""

    NOT_AN_UPDATE = auto()
    NOT_A_WEBHOOK = auto()
    NOT_A_FORM = auto()
    NOT_ONE_OF = auto()
    NOTHING_TO_SEND = auto()
    NOT_WITH_FORMAT = auto()
    NOT_WITH_TEXT = auto()
    NOT_WITH_TEMPLATE = auto()
    TEXT_OR_TEMPLATE = auto()
    INSTEAD_OF_TRIGGER_VALUE = auto()
    NOBODY_MEANT = auto()
    URL_OR_CALLBACK_DATA = auto()
    BAD_IDEMPOTENCY_KEY = auto()
    ENTITIES_CROSS = auto()
    TOO_MANY_ENTITIES = auto()
    FAR_TOO_MANY_ENTITIES = auto()
    HALF_A_CHARACTER = auto()
    EMPTY = auto()
    TEXT_TOO_LONG = auto()
    SIGNED_TEXT_TOO_LONG = auto()
    MARKUP_TOO_LONG = auto()
    FILLED_ADDRESS_TOO_LONG = auto()
    DEFAULT_TOO_LONG = auto()
    TOO_MANY_VARIABLES = auto()
    VARIABLE_BEFORE_PATH = auto()
    NOT_A_LIST = auto()
    NOT_AN_OBJECT = auto()
    ENTITY_TOO_LONG = auto()
    ENTITY_SPLITS_CHARACTER = auto()
    NOT_A_COUNT = auto()
    NOT_A_WORD = auto()
    VARIABLE_MISSING = auto()
    VARIABLE_TOO_LONG = auto()
    NO_ADDRESS = auto()
    NOT_AN_ADDRESS = auto()
    NOT_A_WHOLE_ADDRESS = auto()
    TAG_NOT_CLOSED = auto()
    NO_SUCH_TAG = auto()
    NOT_A_SPOILER = auto()
    NO_TAG_OPEN = auto()
    OTHER_TAG_OPEN = auto()
    LESS_THAN_UNESCAPED = auto()
    BAD_PURPOSE = auto()
    NOT_BETWEEN = auto()
    BAD_EVENT_NAME = auto()
    BAD_KEY = auto()
    BAD_KEYS = auto()
    PAST = auto()
    TOO_MANY_DAYS_AHEAD = auto()
    BAD_STATE = auto()
    TOO_MANY_BUTTONS = auto()
    NOT_ONE_LINE = auto()
    BAD_LENGTH = auto()
    BAD_BUTTON_DATA = auto()
    LABEL_EMPTY = auto()
    NO_SUCH_VARIABLE = auto()
    TOO_MANY_TAGS = auto()
    TOO_MANY = auto()
    TOO_MANY_RECURRING = auto()
    TOO_MANY_CHAINS = auto()
    TOO_MANY_WAITING = auto()
    MUST_NOT_BE_EMPTY = auto()
    BAD_LINE = auto()
    BAD_CODE_LENGTH = auto()
    MARK_MISSING = auto()
    UNKNOWN_MARK = auto()
    BAD_LANGUAGE = auto()
    NO_USUAL_LANGUAGE = auto()
    TOO_LONG = auto()
    BLANK = auto()
    HIDES_SOMETHING = auto()
    LOGO_TOO_LARGE = auto()
    NOT_A_LOGO = auto()
    BAD_SLUG = auto()
    BAD_NAME = auto()
    BAD_COLOR = auto()
    TOO_MANY_VALUES = auto()
    ORIGIN_NOT_ALLOWED = auto()
    NOT_AN_ORIGIN = auto()
    NOT_HTTPS = auto()
    UNKNOWN_EVENT = auto()
    BAD_DESCRIPTION = auto()
    BAD_HOOK = auto()
    HOOK_WITHOUT_HTTPS = auto()
    BAD_PORT = auto()
    TOO_MANY_REQUIRED_TAGS = auto()
    NOT_OF_THE_PROJECT = auto()
    BAD_QUIET_HOURS = auto()
    QUIET_HOURS_EMPTY = auto()
    NOT_ONE_RHYTHM = auto()
    CRON_WITHOUT_ZONE = auto()
    CRON_NOT_FIVE_FIELDS = auto()
    CRON_TOO_OFTEN = auto()
    CRON_NEVER = auto()
    CRON_UNREADABLE = auto()
    CRON_UNKNOWN_NAME = auto()
    CRON_NOT_BETWEEN = auto()
    BAD_ZONE = auto()
    BAD_MOMENT = auto()
    NO_OFFSET = auto()
    TOO_FAR_AWAY = auto()
    BAD_CURSOR = auto()
    PERMISSION_NOT_LINKABLE = auto()
    TAG_NOT_LINKABLE = auto()
    NOT_PERMISSIONS = auto()
    NOT_A_TAG = auto()
    NOT_A_PERMISSION = auto()
    TEMPLATE_GONE = auto()
    IMPOSSIBLE_TRIGGER = auto()
    UNKNOWN_BOTS = auto()
    NOT_A_JSON_NUMBER = auto()
    TOO_MANY_RECIPIENTS = auto()


class Where(StrEnum):
    """Places within a text, for sentences that say where they are true, and the fields of a cron expression."""

    TAG = auto()
    STRAY_LESS_THAN = auto()
    HREF = auto()
    LINK = auto()
    CRON_MINUTE = auto()
    CRON_HOUR = auto()
    CRON_DAY = auto()
    CRON_MONTH = auto()
    CRON_WEEKDAY = auto()


Value: TypeAlias = str | int | tuple[str, ...]
"""A figure, a name, or several; a ``Where`` is said in the language of the sentence around it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A spot within a field, such as the tag that begins at its 11th character."""

    field: str
    where: Where
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong: in which field, as the site spells it (``buttons[0][1].url``), or where in it."""

    field: str | Spot
    wrong: Wrong
    values: Mapping[str, Value]

    def within(self, field_name: str) -> "Complaint":
        """Return the complaint as one of the field whose text it was found in."""
        if isinstance(self.field, str):
            return replace(self, field=field_name)
        return replace(self, field=replace(self.field, field=field_name))


def worded(complaint: Complaint, language: str = ENGLISH) -> str:
    """Return the field and the sentence: ``text: is empty``; a language without sentences is spoken in English."""
    sentence = _said(complaint.wrong, complaint.values, language)
    if isinstance(complaint.field, str):
        return f"{complaint.field}: {sentence}"
    spot = complaint.field
    return f"{spot.field}: {_said(spot.where, spot.values, language)}: {sentence}"


def spoken_languages() -> frozenset[str]:
    """Return the two-letter codes of the languages that there are sentences in."""
    return frozenset(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


@lru_cache
def sentences(language: str) -> Mapping[str, str]:
    """Return the sentences of a language by their names."""
    code = language if language in spoken_languages() else ENGLISH
    return tomllib.loads((_folder() / f"{code}.toml").read_text(encoding="utf-8"))


def _said(key: Wrong | Where, values: Mapping[str, Value], language: str) -> str:
    return sentences(language)[key].format_map({name: _shown(value, language) for name, value in values.items()})


def _shown(value: Value, language: str) -> str | int:
    if isinstance(value, Where):
        return sentences(language)[value]
    return ", ".join(value) if isinstance(value, tuple) else value


def _folder() -> Traversable:
    return resources.files("core") / "locales"
