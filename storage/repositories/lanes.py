"""The lanes: which rows of the outbox a bot sends next, how its breaker stands, and how much waits."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, islice, zip_longest
from typing import Final

from sqlalchemy import Insert, bindparam, delete, func, null, select, update

from core.model.ids import AccountId, AppId, BotName, PersonId
from core.model.sending.breaker import Breaker
from core.model.sending.outbox_message import MessageState, OutboxMessage, Outcome, Priority
from storage.repositories.outbox import IS_FREE, MESSAGE
from storage.rows import UNKEPT, RowMapper, from_ms, to_ms
from storage.statements import Row, Statements, Values, insert_or_replace
from storage.tables.sending import attempts, breakers, notices

_IS_DUE_NOW: Final = (
    notices.c.next_at <= bindparam("now"),
    IS_FREE,
)
_IN_LANE: Final = (notices.c.bot == bindparam("bot"), notices.c.priority == bindparam("priority"))
_ANY: Final = select(notices.c.message_id).where(*_IN_LANE, *_IS_DUE_NOW).limit(1)
_NEWEST: Final = (
    select(notices.c.message_id)
    .where(*_IN_LANE, *_IS_DUE_NOW)
    .order_by(notices.c.next_at.desc())
    .limit(bindparam("newest"))
)
_TESTS: Final = (
    select(*MESSAGE.columns)
    .where(notices.c.message_id.in_(_NEWEST), notices.c.is_test.is_(True))
    .order_by(notices.c.next_at, notices.c.message_id)
    .limit(bindparam("limit"))
)
_NEWEST_LOOKED_AT: Final = 200
_NEXT_APP: Final = select(func.min(notices.c.app_id)).where(
    *_IN_LANE, notices.c.app_id > bindparam("after"), notices.c.next_at.is_not(None)
)
_OF_APP: Final = (
    select(*MESSAGE.columns)
    .where(*_IN_LANE, notices.c.app_id == bindparam("app_id"), *_IS_DUE_NOW)
    .order_by(notices.c.next_at, notices.c.message_id)
    .limit(bindparam("limit"))
)
_TAKE_BACK: Final = (
    update(notices)
    .where(
        notices.c.message_id == bindparam("id"),
        notices.c.state == MessageState.SENDING.value,
        notices.c.attempts == bindparam("before"),
    )
    .values(
        state=MessageState.ACCEPTED.value,
        attempts=bindparam("before") - 1,
        leased_until=null(),
    )
)
_DROP_ATTEMPT: Final = delete(attempts).where(
    attempts.c.message_id == bindparam("message_id_"), attempts.c.number == bindparam("number_")
)
_SET_BACK: Final = (
    update(notices)
    .where(
        notices.c.bot == bindparam("bot_"), notices.c.next_at > bindparam("now"), notices.c.next_at <= bindparam("till")
    )
    .values(next_at=notices.c.next_at - bindparam("by"))
)
_LAST_TAKEN: Final = (
    select(notices.c.account_id)
    .where(
        notices.c.app_id == bindparam("app_id"),
        notices.c.person_id == bindparam("person_id"),
        notices.c.platform_message_id.is_not(None),
        notices.c.state != MessageState.FAILED.value,
        notices.c.is_test.is_(False),
    )
    .order_by(notices.c.settled_at.desc())
    .limit(1)
)
_BREAKER: Final = RowMapper(breakers, Breaker, {"failed_at": UNKEPT}, apart=("bot", "noted_at"))
_BREAKERS: Final = select(*_BREAKER.columns).order_by(breakers.c.bot)
_WAITING: Final = (
    select(notices.c.bot, notices.c.priority, func.count(), func.min(notices.c.next_at))
    .where(notices.c.next_at.is_not(None), notices.c.next_at <= bindparam("now"))
    .group_by(notices.c.bot, notices.c.priority)
    .order_by(notices.c.bot, notices.c.priority)
)
_ENDED: Final = (
    select(attempts.c.bot, attempts.c.outcome, func.count())
    .where(attempts.c.began_at >= bindparam("since"), attempts.c.outcome.is_not(None))
    .group_by(attempts.c.bot, attempts.c.outcome)
    .order_by(attempts.c.bot, attempts.c.outcome)
)


@cache
def _put_breaker(dialect: str) -> Insert:
    return insert_or_replace(dialect, breakers, ("bot",))


class SqlLanes:
    """``core.ports.sending.LaneRepository`` in one transaction.

    It reads and leases rows of the outbox. Apps take turns by steps in an index, so that the length of a line does not
    matter.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def is_due(self, bot: BotName, now: datetime) -> bool:
        values = {"bot": bot, "now": to_ms(now)}
        return any(self._statements.first(_ANY, {**values, "priority": each.value}) for each in Priority)

    def due(self, bot: BotName, now: datetime, limit: int, after: AppId | None = None) -> Sequence[OutboxMessage]:
        rows: list[Row] = []
        for priority in Priority:
            room = limit - len(rows)
            if room > 0:
                values = {"bot": bot, "priority": priority.value, "now": to_ms(now), "limit": room}
                rows += self._in_turns(values, room, after or "")
        return [MESSAGE.read(row) for row in rows]

    def tests_due(self, bot: BotName, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        values = {"bot": bot, "now": to_ms(now), "limit": limit, "newest": _NEWEST_LOOKED_AT}
        rows = (self._statements.all(_TESTS, {**values, "priority": each.value}) for each in Priority)
        return [MESSAGE.read(row) for row in islice(chain.from_iterable(rows), limit)]

    def take_back(self, message: OutboxMessage) -> bool:
        values = {"id": message.message_id, "before": message.attempts}
        if self._statements.change(_TAKE_BACK, values) == 0:
            return False
        self._statements.change(_DROP_ATTEMPT, {"message_id_": message.message_id, "number_": message.attempts})
        return True

    def set_back(self, bot: BotName, now: datetime, until: datetime, by: timedelta) -> int:
        values = {"bot_": bot, "now": to_ms(now), "till": to_ms(until), "by": int(by.total_seconds() * 1000)}
        return self._statements.change(_SET_BACK, values)

    def last_taken(self, app_id: AppId, person_id: PersonId) -> AccountId | None:
        row = self._statements.first(_LAST_TAKEN, {"app_id": app_id, "person_id": person_id})
        return None if row is None else AccountId(row[0])

    def put_breaker(self, bot: BotName, breaker: Breaker, now: datetime) -> None:
        values = {"bot": bot, **_BREAKER.values(breaker), "noted_at": to_ms(now)}
        self._statements.change(_put_breaker(self._statements.dialect), values)

    def breakers(self) -> Sequence[tuple[BotName, Breaker]]:
        # The bot is no field of a breaker: as the primary key it is the last of the mapper's columns.
        return [(BotName(row[-1]), _BREAKER.read(row)) for row in self._statements.all(_BREAKERS, {})]

    def waiting(self, now: datetime) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        rows = self._statements.all(_WAITING, {"now": to_ms(now)})
        return [(bot, Priority(priority), count, from_ms(oldest)) for bot, priority, count, oldest in rows]

    def ended(self, since: datetime) -> Sequence[tuple[BotName, Outcome, int]]:
        rows = self._statements.all(_ENDED, {"since": to_ms(since)})
        return [(bot, Outcome(outcome), count) for bot, outcome, count in rows]

    def _in_turns(self, values: Values, room: int, after: str) -> list[Row]:
        """Return up to ``room`` rows of one priority: one of each app that has any, and so on, until there is room.

        No more apps are looked at than there is room for, so a lane with thousands of them is as quick as one with
        eight; the others' turn comes in the next round, since it begins behind the last one of this.
        """
        of_apps = islice(filter(None, (self._of_app(values, app) for app in self._apps(values, after))), room)
        rounds = zip_longest(*of_apps)
        return list(islice((row for row in chain.from_iterable(rounds) if row is not None), room))

    def _of_app(self, values: Values, app_id: str) -> Sequence[Row]:
        return self._statements.all(_OF_APP, {**values, "app_id": app_id})

    def _apps(self, values: Values, after: str) -> Iterator[str]:
        """Go once around the apps that have something in the lane, each found by one step in the index."""
        for begin, end in ((after, None), ("", after)):
            app = begin
            while (app := self._next_app(values, app)) and (end is None or app <= end):
                yield app

    def _next_app(self, values: Values, after: str) -> str:
        row = self._statements.first(_NEXT_APP, {**values, "after": after})
        return "" if row is None or row[0] is None else str(row[0])
