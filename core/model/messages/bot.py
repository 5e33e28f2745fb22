"""Bots: the daemon's named connections to messengers, how they are opened, and what their messengers can do."""

from dataclasses import dataclass

from core.model.ids import BotName
from core.model.people.person import MessengerName


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot this daemon runs.

    ``username`` is what its messenger calls it (for WhatsApp the number's digits), ``None`` until it was first reached.
    ``carries_codes`` = one-time codes may be sent by it: not everywhere do a messenger's rules or settings allow that.
    """

    name: BotName
    messenger: MessengerName
    username: str | None
    carries_codes: bool = True


@dataclass(frozen=True, slots=True)
class StartLink:
    """What a link may carry: the code for a start payload, the one for a text, and the text's language.

    ``draft`` names the text that is prepared for a person to send.
    """

    code: str
    text_code: str
    locale: str | None
    draft: str = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a messenger can do and what its messages cost; the conversation keeps to it.

    ``sends_per_second`` and ``chat_gap`` (seconds between two messages to one chat) are what it allows for messages of
    sites. ``most_choices`` is how many buttons a message can have (``None`` = plenty). Where messages are ``metered``
    each costs the operator money: strangers are answered only about a live login, endings are left to the website, and
    there is a budget a day for a person and for the bot (0 = no limit).
    """

    sends_per_second: float = 1.0
    chat_gap: float = 1.0
    most_choices: int | None = None
    is_metered: bool = False
    replies_per_person_per_day: int = 0
    replies_per_day: int = 0
