"""The rules that span several settings, told from the raw tables.

They do not wait for each key to be right by itself, so that all complaints come at once; what has the wrong shape is
left to the other checks.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from gatepost.config.addresses import is_loopback
from gatepost.config.complaints import Complaint


def complaints_across(raw: Mapping[str, Any]) -> list[Complaint]:
    """Return what is wrong between the settings of ``raw``, secrets from files being filled in."""
    return [*_twice(raw, "name", "name"), *_twice(raw, "token", "token"), *_webhooks(raw)]


def _bots(raw: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    bots = raw.get("bots")
    if isinstance(bots, list):
        yield from ((number, bot) for number, bot in enumerate(bots) if isinstance(bot, dict))


def _twice(raw: Mapping[str, Any], key: str, word: str) -> Iterator[Complaint]:
    first: dict[str, int] = {}
    for number, bot in _bots(raw):
        value = bot.get(key)
        if isinstance(value, str) and value and first.setdefault(value, number) != number:
            yield Complaint(f"bots[{number}].{key}", f"is the {word} of bots[{first[value]}] already")


def _webhooks(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    http = raw.get("http")
    public_url = http.get("public_url") if isinstance(http, dict) else None
    if not isinstance(public_url, str) or public_url.startswith("https://"):
        return
    for number, bot in _bots(raw):
        if bot.get("updates") == "webhook" and not _is_here(bot.get("api_base")):
            yield Complaint(
                f"bots[{number}].updates", "webhook needs an https http.public_url: use polling without one"
            )


def _is_here(api_base: object) -> bool:
    try:
        return isinstance(api_base, str) and is_loopback(urlsplit(api_base).hostname or "")
    except ValueError:
        return False
