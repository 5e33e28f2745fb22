"""The log of what was sent to people, as rows: messages, in the order in which they were accepted."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select, tuple_

from core.model.ids import AppId, MessageId
from core.model.sending.outbox_message import LogFilter, OutboxMessage, Undelivered
from storage.repositories.outbox import MESSAGE
from storage.rows import to_ms
from storage.statements import Statements
from storage.tables.sending import IS_TEST, IS_UNDELIVERED, notices

_LAST: Final = notices.alias("last")
_PLACE: Final = tuple_(notices.c.created_at, notices.c.message_id)
_LAST_PLACE: Final = (
    select(_LAST.c.created_at, _LAST.c.message_id).where(_LAST.c.message_id == bindparam("after")).scalar_subquery()
)
_IN_STATE: Final = bindparam("state").is_(None) | (notices.c.state == bindparam("state"))
_PAGE: Final = (
    select(*MESSAGE.columns)
    .where(notices.c.app_id == bindparam("app_id"))
    .order_by(notices.c.created_at.desc(), notices.c.message_id.desc())
    .limit(bindparam("limit"))
)


def _page_of(*, is_next: bool, undelivered: bool, tests_only: bool) -> Select[Any]:
    page = _PAGE.where(_PLACE < _LAST_PLACE) if is_next else _PAGE
    page = page.where(IS_UNDELIVERED, _IN_STATE) if undelivered else page
    return page.where(IS_TEST) if tests_only else page


_BOTH: Final = (False, True)
PAGES: Final = {
    (is_next, undelivered, tests_only): _page_of(is_next=is_next, undelivered=undelivered, tests_only=tests_only)
    for is_next, undelivered, tests_only in product(_BOTH, _BOTH, _BOTH)
}
"""The pages by whether one follows another, and by the filter."""
_CAN_BE_REPLAYED: Final = (
    notices.c.created_at >= bindparam("since"),
    IS_UNDELIVERED,
    _IN_STATE,
    bindparam("bot").is_(None) | (notices.c.bot == bindparam("bot")),
    # Not in the words of an index: nearly all that has a text has arrived, and would be read for nothing.
    notices.c.content != bindparam("nothing"),
)
# Behind a place, in words that bound the index by the time alone: a page is found without reading those before it.
_REPLAYABLE: Final = (
    select(*MESSAGE.columns)
    .where(*_CAN_BE_REPLAYED, (notices.c.created_at > bindparam("since")) | (notices.c.message_id > bindparam("after")))
    .order_by(notices.c.created_at, notices.c.message_id)
    .limit(bindparam("limit"))
)
_COUNT: Final = (
    select(func.count()).select_from(notices).where(*_CAN_BE_REPLAYED, notices.c.created_at <= bindparam("until"))
)


class SqlDeliveryLog:
    """``core.ports.sending.DeliveryLogRepository`` in one transaction.

    It reads the table of the outbox, each page by an index that leads in the order of the page.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def page(self, app_id: AppId, wanted: LogFilter, after: MessageId | None, limit: int) -> Sequence[OutboxMessage]:
        values: dict[str, object] = {"app_id": app_id, "limit": limit}
        if after is not None:
            values["after"] = after
        if wanted.undelivered:
            values["state"] = wanted.state and wanted.state.value
        statement = PAGES[after is not None, wanted.undelivered, wanted.tests_only]
        return [MESSAGE.read(row) for row in self._statements.all(statement, values)]

    def undelivered(self, wanted: Undelivered, after: OutboxMessage | None, limit: int) -> Sequence[OutboxMessage]:
        values = {**_values(wanted), "after": "", "limit": limit}
        if after is not None:
            values |= {"since": to_ms(after.created_at), "after": after.message_id}
        return [MESSAGE.read(row) for row in self._statements.all(_REPLAYABLE, values)]

    def count_undelivered(self, wanted: Undelivered, until: datetime) -> int:
        row = self._statements.first(_COUNT, {**_values(wanted), "until": to_ms(until)})
        return 0 if row is None else int(row[0])


def _values(wanted: Undelivered) -> dict[str, object]:
    state = wanted.state and wanted.state.value
    return {"since": to_ms(wanted.since), "bot": wanted.bot, "state": state, "nothing": b""}
