"""Receipts as rows: how far a message came, as its messenger says."""

from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, select, tuple_

from core.model.ids import BotName
from core.model.messages.receipt import Receipt
from storage.rows import RowMapper, to_ms
from storage.statements import Statements, insert_or_replace
from storage.tables.sending import receipts

_RECEIPT: Final = RowMapper(receipts, Receipt)
_BY_MESSAGE: Final = select(*_RECEIPT.columns).where(
    receipts.c.bot == bindparam("bot"), receipts.c.message_id == bindparam("message_id")
)
_KEY: Final = (receipts.c.bot, receipts.c.message_id)
_FORGET: Final = delete(receipts).where(
    tuple_(*_KEY).in_(select(*_KEY).where(receipts.c.at < bindparam("before")).limit(bindparam("limit")))
)


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, receipts, ("bot", "message_id"))


class SqlReceipts:
    """``core.ports.sending.ReceiptRepository`` in one transaction; only a later stage replaces a row."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def put(self, receipt: Receipt) -> bool:
        last = self.by_message(receipt.bot, receipt.message_id)
        if last is not None and last.stage >= receipt.stage:
            return False
        self._statements.change(_put(self._statements.dialect), _RECEIPT.values(receipt))
        return True

    def by_message(self, bot: BotName, message_id: str) -> Receipt | None:
        return _RECEIPT.read_or_none(self._statements.first(_BY_MESSAGE, {"bot": bot, "message_id": message_id}))

    def forget(self, before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"before": to_ms(before), "limit": limit})
