"""The rules that span several settings, told from the raw tables.

They do not wait for each key to be right by itself, so that all complaints come at once; what has the wrong shape is
left to the other checks.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from config.addresses import is_loopback
from config.complaints import Complaint

_TELEGRAM_CALLS: Final = "webhook needs an https http.public_url: use polling without one"
_MAX_CALLS: Final = "webhook needs an https http.public_url without a port, since MAX calls port 443 only"
_META_CALLS: Final = "whatsapp needs an https http.public_url: Meta calls nothing else"


def complaints_across(raw: Mapping[str, Any]) -> list[Complaint]:
    """Return what is wrong between the settings of ``raw``, secrets from files being filled in."""
    return [*(twice for key in ("name", "token", "phone_number_id") for twice in _twice(raw, key)), *_webhooks(raw)]


def _bots(raw: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    bots = raw.get("bots")
    if isinstance(bots, list):
        yield from ((number, bot) for number, bot in enumerate(bots) if isinstance(bot, dict))


def _twice(raw: Mapping[str, Any], key: str) -> Iterator[Complaint]:
    first: dict[str, int] = {}
    for number, bot in _bots(raw):
        value = bot.get(key)
        if key == "token" and bot.get("messenger") == "whatsapp":
            continue  # one token of Meta's serves many numbers
        if isinstance(value, str) and value and first.setdefault(value, number) != number:
            yield Complaint(f"bots[{number}].{key}", f"is the {key} of bots[{first[value]}] already")


def _webhooks(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    http = raw.get("http")
    public_url = http.get("public_url") if isinstance(http, dict) else None
    try:
        parts = urlsplit(public_url) if isinstance(public_url, str) else None
        is_secure = parts is None or parts.scheme == "https"
        is_on_443 = parts is None or parts.port in {None, 443}
    except ValueError:
        return
    for number, bot in _bots(raw):
        if _is_here(bot.get("api_base")):
            continue
        match bot.get("messenger"), bot.get("updates"):
            case "telegram", "webhook" if not is_secure:
                yield Complaint(f"bots[{number}].updates", _TELEGRAM_CALLS)
            case "max", None | "webhook" if not (is_secure and is_on_443):
                yield Complaint(f"bots[{number}].updates", _MAX_CALLS)
            case "whatsapp", _ if not is_secure:
                yield Complaint(f"bots[{number}].messenger", _META_CALLS)
            case _:
                pass


def _is_here(api_base: object) -> bool:
    try:
        return isinstance(api_base, str) and is_loopback(urlsplit(api_base).hostname or "")
    except ValueError:
        return False
