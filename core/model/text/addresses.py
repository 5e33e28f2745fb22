"""Addresses that a site puts into its messages: behind words, on buttons, and of pictures and files."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from core.errors import Invalid

WEB: Final = frozenset({"http", "https"})
LINKS: Final = WEB | {"tg", "mailto", "tel"}
ADDRESS_LIMIT: Final = 2048
_FORBIDDEN: Final = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]")


def checked_address(url: object, schemes: Collection[str], where: str) -> str:
    """Return an address of one of these schemes; raise ``Invalid`` that names ``where`` it stands."""
    if not isinstance(url, str) or not url:
        raise Invalid(f"{where}: needs an address")
    if len(url) > ADDRESS_LIMIT:
        raise Invalid(f"{where}: has {len(url)} characters, at most {ADDRESS_LIMIT}")
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) if parts.scheme in WEB else bool(parts.netloc or parts.path)
    except ValueError:
        raise Invalid(f"{where}: is not an address") from None
    if _FORBIDDEN.search(url) or parts.scheme not in schemes or not is_whole:
        begins = " or ".join(f"{scheme}:" for scheme in sorted(schemes))
        raise Invalid(f"{where}: must be a whole address that begins with {begins}")
    return url
