"""Recurring messages as rows, with the run under way and the last one."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, func, or_, select, update

from core.model.calendar.recurrence import Recurrence
from core.model.ids import AccountId, AppId, RecurringId
from core.model.later.recurring import Recurring, RecurringAudience, Run
from core.model.people.person import MessengerName
from storage.rows import Composite, Converter, RowMapper, from_ms, from_ms_or_none, to_ms
from storage.statements import Statements, insert_or_replace
from storage.tables.later import recurring as table
from storage.tables.subscribers import subscriptions


def _read_rhythm(kept: str) -> Recurrence:
    return Recurrence(**json.loads(kept))


def _write_rhythm(rhythm: Recurrence) -> str:
    return json.dumps(asdict(rhythm))


def _read_audience(channel: str | None, segment: str | None, permission: str | None) -> RecurringAudience:
    return RecurringAudience(MessengerName(channel) if channel else None, segment, permission)


def _write_audience(audience: RecurringAudience) -> tuple[str | None, str | None, str | None]:
    return (audience.channel.value if audience.channel else None, audience.segment, audience.permission)


def _read_run(began_at: int | None, after: str, accepted: int, skipped: int) -> Run | None:
    return None if began_at is None else Run(from_ms(began_at), AccountId(after), accepted, skipped)


def _write_run(run: Run | None) -> tuple[object, ...]:
    return (None,) * 4 if run is None else (to_ms(run.began_at), run.after, run.accepted, run.skipped)


def _read_last_run(kept: str) -> Run | None:
    return _read_run(*json.loads(kept))


def _write_last_run(run: Run) -> str:
    return json.dumps(_write_run(run))


_RECURRING: Final = RowMapper(
    table,
    Recurring,
    {
        "rhythm": Converter(_read_rhythm, _write_rhythm),
        "audience": Composite(("channel", "segment", "permission"), _read_audience, _write_audience),
        "run": Composite(("run_at", "run_after", "run_accepted", "run_skipped"), _read_run, _write_run),
        "last_run": Converter(_read_last_run, _write_last_run),
    },
)
_BY_ID: Final = select(*_RECURRING.columns).where(table.c.recurring_id == bindparam("recurring_id"))
_LIST: Final = (
    select(*_RECURRING.columns)
    .where(table.c.app_id == bindparam("app_id"))
    .order_by(table.c.created_at, table.c.recurring_id)
)
_REMOVE: Final = delete(table).where(table.c.recurring_id == bindparam("recurring_id_"))
_FIRST_DUE: Final = select(func.min(table.c.next_at))
_BEGAN_LATER: Final = select(table.c.recurring_id).where(table.c.run_at > bindparam("now")).limit(1)
_DUE: Final = (
    select(*_RECURRING.columns)
    .where(or_(table.c.next_at <= bindparam("now"), table.c.run_at > bindparam("now")))
    .order_by(func.coalesce(table.c.run_accepted + table.c.run_skipped, 0), table.c.next_at)
    .limit(1)
)
_ACCOUNTS: Final = (
    select(subscriptions.c.account_id)
    .where(
        subscriptions.c.app_id == bindparam("app_id"),
        subscriptions.c.account_id > bindparam("after"),
        subscriptions.c.ended_at.is_(None),
        subscriptions.c.consented_at <= bindparam("subscribed_by"),
    )
    .order_by(subscriptions.c.account_id)
    .limit(bindparam("limit"))
)
_RENAME: Final = (
    update(table)
    .where(table.c.app_id == bindparam("app_id_"), table.c.segment == bindparam("name_"))
    .values(segment=bindparam("new_name"))
)


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, table, ("recurring_id",))


class SqlRecurring:
    """``core.ports.later.RecurringRepository`` in one transaction.

    The columns from ``run_at`` on are the run under way; the last run is one column of JSON.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def put(self, recurring: Recurring) -> None:
        self._statements.change(_put(self._statements.dialect), _RECURRING.values(recurring))

    def by_id(self, recurring_id: RecurringId) -> Recurring | None:
        return _RECURRING.read_or_none(self._statements.first(_BY_ID, {"recurring_id": recurring_id}))

    def list_all(self, app_id: AppId) -> Sequence[Recurring]:
        return [_RECURRING.read(row) for row in self._statements.all(_LIST, {"app_id": app_id})]

    def remove(self, recurring_id: RecurringId) -> None:
        self._statements.change(_REMOVE, {"recurring_id_": recurring_id})

    def first_due(self, now: datetime) -> datetime | None:
        if self._statements.first(_BEGAN_LATER, {"now": to_ms(now)}):
            return now
        row = self._statements.first(_FIRST_DUE, {})
        return from_ms_or_none(row[0]) if row else None

    def due(self, now: datetime) -> Recurring | None:
        return _RECURRING.read_or_none(self._statements.first(_DUE, {"now": to_ms(now)}))

    def accounts_after(
        self, app_id: AppId, subscribed_by: datetime, after: AccountId, limit: int
    ) -> Sequence[AccountId]:
        values = {"app_id": app_id, "subscribed_by": to_ms(subscribed_by), "after": after, "limit": limit}
        return [row[0] for row in self._statements.all(_ACCOUNTS, values)]

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        self._statements.change(_RENAME, {"app_id_": app_id, "name_": name, "new_name": new_name})
