"""People and their messenger accounts.

An account is one messenger account as one bot knows it. A person is the set of accounts that proved the same phone.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gatepost.core.model.ids import AccountId, AppId, BotName, PersonId, Phone, SubscriptionId


class MessengerName(StrEnum):
    """The messengers we speak; the value is the contract's ``type`` and the key in ``links``."""

    TELEGRAM = "telegram"
    MAX = "max"
    WHATSAPP = "whatsapp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a messenger says is talking to a bot. Names are passed on and never kept; ``user_id`` is a decimal string."""

    bot: BotName
    messenger: MessengerName
    user_id: str
    chat: str
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One messenger account as one bot knows it; ``language`` is the one the person chose, ``None`` = the app's own."""

    account_id: AccountId
    person_id: PersonId
    bot: BotName
    messenger: MessengerName
    user_id: str
    chat: str
    language: str | None = None
    phone: Phone | None = None
    phone_verified_at: datetime | None = None
    reachable: bool = True
    reachable_since: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever holds a phone; ``None`` while nobody proved one, or after the number moved to somebody else."""

    person_id: PersonId
    phone: Phone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An app may write to an account, since ``consented_at``, until ``ended_at``."""

    subscription_id: SubscriptionId
    app_id: AppId
    account_id: AccountId
    consented_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a site learns about who logged in; the contract's ``user`` object (``sites-api`` section 2.5)."""

    person_id: PersonId
    user_id: str
    messenger: MessengerName
    first_name: str
    last_name: str | None
    username: str | None
    phone: Phone | None
