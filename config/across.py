"""The rules that span several settings, told from the raw tables.

They do not wait for each key to be right by itself, so that all complaints come at once; what has the wrong shape is
left to the other checks.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from config.bots import B, Bots
from config.complaints import Complaint


def complaints_across(raw: Mapping[str, Any], bots: Bots[B]) -> list[Complaint]:
    """Return what is wrong between the settings of ``raw``, secrets from files being filled in."""
    keys = dict.fromkeys(("name", *(key for kind in bots.kinds for key in kind.unique)))
    return [*(twice for key in keys for twice in _twice(raw, key, bots)), *_webhooks(raw, bots)]


def _tables(raw: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    tables = raw.get("bots")
    if isinstance(tables, list):
        yield from ((number, bot) for number, bot in enumerate(tables) if isinstance(bot, dict))


def _twice(raw: Mapping[str, Any], key: str, bots: Bots[B]) -> Iterator[Complaint]:
    first: dict[str, int] = {}
    for number, bot in _tables(raw):
        value, kind = bot.get(key), bots.kind_of(bot)
        if kind is not None and key not in {"name", *kind.unique}:
            continue
        if isinstance(value, str) and value and first.setdefault(value, number) != number:
            yield Complaint(f"bots[{number}].{key}", f"is the {key} of bots[{first[value]}] already")


def _webhooks(raw: Mapping[str, Any], bots: Bots[B]) -> Iterator[Complaint]:
    http = raw.get("http")
    public_url = http.get("public_url") if isinstance(http, dict) else None
    try:
        parts = urlsplit(public_url) if isinstance(public_url, str) else None
        is_https = parts is None or parts.scheme == "https"
        is_on_443 = parts is None or parts.port in {None, 443}
    except ValueError:
        return
    for number, bot in _tables(raw):
        kind = bots.kind_of(bot)
        hindrance = kind and kind.hindrance(bot, is_https=is_https, is_on_443=is_on_443)
        if hindrance:
            key, text = hindrance
            yield Complaint(f"bots[{number}].{key}", text)
