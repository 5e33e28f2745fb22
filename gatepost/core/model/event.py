"""Events: what happened to people that a site or an operator should know. They hold ids, and nothing personal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gatepost.core.model.ids import EventId, PersonId
from gatepost.core.model.person import MessengerName


class EventKind(StrEnum):
    """What can happen."""

    PHONE_MOVED = "phone.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A phone line that ``former_person_id`` held was proved by another account of ``messenger``: ``person_id``'s."""

    event_id: EventId
    kind: EventKind
    at: datetime
    messenger: MessengerName
    person_id: PersonId
    former_person_id: PersonId
