"""Phone events as rows: a phone moved to another person, or joined an account to one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select

from core.model.people.person import PhoneEvent
from storage.rows import RowMapper, to_ms
from storage.statements import Statements, insert_all
from storage.tables.people import events

_ADD: Final = insert_all(events)
_EVENT: Final = RowMapper(events, PhoneEvent)
_LATEST: Final = select(*_EVENT.columns).order_by(events.c.at.desc(), events.c.event_id).limit(bindparam("limit"))
_FORGET: Final = delete(events).where(
    events.c.event_id.in_(select(events.c.event_id).where(events.c.at < bindparam("before")).limit(bindparam("limit")))
)


class SqlEvents:
    """``core.ports.people.EventRepository`` in one transaction; events are only ever added and forgotten."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, event: PhoneEvent) -> None:
        self._statements.change(_ADD, _EVENT.values(event))

    def latest(self, limit: int) -> Sequence[PhoneEvent]:
        return [_EVENT.read(row) for row in self._statements.all(_LATEST, {"limit": limit})]

    def forget(self, before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"before": to_ms(before), "limit": limit})
