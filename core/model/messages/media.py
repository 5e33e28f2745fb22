"""A picture, a video or a file that goes with a message. Messengers fetch it themselves, from its public address."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from core.errors import Invalid
from core.model.text.addresses import WEB, checked_address

_NAME_LIMIT: Final = 100


class MediaKind(StrEnum):
    """What it is."""

    PHOTO = "photo"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Media:
    """What stands at ``url``."""

    kind: MediaKind
    url: str

    @property
    def name(self) -> str:
        """What the file is called in its address; the host's name if it is not called anything."""
        parts = urlsplit(self.url)
        return (PurePosixPath(unquote(parts.path)).name or parts.netloc)[:_NAME_LIMIT]


def checked_media(kind: str, url: str) -> Media:
    """Return what a site wants to send along; raise ``Invalid``."""
    if kind not in set(MediaKind):
        raise Invalid(f"media.type: must be one of {', '.join(MediaKind)}")
    return Media(MediaKind(kind), checked_address(url, WEB, "media.url"))
