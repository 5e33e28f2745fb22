"""Addresses that a site puts into its messages: behind words, on buttons, and of pictures and files."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from core.complaints import Spot, Wrong
from core.errors import Invalid

WEB: Final = frozenset({"http", "https"})
LINKS: Final = WEB | {"tg", "mailto", "tel"}
ADDRESS_LIMIT: Final = 2048
_FORBIDDEN: Final = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]")


def checked_address(url: object, schemes: Collection[str], where: str | Spot) -> str:
    """Return an address of one of these schemes; raise ``Invalid`` that names ``where`` it stands."""
    if not isinstance(url, str) or not url:
        raise Invalid(where, Wrong.NO_ADDRESS)
    if len(url) > ADDRESS_LIMIT:
        raise Invalid(where, Wrong.TEXT_TOO_LONG, length=len(url), most=ADDRESS_LIMIT)
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) if parts.scheme in WEB else bool(parts.netloc or parts.path)
    except ValueError:
        raise Invalid(where, Wrong.NOT_AN_ADDRESS) from None
    if _FORBIDDEN.search(url) or parts.scheme not in schemes or not is_whole:
        begins = tuple(f"{scheme}:" for scheme in sorted(schemes))
        raise Invalid(where, Wrong.NOT_A_WHOLE_ADDRESS, begins=begins)
    return url
