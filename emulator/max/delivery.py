"""The API's methods about updates: polling, and the subscriptions that webhooks are."""

import ipaddress
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from emulator.faults import Faults
from emulator.max.errors import bad_payload, not_done, subscribed
from emulator.max.model import MESSENGER, Bot
from emulator.max.parameters import Json, Parameters, optional_text
from emulator.max.platform import Max
from emulator.max.subscription import Subscription
from emulator.max.updates import UPDATE_KINDS, Wanted

GET_UPDATES: Final = "GET /updates"
_LONGEST_POLL_SECONDS: Final = 30
_MOST_UPDATES: Final = 100
_SECRET: Final = re.compile(r"[a-zA-Z0-9_-]{5,256}")


async def get_updates(
    platform: Max, bot: Bot, parameters: Parameters, faults: Faults, is_listening: Callable[[], bool]
) -> Json:
    """Commit what is before the marker and wait for updates; not while there is a subscription."""
    if bot.subscriptions:
        raise subscribed()
    kinds = parameters.query.get("types")
    wanted = Wanted(
        marker=parameters.integer("marker"),
        limit=min(parameters.integer_within("limit", 100, 1, 1000), _MOST_UPDATES),
        seconds=min(parameters.integer_within("timeout", 30, 0, 90), _LONGEST_POLL_SECONDS),
        kinds=frozenset(kinds.split(",")) if kinds else None,
    )
    found, marker = await bot.updates.poll(wanted, is_listening)
    if len(found) > 1 and faults.strike_updates("out_of_order", MESSENGER, bot.username, GET_UPDATES):
        found = found[::-1]
    if found and faults.strike_updates("duplicate", MESSENGER, bot.username, GET_UPDATES):
        found = [update for update in found for _ in range(2)]
    lacks_marker = not found and platform.behaviour.empty_polls_lack_marker
    return {"updates": [update.body for update in found], "marker": None if lacks_marker else marker}


def get_subscriptions(_platform: Max, bot: Bot, _parameters: Parameters) -> Json:
    """List the subscriptions, without their secrets."""
    return {"subscriptions": [subscription.to_json() for subscription in bot.subscriptions.values()]}


def post_subscription(platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Add a subscription; the same URL cannot be subscribed twice."""
    fields = parameters.fields()
    url = optional_text(fields, "url") or ""
    _check_url(url)
    secret = optional_text(fields, "secret")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise bad_payload("secret: must match ^[a-zA-Z0-9_-]{5,256}$")
    kinds = _read_kinds(fields.get("update_types"))
    if url in bot.subscriptions:
        return not_done("There is a subscription with this URL already")
    bot.updates.end_poll(subscribed())
    platform.webhooks.start(bot, Subscription(url, secret or "", kinds, platform.clock.now()))
    return {"success": True}


def delete_subscription(platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """End the subscription with this URL."""
    subscription = bot.subscriptions.get(parameters.text("url"))
    if subscription is None:
        return not_done("There is no subscription with this URL")
    platform.webhooks.stop(bot, subscription)
    return {"success": True}


def _read_kinds(given: object) -> frozenset[str] | None:
    """Read the update types asked for; none means all."""
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(kind, str) for kind in given):
        raise bad_payload("update_types: must be an array of strings")
    unknown = [kind for kind in given if kind not in UPDATE_KINDS]
    if unknown or len(set(given)) < len(given):
        raise bad_payload(f"update_types: must be known and different: {', '.join(unknown or given)}")
    return frozenset(given) or None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise bad_payload("url: must be a valid URL") from None
    if _is_loopback(host) and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or not host:
        raise bad_payload("url: must be an HTTPS URL")
    if port is not None:
        raise bad_payload("url: must not name a port")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
