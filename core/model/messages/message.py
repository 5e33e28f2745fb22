"""What passes between a bot and a person: what we say (``Message``) and what we hear (``Heard``).

Texts are plain: no markup of any messenger, so nothing in a site's or a person's name can become markup. How a site's
words look stands beside them, in entities. A picture, video or file is an address that the messenger fetches itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import BotName
from core.model.messages.receipt import Receipt
from core.model.people.person import Sender
from core.model.text.addresses import WEB, checked_address
from core.model.text.text import Entity

_NAME_LIMIT: Final = 100


class MediaKind(StrEnum):
    """What is sent along: how the messenger shows it."""

    PHOTO = "photo"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video or file, by the address from which the messenger fetches it."""

    kind: MediaKind
    url: str

    @property
    def name(self) -> str:
        """The file's name in its address, at most 100 characters; the host's name if the address has none."""
        parts = urlsplit(self.url)
        return (PurePosixPath(unquote(parts.path)).name or parts.netloc)[:_NAME_LIMIT]


def checked_media(kind: str, url: str) -> Media:
    """Return the media that a site wants to send along; raise ``Invalid`` for another kind or no http(s) address."""
    if kind not in set(MediaKind):
        raise Invalid("media.type", Wrong.NOT_ONE_OF, choices=tuple(MediaKind))
    return Media(MediaKind(kind), checked_address(url, WEB, "media.url"))


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that tells us ``data`` (at most 64 bytes) when pressed."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class UrlButton:
    """A button that opens ``url``."""

    label: str
    url: str


Row = tuple[Choice | UrlButton, ...]
"""Buttons side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person: text, how it looks, what goes with it, and buttons below it.

    ``entities`` are those of a ``RichText``, ``media`` may stand without a text. ``choices`` are rows of buttons,
    ``url_button`` is one more row; ``ask_contact`` is the label of a button that shares the person's own contact, and
    is by itself; ``contact_done`` takes that button away again. ``code`` is a one-time code that the text tells, for
    messengers that take these in a form of their own only; ``language`` is what the person speaks, for such forms.
    ``is_late`` = free words come too late for the messenger.
    """

    text: str
    entities: tuple[Entity, ...] = ()
    media: Media | None = None
    choices: tuple[Row, ...] = ()
    url_button: UrlButton | None = None
    ask_contact: str | None = None
    contact_done: bool = False
    code: str | None = None
    language: str | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a messenger, as it came: ``key`` is the same when it comes twice; ``body`` is JSON."""

    bot: BotName
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Started:
    """A person opened a deep link; ``code`` is ``None`` when they opened the bot without one."""

    sender: Sender
    code: str | None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A person pressed a button under ``message_id``; ``tap_id`` is what the messenger wants answered."""

    sender: Sender
    data: str
    tap_id: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote something that is not a link's code; ``is_forwarded`` if they did not write it themselves."""

    sender: Sender
    text: str
    is_forwarded: bool = False


@dataclass(frozen=True, slots=True)
class SharedContact:
    """A person shared a contact; ``is_own`` only where the messenger itself vouches that it is theirs.

    ``is_claimed`` = it answers our question, and the messenger does not say whose number it is: the number's own chat
    must confirm it.
    """

    sender: Sender
    phone: str
    is_own: bool
    is_claimed: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """A person stopped the bot: it can no longer write to them."""

    sender: Sender


@dataclass(frozen=True, slots=True)
class Unblocked:
    """A person let the bot in again."""

    sender: Sender


@dataclass(frozen=True, slots=True)
class Renumbered:
    """A person's user id was ``former_user_id`` and is ``sender``'s now; ``keeps_number`` = with the old number."""

    sender: Sender
    former_user_id: str
    keeps_number: bool


Spoken = Started | Pressed | Said | SharedContact | Blocked | Unblocked | Renumbered
"""What a person did, in words or otherwise."""
Heard = Spoken | Receipt
