"""What messengers call our bots, and how far the bots have read, as rows."""

from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, select, update

from core.model.ids import BotName
from storage.statements import Statements
from storage.tables.messengers import bots
from storage.upsert import insert_or_replace

_USERNAME: Final = select(bots.c.username).where(bots.c.name == bindparam("name"))


_MARKER: Final = select(bots.c.marker).where(bots.c.name == bindparam("name"))
_PUT_MARKER: Final = update(bots).where(bots.c.name == bindparam("name_")).values(marker=bindparam("marker"))


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, bots, ("name",))


class SqlBots:
    """``core.repositories.Bots`` in one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def username(self, bot: BotName) -> str | None:
        """Return the bot's username as last heard from its messenger."""
        row = self._statements.first(_USERNAME, {"name": bot})
        return None if row is None else str(row[0])

    def put_username(self, bot: BotName, username: str) -> None:
        """Remember what the messenger calls the bot."""
        values = {"name": bot, "username": username, "marker": self.marker(bot)}
        self._statements.change(_put(self._statements.dialect), values)

    def marker(self, bot: BotName) -> str | None:
        """Return how far the bot has read its updates, as its adapter noted it."""
        row = self._statements.first(_MARKER, {"name": bot})
        return None if row is None else row[0]

    def put_marker(self, bot: BotName, marker: str) -> None:
        """Note how far the bot has read its updates; the bot was reached before."""
        self._statements.change(_PUT_MARKER, {"name_": bot, "marker": marker})
