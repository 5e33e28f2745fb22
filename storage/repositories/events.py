"""What happened, as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select

from core.model.ids import EventId, PersonId
from core.model.people.person import MessengerName, PhoneEvent, PhoneEventKind
from storage.statements import Row, Statements
from storage.tables.people import events
from storage.upsert import insert_all
from storage.values import from_ms, to_ms

_ADD: Final = insert_all(events)
_LATEST: Final = select(*events.columns).order_by(events.c.at.desc(), events.c.event_id).limit(bindparam("limit"))
_FORGET: Final = delete(events).where(
    events.c.event_id.in_(select(events.c.event_id).where(events.c.at < bindparam("before")).limit(bindparam("limit")))
)


class SqlEvents:
    """``core.ports.people.EventRepository`` in one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, event: PhoneEvent) -> None:
        self._statements.change(
            _ADD,
            {
                "event_id": event.event_id,
                "kind": event.kind.value,
                "at": to_ms(event.at),
                "messenger": event.messenger.value,
                "person_id": event.person_id,
                "former_person_id": event.former_person_id,
            },
        )

    def latest(self, limit: int) -> Sequence[PhoneEvent]:
        return [_event(row) for row in self._statements.all(_LATEST, {"limit": limit})]

    def forget(self, before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"before": to_ms(before), "limit": limit})


def _event(row: Row) -> PhoneEvent:
    event_id, kind, at, messenger, person_id, former_person_id = row
    return PhoneEvent(
        event_id=EventId(event_id),
        kind=PhoneEventKind(kind),
        at=from_ms(at),
        messenger=MessengerName(messenger),
        person_id=PersonId(person_id),
        former_person_id=PersonId(former_person_id),
    )
