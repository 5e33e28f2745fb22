"""What an app asked under an idempotency key: asking the same again does nothing again (``projects-api`` section 2)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.errors import Invalid
from core.model.ids import AppId, MessageId, SubscriptionId
from core.model.people.person import MessengerName

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,128}")


@dataclass(frozen=True, slots=True)
class Once:
    """An app's key for a request, and the digest by which the same request is known."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of a request for one recipient or for all: the id of what was made, or why it cannot be sent.

    ``resource_id`` is that of a message, a scheduled message or a broadcast, whichever was asked for.
    ``subscription_id`` is ``None`` where the recipient was named by phone.
    """

    subscription_id: SubscriptionId | None
    channel: MessengerName | None
    resource_id: str | None
    why_not: str = ""

    @property
    def message_id(self) -> MessageId | None:
        """The id of the message, where a message was asked for."""
        return None if self.resource_id is None else MessageId(self.resource_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that was carried out."""

    app_id: AppId
    once: Once
    accepted: tuple[Accepted, ...]
    created_at: datetime


def checked_key(key: str) -> str:
    """Return an idempotency key, or raise ``Invalid``."""
    if not _KEY.fullmatch(key):
        raise Invalid("Idempotency-Key: must be 8 to 128 of A-Z, a-z, 0-9, '_' and '-'")
    return key
