"""Where people open the bots: a deep link for each messenger.

Known without the messenger's adapter, so that logins can be started while a messenger is down: a bot's username is
remembered from the last time it was reached.
"""

from collections.abc import Sequence

from gatepost.core.model.bot import Bot
from gatepost.core.model.ids import BotName
from gatepost.core.model.person import MessengerName


class BotLinks:
    """The links of the daemon's bots. ``add`` them at the start, ``learn`` their usernames as they are reached."""

    def __init__(self) -> None:
        self._bots: dict[BotName, Bot] = {}
        self._bases: dict[BotName, str] = {}

    def add(self, bot: Bot, link_base: str) -> None:
        """Add a bot whose links begin with ``link_base``."""
        self._bots[bot.name] = bot
        self._bases[bot.name] = link_base.rstrip("/")

    def learn(self, name: BotName, username: str) -> bool:
        """Remember what the messenger calls the bot; return whether that is news."""
        known = self._bots[name]
        self._bots[name] = Bot(name, known.messenger, username)
        return known.username != username

    def bots(self) -> Sequence[Bot]:
        """List the bots."""
        return tuple(self._bots.values())

    def link(self, bot: BotName, code: str) -> str | None:
        """Return the address that opens the bot with ``code``; ``None`` until the bot was first reached."""
        username = self._bots[bot].username
        if username is None:
            return None
        match self._bots[bot].messenger:
            case MessengerName.TELEGRAM:
                return f"{self._bases[bot]}/{username}?start={code}"
            case MessengerName.MAX | MessengerName.WHATSAPP as messenger:
                raise NotImplementedError(messenger)
