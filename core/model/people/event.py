"""Events: what happened to people that a site or an operator should know. They hold ids, and nothing personal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.model.ids import EventId, PersonId
from core.model.people.person import MessengerName


class EventKind(StrEnum):
    """What can happen."""

    PHONE_MOVED = "phone.moved"
    PHONE_JOINED = "phone.joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What an account of ``messenger`` changed by proving a phone.

    ``phone.moved``: the phone was ``former_person_id``'s and is ``person_id``'s now. ``phone.joined``: the account was
    ``former_person_id``'s and, having proved the phone of ``person_id`` by another messenger, is theirs now.
    """

    event_id: EventId
    kind: EventKind
    at: datetime
    messenger: MessengerName
    person_id: PersonId
    former_person_id: PersonId
