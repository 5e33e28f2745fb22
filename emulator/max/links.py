"""Deep links to bots in MAX."""

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from emulator.errors import ImpossibleError

USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,63}")
PAYLOAD_LIMIT: Final = 128


def parse_link(link: str) -> tuple[str, str]:
    """Read a deep link (https://max.ru/bot?start=…, the emulator's own /max.ru/bot?start=…).

    Return the bot's username and the payload; one that is too long is lost without a word.
    """
    parts = urlsplit(link)
    username = parts.path.rstrip("/").rpartition("/")[2]
    if not USERNAME.fullmatch(username):
        raise ImpossibleError("bad_link", "This is not a link to a bot.")
    payload = parse_qs(parts.query).get("start", [""])[0]
    return username, payload if len(payload) <= PAYLOAD_LIMIT else ""
