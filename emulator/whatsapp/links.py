"""Links that open a chat with a business number and put a text into the entry field."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from emulator.errors import ImpossibleError

_SHORT: Final = re.compile(r"(?:^|/)wa\.me/([1-9][0-9]{6,14})/?")
_SEND_HOSTS: Final = ("api.whatsapp.com", "web.whatsapp.com")
_PHONE: Final = re.compile(r"\+?([1-9][0-9]{6,14})")


def parse_link(link: str) -> tuple[str, str]:
    """Read https://wa.me/<digits>, whatsapp://send, https://api.whatsapp.com/send, the emulator's own /wa.me/<digits>.

    Return the number's digits and the text, empty when there is none. A plus sign in the text stays one, as some
    phones have it: only %20 is a space.
    """
    try:
        parts = urlsplit(link.strip())
        host = parts.hostname or ""
    except ValueError:
        raise _bad_link() from None
    query = {name: unquote(value) for name, _, value in (pair.partition("=") for pair in parts.query.split("&"))}
    is_send = (parts.scheme, host) == ("whatsapp", "send") or (
        host in _SEND_HOSTS and parts.path.rstrip("/") == "/send"
    )
    if is_send:
        found = _PHONE.fullmatch(query.get("phone", ""))
    else:
        found = _SHORT.search(f"{host}{parts.path}") if host == "wa.me" else _SHORT.search(parts.path)
    if found is None or (not is_send and not f"{host}{parts.path}".endswith(found[0])):
        raise _bad_link()
    return found[1], query.get("text", "")


def _bad_link() -> ImpossibleError:
    return ImpossibleError("bad_link", "This is not a link to a WhatsApp number.")
