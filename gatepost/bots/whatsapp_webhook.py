"""What Meta posts to a WhatsApp webhook: who signed it, and the many updates in one body, each by itself.

The signature is HMAC-SHA-256 over the very bytes of the body, under the app's secret; without a secret nobody is let
in. A body's updates are independent: one that makes no sense does not hold up the others.
"""

import hmac
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from gatepost.core.errors import Invalid, WebhookRefused
from gatepost.core.model.ids import BotName
from gatepost.core.model.message import Update

logger = logging.getLogger(__name__)

_SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})")
_CHALLENGE_LIMIT: Final = 256

Json = Mapping[str, Any]


def check_signature(told: str, body: bytes, secrets: Sequence[str]) -> None:
    """Raise ``WebhookRefused`` unless ``told`` (the header) signs ``body`` under one of ``secrets``."""
    signature = _SIGNATURE.fullmatch(told)
    if signature is None or not any(
        hmac.compare_digest(hmac.new(secret.encode(), body, sha256).hexdigest(), signature[1]) for secret in secrets
    ):
        raise WebhookRefused


def challenge(query: Mapping[str, str], verify_token: str) -> str:
    """Return what Meta wants to hear when the webhook is being set up; raise ``WebhookRefused``."""
    told, wanted = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
    is_right = bool(verify_token) and hmac.compare_digest(told.encode(), verify_token.encode())
    if query.get("hub.mode") != "subscribe" or not is_right or len(wanted) > _CHALLENGE_LIMIT:
        raise WebhookRefused
    return wanted


def updates_in(bot: BotName, phone_number_id: str, body: bytes) -> list[Update]:
    """Return the updates for our number in a body; raise ``Invalid`` if it is no webhook of WhatsApp's."""
    try:
        told = json.loads(body)
        if told["object"] != "whatsapp_business_account":
            raise Invalid("not WhatsApp's")
        changes = [change for entry in told["entry"] for change in entry.get("changes") or ()]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid("not a webhook") from None
    found: list[Update] = []
    for change in changes:
        try:
            found += _updates_of(bot, phone_number_id, change)
        except (KeyError, TypeError, AttributeError):
            logger.warning("a part of a webhook makes no sense; passing over it", extra={"bot": bot})
    return found


def _updates_of(bot: BotName, phone_number_id: str, change: Json) -> Iterator[Update]:
    value = change["value"]
    if change.get("field") != "messages" or value["metadata"]["phone_number_id"] != phone_number_id:
        return
    for error in value.get("errors") or ():
        logger.error("WhatsApp reports trouble with the number", extra={"bot": bot, "code": error.get("code")})
    contacts = value.get("contacts") or []
    for message in value.get("messages") or ():
        kept = {"message": message, "contact": _contact_of(message, contacts)}
        yield Update(bot, f"message {message['id']}", json.dumps(kept).encode())
    for status in value.get("statuses") or ():
        yield Update(bot, f"status {status['id']} {status['status']}", json.dumps({"status": status}).encode())


def _contact_of(message: Json, contacts: Sequence[Json]) -> Json:
    """Return the sender's own entry among those of the whole body."""
    ids = {message.get("from_user_id"), message.get("from")} - {None}
    return next((each for each in contacts if ids & {each.get("user_id"), each.get("wa_id")}), {})
