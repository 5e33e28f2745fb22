"""Pictures, videos and files, which a business names by their address. The emulator does not fetch them."""

from typing import Any, Final
from urllib.parse import urlsplit

from emulator.whatsapp.errors import bad_value, invalid
from emulator.whatsapp.parts import part, refuse_others, words

Json = dict[str, Any]

KINDS: Final = ("image", "video", "document")
CAPTION_LIMIT: Final = 1024
_LINK_LIMIT: Final = 2048
_NAME_LIMIT: Final = 240


def read_media(parent: Json, kind: str, where: str, *, has_caption: bool) -> tuple[Json, str]:
    """Read what to fetch from where, and what is said below it if that is the place for it."""
    media = part(parent, kind, where)
    inside = f"{where}['{kind}']" if where else kind
    names = ["link", *(["caption"] if has_caption else []), *(["filename"] if kind == "document" else [])]
    if "id" in media:
        raise invalid(f"Param {inside}['id'] is not a media of this account; uploads are not emulated.")
    refuse_others(media, names, inside)
    link = words(media, "link", inside, _LINK_LIMIT)
    if not is_web_address(link):
        raise bad_value(f"{inside}['link'] is not a valid URI")
    shown: Json = {"kind": "photo" if kind == "image" else kind, "url": link}
    if "filename" in media:
        shown["name"] = words(media, "filename", inside, _NAME_LIMIT)
    return shown, words(media, "caption", inside, CAPTION_LIMIT) if "caption" in media else ""


def is_web_address(url: str) -> bool:
    """Tell whether a text is a whole address of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
