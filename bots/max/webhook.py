"""Keeps MAX posting to us alone, without a moment in between in which it posts to nowhere.

MAX drops a subscription silently after eight hours of failures, and adds a second one when told a second address. The
address carries what we want to hear, so that a change of that is another address, subscribed before the old one goes.
"""

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

from core.model.ids import BotName

logger = logging.getLogger(__name__)

UPDATE_TYPES: Final = ("message_created", "message_callback", "bot_started", "bot_stopped", "dialog_removed")

Json = dict[str, Any]


class Subscriptions(Protocol):
    """MAX's three calls about subscriptions."""

    async def list_all(self) -> list[Json]:
        """``GET /subscriptions``."""
        ...

    async def add(self, body: Json) -> None:
        """``POST /subscriptions``."""
        ...

    async def remove(self, url: str) -> None:
        """``DELETE /subscriptions``."""
        ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where MAX should post, and the secret it must send along (5 to 256 of ``A-Za-z0-9_-``)."""

    address: str
    secret: str

    @property
    def url(self) -> str:
        """The address, with a mark of what was subscribed under which secret."""
        mark = sha256(f"{self.secret} {' '.join(UPDATE_TYPES)}".encode()).hexdigest()[:16]
        return f"{self.address}?subscribed={mark}"


async def ensure(webhook: Webhook, subscriptions: Subscriptions, bot: BotName, *, is_expected: bool) -> None:
    """Subscribe if MAX does not post to us, and unsubscribe all others; it ``is_expected`` to post to us already."""
    known = await subscriptions.list_all()
    ours = [each for each in known if each.get("url") == webhook.url]
    if ours and set(ours[0].get("update_types") or UPDATE_TYPES) != set(UPDATE_TYPES):
        await subscriptions.remove(webhook.url)
        ours = []
    if not ours:
        if is_expected:
            logger.error("MAX had stopped posting to us; subscribing again", extra={"bot": bot})
        await subscriptions.add({"url": webhook.url, "update_types": list(UPDATE_TYPES), "secret": webhook.secret})
    for other in known:
        if other.get("url") not in {webhook.url, None}:
            logger.warning("MAX posted to another address too; ending that", extra={"bot": bot})
            await subscriptions.remove(str(other["url"]))
