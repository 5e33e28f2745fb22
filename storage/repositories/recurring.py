"""Messages that recur as rows."""

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
from storage.statements import Row, Statements
from storage.tables.later import recurring as table
from storage.tables.subscribers import subscriptions
from storage.upsert import insert_or_replace
from storage.values import from_ms, from_ms_or_none, to_ms

_ALL: Final = tuple(table.columns)
_BY_ID: Final = select(*_ALL).where(table.c.recurring_id == bindparam("recurring_id"))
_LIST: Final = (
    select(*_ALL).where(table.c.app_id == bindparam("app_id")).order_by(table.c.created_at, table.c.recurring_id)
)
_REMOVE: Final = delete(table).where(table.c.recurring_id == bindparam("recurring_id_"))
_FIRST_DUE: Final = select(func.min(table.c.next_at))
_BEGAN_LATER: Final = select(table.c.recurring_id).where(table.c.run_at > bindparam("now")).limit(1)
_DUE: Final = (
    select(*_ALL)
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
        run = recurring.run
        self._statements.change(
            _put(self._statements.dialect),
            {
                "recurring_id": recurring.recurring_id,
                "app_id": recurring.app_id,
                "name": recurring.name,
                "draft": recurring.draft,
                "rhythm": json.dumps(asdict(recurring.rhythm)),
                "channel": recurring.audience.channel.value if recurring.audience.channel else None,
                "segment": recurring.audience.segment,
                "permission": recurring.audience.permission,
                "created_at": to_ms(recurring.created_at),
                "next_at": to_ms(recurring.next_at),
                "last_run": None if recurring.last_run is None else json.dumps(_told(recurring.last_run)),
                "run_at": to_ms(run.began_at) if run else None,
                "run_after": run.after if run else None,
                "run_accepted": run.accepted if run else None,
                "run_skipped": run.skipped if run else None,
            },
        )

    def by_id(self, recurring_id: RecurringId) -> Recurring | None:
        row = self._statements.first(_BY_ID, {"recurring_id": recurring_id})
        return None if row is None else _recurring(row)

    def list_all(self, app_id: AppId) -> Sequence[Recurring]:
        return [_recurring(row) for row in self._statements.all(_LIST, {"app_id": app_id})]

    def remove(self, recurring_id: RecurringId) -> None:
        self._statements.change(_REMOVE, {"recurring_id_": recurring_id})

    def first_due(self, now: datetime) -> datetime | None:
        if self._statements.first(_BEGAN_LATER, {"now": to_ms(now)}):
            return now
        row = self._statements.first(_FIRST_DUE, {})
        return from_ms_or_none(row[0]) if row else None

    def due(self, now: datetime) -> Recurring | None:
        row = self._statements.first(_DUE, {"now": to_ms(now)})
        return None if row is None else _recurring(row)

    def accounts_after(
        self, app_id: AppId, subscribed_by: datetime, after: AccountId, limit: int
    ) -> Sequence[AccountId]:
        values = {"app_id": app_id, "subscribed_by": to_ms(subscribed_by), "after": after, "limit": limit}
        return [row[0] for row in self._statements.all(_ACCOUNTS, values)]

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        self._statements.change(_RENAME, {"app_id_": app_id, "name_": name, "new_name": new_name})


def _told(run: Run) -> list[object]:
    return [to_ms(run.began_at), run.after, run.accepted, run.skipped]


def _run(began_at: int, after: str, accepted: int, skipped: int) -> Run:
    return Run(from_ms(began_at), AccountId(after), accepted, skipped)


def _recurring(row: Row) -> Recurring:
    recurring_id, app_id, name, draft, rhythm, channel, segment, permission, created_at, next_at, last_run, *run = row
    return Recurring(
        recurring_id=recurring_id,
        app_id=app_id,
        name=name,
        draft=draft,
        rhythm=Recurrence(**json.loads(rhythm)),
        audience=RecurringAudience(MessengerName(channel) if channel else None, segment, permission),
        created_at=from_ms(created_at),
        next_at=from_ms(next_at),
        run=None if run[0] is None else _run(*run),
        last_run=None if last_run is None else _run(*json.loads(last_run)),
    )
