"""People, their messenger accounts, and what happened to their phones.

An account is one messenger account as one bot knows it. A person is the set of accounts that proved the same phone.
Events are what a site or an operator should know of that; they hold ids, and nothing personal.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Self

from core.model.ids import AccountId, BotName, EventId, PersonId, Phone


class UserIds(Enum):
    """What a messenger's user ids tell across several bots of ours."""

    PER_BOT = auto()
    """Nothing: the same id in two bots may be two humans."""
    SHARED = auto()
    """The same id in two bots is the same human, who may have other ids in other bots."""
    UNIVERSAL = auto()
    """A human has one and the same id for all bots."""


class MessengerName(StrEnum):
    """The messengers we speak; the value is the contract's ``type`` and the key in ``links``."""

    user_ids: UserIds

    TELEGRAM = "telegram", UserIds.UNIVERSAL
    MAX = "max"  # which promises nothing of its user ids
    WHATSAPP = "whatsapp", UserIds.SHARED  # they differ by portfolio

    def __new__(cls, value: str, user_ids: UserIds = UserIds.PER_BOT) -> Self:
        """Make a member of its value and of what its user ids tell."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.user_ids = user_ids
        return member


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a messenger says is talking to a bot, and when they did. Names are passed on and never kept.

    ``user_id`` is the messenger's own; WhatsApp's is the BSUID, or the number with ``+`` where it tells none.
    ``phone`` is a number that the messenger itself vouches is theirs, as it wrote it. ``at`` is by its clock.
    """

    bot: BotName
    messenger: MessengerName
    user_id: str
    chat: str
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language: str | None = None
    phone: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One messenger account as one bot knows it.

    ``language`` is the one the person chose, ``told_language`` what the messenger (or the website, where it says none)
    last said they speak. ``phone`` is E.164, in the form that the messenger gave. ``contact_asked_at`` is when we asked
    for the phone, ``None`` once they answered. ``spoke_at`` is the last time we heard of them, by the messenger's
    clock.
    """

    account_id: AccountId
    person_id: PersonId
    bot: BotName
    messenger: MessengerName
    user_id: str
    chat: str
    language: str | None = None
    told_language: str | None = None
    phone: Phone | None = None
    phone_verified_at: datetime | None = None
    contact_asked_at: datetime | None = None
    spoke_at: datetime | None = None
    reachable: bool = True
    reachable_since: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """One human, as the holder of a phone: ``phone`` is in the form of ``line_of`` (``phone.py``).

    ``None`` = no phone was proved, or it moved to another person.
    """

    person_id: PersonId
    phone: Phone | None = None


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
    phone_verified_at: datetime | None


class PhoneEventKind(StrEnum):
    """What can happen to a phone, in the contract's words."""

    PHONE_MOVED = "phone.moved"
    PHONE_JOINED = "phone.joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneEvent:
    """What an account of ``messenger`` changed by proving a phone.

    ``phone.moved``: the phone was ``former_person_id``'s and is ``person_id``'s now. ``phone.joined``: the account was
    ``former_person_id``'s and, having proved the phone of ``person_id`` by another messenger, is theirs now.
    """

    event_id: EventId
    kind: PhoneEventKind
    at: datetime
    messenger: MessengerName
    person_id: PersonId
    former_person_id: PersonId
