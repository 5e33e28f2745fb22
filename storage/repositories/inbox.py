"""The updates of messengers as rows: with a body until they were worked on, a mere key afterwards."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, null, select, update

from core.model.ids import BotName
from core.model.messages.message import Update
from storage.rows import to_ms
from storage.statements import Statements, insert_or_skip
from storage.tables.messengers import inbox

_DONE: Final = (
    update(inbox).where(inbox.c.bot == bindparam("bot_"), inbox.c.key == bindparam("key_")).values(body=null())
)
_WAITING: Final = (
    select(inbox.c.key, inbox.c.body)
    .where(inbox.c.bot == bindparam("bot"), inbox.c.body.is_not(None), inbox.c.number > bindparam("after"))
    .order_by(inbox.c.number)
    .limit(bindparam("limit"))
)
_NUMBER: Final = select(inbox.c.number).where(inbox.c.bot == bindparam("bot"), inbox.c.key == bindparam("key"))
_FORGET: Final = delete(inbox).where(
    inbox.c.number.in_(
        select(inbox.c.number).where(inbox.c.taken_at < bindparam("taken_before")).limit(bindparam("limit"))
    )
)


@cache
def _take(dialect: str) -> Insert:
    return insert_or_skip(dialect, inbox, ("bot", "key", "body", "taken_at"), ("bot", "key"))


class SqlInbox:
    """``core.ports.messengers.InboxRepository`` in one transaction.

    An update has a body until it was worked on; its key stays, so that the same update is not taken twice.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def take(self, update: Update, sealed: bytes, now: datetime) -> bool:
        taken = self._statements.change(
            _take(self._statements.dialect),
            {"bot": update.bot, "key": update.key, "body": sealed, "taken_at": to_ms(now)},
        )
        return taken == 1

    def done(self, bot: BotName, keys: Sequence[str]) -> None:
        for key in keys:
            self._statements.change(_DONE, {"bot_": bot, "key_": key})

    def waiting(self, bot: BotName, after: str | None, limit: int) -> Sequence[tuple[str, bytes]]:
        last = None if after is None else self._statements.first(_NUMBER, {"bot": bot, "key": after})
        rows = self._statements.all(_WAITING, {"bot": bot, "after": last[0] if last else 0, "limit": limit})
        return [(key, body) for key, body in rows]

    def forget(self, taken_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"taken_before": to_ms(taken_before), "limit": limit})
