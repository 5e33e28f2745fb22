"""What messengers call our bots, as rows."""

from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, select

from gatepost.core.model.ids import BotName
from gatepost.storage.schema import bots
from gatepost.storage.statements import Statements
from gatepost.storage.upsert import insert_or_replace

_USERNAME: Final = select(bots.c.username).where(bots.c.name == bindparam("name"))


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, bots, ("name",))


class SqlBots:
    """``core.ports.Bots`` in one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def username(self, bot: BotName) -> str | None:
        """Return the bot's username as last heard from its messenger."""
        row = self._statements.first(_USERNAME, {"name": bot})
        return None if row is None else str(row[0])

    def put_username(self, bot: BotName, username: str) -> None:
        """Remember what the messenger calls the bot."""
        self._statements.change(_put(self._statements.dialect), {"name": bot, "username": username})
