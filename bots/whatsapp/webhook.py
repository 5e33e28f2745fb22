"""What Meta posts to a WhatsApp webhook: who signed it, and the many updates in one body, each by itself.

The signature is HMAC-SHA-256 over the very bytes of the body, under the app's secret; without a secret no call is let
in. A body's updates are independent: one that makes no sense does not hold up the others.
"""

import hmac
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from bots.reading import is_id, kept, read_json
from bots.whatsapp.incoming import name_of
from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import BotName
from core.model.messages.errors import WebhookRefused
from core.model.messages.message import Update

logger = logging.getLogger(__name__)

_SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})")
_STATUS_LIMIT: Final = 32
_CHALLENGE_LIMIT: Final = 256

Json = Mapping[str, Any]


def check_signature(header: str, body: bytes, secrets: Sequence[str]) -> None:
    """Raise ``WebhookRefused`` unless ``told`` (the header) signs ``body`` under one of ``secrets``."""
    signature = _SIGNATURE.fullmatch(header)
    if signature is None or not any(
        hmac.compare_digest(hmac.new(secret.encode(), body, sha256).hexdigest(), signature[1]) for secret in secrets
    ):
        raise WebhookRefused


def challenge(query: Mapping[str, str], verify_token: str) -> str:
    """Return what Meta wants to hear when the webhook is being set up; raise ``WebhookRefused``."""
    token, wanted = query.get("hub.verify_token", ""), query.get("hub.challenge", "")
    is_right = bool(verify_token) and hmac.compare_digest(token.encode(), verify_token.encode())
    if query.get("hub.mode") != "subscribe" or not is_right or len(wanted) > _CHALLENGE_LIMIT:
        raise WebhookRefused
    return wanted


def updates_in(bot: BotName, phone_number_id: str, body: bytes) -> list[Update]:
    """Return the updates for our number in a body; raise ``Invalid`` if it is no webhook of WhatsApp's."""
    try:
        payload = read_json(body)
    except (ValueError, RecursionError):
        raise Invalid("body", Wrong.NOT_A_WEBHOOK) from None
    if not isinstance(payload, dict) or payload.get("object") != "whatsapp_business_account":
        raise Invalid("body", Wrong.NOT_A_WEBHOOK)
    return [
        update
        for entry in _objects(bot, payload, "entry")
        for change in _objects(bot, entry, "changes")
        if change.get("field") == "messages"
        for update in _updates_of(bot, phone_number_id, change.get("value"))
    ]


def _updates_of(bot: BotName, phone_number_id: str, value: object) -> Iterator[Update]:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(metadata, dict):
        _pass_over(bot)
        return
    if metadata.get("phone_number_id") != phone_number_id:
        logger.warning("Meta posts what is for another number here; passing over it", extra={"bot": bot})
        return
    for error in _objects(bot, value, "errors"):
        code = error.get("code")
        logger.error("WhatsApp reports trouble with the number", extra={"bot": bot, "code": code if is_id(code) else 0})
    contacts = list(_objects(bot, value, "contacts"))
    for message in _objects(bot, value, "messages"):
        if _are_ids(bot, message.get("id")):
            told = {"message": message, "contact": _contact_of(message, contacts)}
            yield kept(bot, told, f"message {name_of(message['id'])}")
        else:
            yield _senseless(bot, message)
    for status in _objects(bot, value, "statuses"):
        if _are_ids(bot, status.get("id"), status.get("status")):
            key = f"status {name_of(status['id'])} {status['status'][:_STATUS_LIMIT]}"
            yield kept(bot, {"status": status}, key)
        else:
            yield _senseless(bot, status)


def _senseless(bot: BotName, part: Json) -> Update:
    """Return what cannot be told from the next as an update all the same, which will be skipped and counted."""
    update = kept(bot, {"senseless": part}, None)
    return replace(update, key=f"senseless {update.key}")


def _objects(bot: BotName, whole: Json, name: str) -> Iterator[Json]:
    """Go through the objects that ``whole`` lists under ``name``, passing over whatever is none."""
    parts = whole.get(name, [])
    for part in parts if isinstance(parts, list) else [None]:
        if isinstance(part, dict):
            yield part
        else:
            _pass_over(bot)


def _are_ids(bot: BotName, *values: object) -> bool:
    """Tell whether these can be parts of a key: an update without one could not be told from the next."""
    are = all(isinstance(each, str) and each and each.isascii() for each in values)
    if not are:
        _pass_over(bot)
    return are


def _pass_over(bot: BotName) -> None:
    logger.warning("a part of a webhook makes no sense; passing over it", extra={"bot": bot})


def _contact_of(message: Json, contacts: Sequence[Json]) -> Json:
    """Return the sender's own entry among those of the whole body."""
    ids = [message[name] for name in ("from_user_id", "from") if message.get(name)]
    return next((each for each in contacts if each.get("user_id") in ids or each.get("wa_id") in ids), {})
