"""The Bot API's methods about updates: getUpdates, and setting, deleting and describing a webhook."""

import ipaddress
import re
from typing import Any, Final
from urllib.parse import urlsplit

from emulator.faults import Faults
from emulator.telegram.errors import SET_WEBHOOK, WEBHOOK_ACTIVE, ApiError, bad_request
from emulator.telegram.model import MESSENGER, Bot, Webhook
from emulator.telegram.parameters import Parameters
from emulator.telegram.platform import Telegram
from emulator.telegram.updates import UPDATE_KINDS

_LONGEST_POLL_SECONDS: Final = 50
_MOST_UPDATES: Final = 100
_MOST_CONNECTIONS: Final = 100
_USUAL_CONNECTIONS: Final = 40
_PORTS: Final = (80, 88, 443, 8443)
_SECRET_LIMIT: Final = 256
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]*")


async def get_updates(bot: Bot, parameters: Parameters, faults: Faults) -> list[dict[str, Any]]:
    """Confirm what the offset says and wait for updates; while a webhook is set this is a conflict."""
    if bot.webhook is not None:
        raise ApiError(409, WEBHOOK_ACTIVE)
    _remember_allowed(bot, parameters)
    bot.updates.confirm(parameters.integer("offset"))
    limit = parameters.integer("limit", _MOST_UPDATES)
    if not 1 <= limit <= _MOST_UPDATES:
        limit = _MOST_UPDATES
    seconds = min(max(parameters.integer("timeout"), 0), _LONGEST_POLL_SECONDS)
    found = await bot.updates.poll(limit, seconds)
    if len(found) > 1 and faults.strike_updates("out_of_order", MESSENGER, bot.username, "getUpdates"):
        found = found[::-1]
    if found and faults.strike_updates("duplicate", MESSENGER, bot.username, "getUpdates"):
        found = [update for update in found for _ in range(2)]
    return [update.to_json() for update in found]


def set_webhook(telegram: Telegram, bot: Bot, parameters: Parameters) -> tuple[bool, str]:
    """Set the webhook (an empty URL deletes it); returns the result and Telegram's remark."""
    url = parameters.text("url").strip()
    if not url:
        return delete_webhook(telegram, bot, parameters)
    _check_url(url)
    secret = parameters.text("secret_token")
    if len(secret) > _SECRET_LIMIT:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = parameters.integer("max_connections", _USUAL_CONNECTIONS)
    connections = min(max(connections, 1), _MOST_CONNECTIONS)
    _remember_allowed(bot, parameters)
    if parameters.flag("drop_pending_updates"):
        bot.updates.clear()
    bot.updates.end_poll(ApiError(409, SET_WEBHOOK))
    was = bot.webhook
    is_same = was is not None and (was.url, was.secret_token, was.max_connections) == (url, secret, connections)
    if is_same:
        return True, "Webhook is already set"
    telegram.webhooks.start(bot, Webhook(url, secret, connections))
    return True, "Webhook was set"


def delete_webhook(telegram: Telegram, bot: Bot, parameters: Parameters) -> tuple[bool, str]:
    """Delete the webhook; returns the result and Telegram's remark."""
    if parameters.flag("drop_pending_updates"):
        bot.updates.clear()
    if bot.webhook is None:
        return True, "Webhook is already deleted"
    telegram.webhooks.stop(bot)
    return True, "Webhook was deleted"


def get_webhook_info(bot: Bot) -> dict[str, Any]:
    """Describe the webhook and how its deliveries go."""
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.waiting()),
    }
    if bot.webhook is not None:
        info |= {"url": bot.webhook.url, "max_connections": bot.webhook.max_connections}
        if bot.webhook.last_error_date is not None:
            info["last_error_date"] = bot.webhook.last_error_date
            info["last_error_message"] = bot.webhook.last_error_message
    if bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info


def _remember_allowed(bot: Bot, parameters: Parameters) -> None:
    """Keep the list of wanted kinds; an absent one leaves the earlier, an empty one means the default kinds."""
    allowed = parameters.decoded("allowed_updates", "list of allowed update types")
    if allowed is None:
        return
    if not isinstance(allowed, list):
        raise bad_request("can't parse list of allowed update types: expected an Array of String")
    wanted = frozenset(str(kind) for kind in allowed) & UPDATE_KINDS
    bot.updates.allowed = wanted or None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise bad_request("bad webhook: Invalid webhook URL specified") from None
    if _is_loopback(host) and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
