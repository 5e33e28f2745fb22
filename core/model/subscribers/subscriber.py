"""Subscribers as a site sees them: a subscription that is alive, and the account it goes to."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.model.apps.project import EXTERNAL_ID_LIMIT
from core.model.ids import SubscriptionId
from core.model.people.person import MessengerName
from core.model.subscribers.errors import InvalidExternalId

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One subscriber, in the contract's words (``projects-api`` section 5); ``lang`` is two letters.

    ``username`` is without ``@`` and empty if there is none; ``external_id`` is the site's own.
    """

    subscription_id: SubscriptionId
    channel: MessengerName
    first_name: str
    username: str
    lang: str
    tags: tuple[str, ...]
    permissions: tuple[str, ...]
    external_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriberFilter:
    """Which subscribers are meant: those for whom all that is named here holds; ``None`` holds for everybody."""

    channel: MessengerName | None = None
    external_id: str | None = None
    tag: str | None = None


ALL_SUBSCRIBERS: Final = SubscriberFilter()


def read_subscription_id(text: str) -> SubscriptionId | None:
    """Return the id that a text spells, capitals or not (RFC 9562 section 4); ``None`` if it is no UUID."""
    lowered = text.lower()
    return SubscriptionId(lowered) if _UUID.fullmatch(lowered) else None


def checked_external_id(external_id: str) -> str:
    """Return a site's own id for a subscriber, or raise ``InvalidExternalId``; it is compared to the letter."""
    is_good = (
        1 <= len(external_id) <= EXTERNAL_ID_LIMIT and external_id.isprintable() and external_id == external_id.strip()
    )
    if not is_good:
        raise InvalidExternalId
    return external_id
