"""The bots as rows: the username that the messenger gave each, and how far it has read its updates."""

from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, select, update

from core.model.ids import BotName
from storage.statements import Statements, insert_or_replace
from storage.tables.messengers import bots

_USERNAME: Final = select(bots.c.username).where(bots.c.name == bindparam("name"))


_MARKER: Final = select(bots.c.marker).where(bots.c.name == bindparam("name"))
_PUT_MARKER: Final = update(bots).where(bots.c.name == bindparam("name_")).values(marker=bindparam("marker"))


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, bots, ("name",))


class SqlBots:
    """``core.ports.messengers.BotRepository`` in one transaction.

    A row is made by the first username; the marker is noted in it.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def username(self, bot: BotName) -> str | None:
        row = self._statements.first(_USERNAME, {"name": bot})
        return None if row is None else str(row[0])

    def put_username(self, bot: BotName, username: str) -> None:
        values = {"name": bot, "username": username, "marker": self.marker(bot)}
        self._statements.change(_put(self._statements.dialect), values)

    def marker(self, bot: BotName) -> str | None:
        row = self._statements.first(_MARKER, {"name": bot})
        return None if row is None else row[0]

    def put_marker(self, bot: BotName, marker: str) -> None:
        self._statements.change(_PUT_MARKER, {"name_": bot, "marker": marker})
