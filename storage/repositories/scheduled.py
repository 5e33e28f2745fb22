"""Messages for later as rows: one subscriber, one time."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, func, select, tuple_

from core.model.ids import AppId, ScheduledId, SubscriptionId
from core.model.later.scheduled import Scheduled, ScheduledState
from storage.rows import RowMapper, from_ms_or_none, to_ms
from storage.statements import Statements, insert_or_replace
from storage.tables.later import scheduled as table

_SCHEDULED: Final = RowMapper(table, Scheduled)
_BY_ID: Final = select(*_SCHEDULED.columns).where(table.c.scheduled_id == bindparam("scheduled_id"))
_COUNT: Final = (
    select(func.count())
    .select_from(table)
    .where(table.c.app_id == bindparam("app_id"), table.c.state == bindparam("state"))
)
_PAGE: Final = (
    select(*_SCHEDULED.columns)
    .where(
        table.c.app_id == bindparam("app_id"),
        tuple_(table.c.scheduled_at, table.c.scheduled_id) > tuple_(bindparam("after_at"), bindparam("after_id")),
    )
    .order_by(table.c.scheduled_at, table.c.scheduled_id)
    .limit(bindparam("limit"))
)
_PAGE_OF: Final = _PAGE.where(table.c.state == bindparam("state"))
_FIRST_DUE: Final = select(func.min(table.c.next_at)).where(table.c.next_at.is_not(None))
_DUE: Final = (
    select(*_SCHEDULED.columns)
    .where(table.c.next_at <= bindparam("now"))
    .order_by(table.c.next_at)  # and by nothing else: many of the same time would be sorted for every few of them
    .limit(bindparam("limit"))
)
_FORGET_SUBSCRIPTION: Final = delete(table).where(table.c.subscription_id == bindparam("subscription_id_"))
_OLD: Final = select(table.c.scheduled_id).where(table.c.settled_at < bindparam("before")).limit(bindparam("limit"))
_FORGET: Final = delete(table).where(table.c.scheduled_id.in_(_OLD))


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, table, ("scheduled_id",))


class SqlScheduled:
    """``core.ports.later.ScheduledRepository`` in one transaction; a message that waits has ``next_at``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def put(self, scheduled: Scheduled) -> None:
        self._statements.change(_put(self._statements.dialect), _SCHEDULED.values(scheduled))

    def by_id(self, scheduled_id: ScheduledId) -> Scheduled | None:
        return _SCHEDULED.read_or_none(self._statements.first(_BY_ID, {"scheduled_id": scheduled_id}))

    def count_waiting(self, app_id: AppId) -> int:
        row = self._statements.first(_COUNT, {"app_id": app_id, "state": ScheduledState.SCHEDULED.value})
        return int(row[0]) if row else 0

    def page(
        self, app_id: AppId, state: ScheduledState | None, after: Scheduled | None, limit: int
    ) -> Sequence[Scheduled]:
        values: dict[str, object] = {
            "app_id": app_id,
            "after_at": to_ms(after.scheduled_at) if after else -1,
            "after_id": after.scheduled_id if after else "",
            "limit": limit,
        }
        if state is None:
            rows = self._statements.all(_PAGE, values)
        else:
            rows = self._statements.all(_PAGE_OF, {**values, "state": state.value})
        return [_SCHEDULED.read(row) for row in rows]

    def first_due(self) -> datetime | None:
        row = self._statements.first(_FIRST_DUE, {})
        return from_ms_or_none(row[0]) if row else None

    def due(self, now: datetime, limit: int) -> Sequence[Scheduled]:
        return [_SCHEDULED.read(row) for row in self._statements.all(_DUE, {"now": to_ms(now), "limit": limit})]

    def forget_subscription(self, subscription_id: SubscriptionId) -> None:
        self._statements.change(_FORGET_SUBSCRIPTION, {"subscription_id_": subscription_id})

    def forget(self, settled_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"before": to_ms(settled_before), "limit": limit})
