"""Requests that an app may send again without doing their work twice (``projects-api`` section 2, ``Idempotency-Key``).

What a request made is kept under the app's key for a day; the same request gets the same answer, another one under that
key is a conflict. How a request is carried out only once is ``core.sending.idempotency``.
"""

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
    """An app's key for a request (8 to 128 characters), and the digest by which the same request is recognised."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one accepted request made for one recipient: the id of that, or why nothing could be made.

    ``resource_id`` is the id of a message in the outbox, of a scheduled message or of a broadcast, as the request asked
    for one of these; ``None`` where nothing has an id, and where ``why_not`` says what was in the way.
    ``subscription_id`` is ``None`` where the recipient was named by phone, or there are many.
    """

    subscription_id: SubscriptionId | None
    channel: MessengerName | None
    resource_id: str | None
    why_not: str = ""

    @property
    def message_id(self) -> MessageId | None:
        """The id of the message in the outbox; only for requests that ask for one."""
        return None if self.resource_id is None else MessageId(self.resource_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that was carried out, and what it made, in the order of the answer."""

    app_id: AppId
    once: Once
    accepted: tuple[Accepted, ...]
    created_at: datetime


def checked_key(key: str) -> str:
    """Return an ``Idempotency-Key``; raise ``Invalid`` unless it is 8 to 128 of ``A-Za-z0-9_-``."""
    if not _KEY.fullmatch(key):
        raise Invalid("Idempotency-Key: must be 8 to 128 of A-Z, a-z, 0-9, '_' and '-'")
    return key
