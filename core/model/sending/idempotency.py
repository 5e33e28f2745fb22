"""Requests that an app may send again without doing their work twice (``projects-api`` section 2, ``Idempotency-Key``).

What a request made is kept under the app's key for a day; the same request gets the same answer, another one under that
key is a conflict. How a request is carried out only once is ``core.sending.idempotency``.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import AppId, MessageId, SubscriptionId
from core.model.people.person import MessengerName

_KEY: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_QUOTED: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
"""A string as in RFC 8941 section 3.3.3."""
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Once:
    """An app's key for a request (1 to 255 characters), and the digest by which the same request is recognised."""

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
    """Return what an ``Idempotency-Key`` says; raise ``Invalid`` unless that is 1 to 255 printable ASCII characters.

    Quoted, as in the draft of the header (a string of RFC 8941), and bare it is the same key.
    """
    quoted = _QUOTED.fullmatch(key)
    bare = key if quoted is None else _ESCAPED.sub(r"\1", quoted[1])
    if not _KEY.fullmatch(bare):
        raise Invalid("Idempotency-Key", Wrong.BAD_IDEMPOTENCY_KEY)
    return bare
