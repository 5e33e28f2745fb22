"""How an answer is given: through the messenger, within its manners.

Where each message costs the operator money, strangers hear from us only about a live login, a login is one message
(the website shows how it ended, a read receipt says that we heard), and there is a budget a day, of which what is not
about a login may use up half.
"""

import logging
from dataclasses import dataclass

from bots.talk.tally import Tally
from core.model.messages.message import Message, Pressed
from core.model.people.person import Sender
from core.ports.messengers import Messenger, TryLater
from core.subscribers.membership import Subscribe

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replies:
    """Gives answers. ``spent`` counts the metered ones."""

    subscribe: Subscribe
    spent: Tally

    async def send(
        self, messenger: Messenger, sender: Sender, message: Message, *, is_about_login: bool = False
    ) -> str | None:
        """Send, and return the message's id, or ``None`` if manners forbid; raises what ``Messenger.send`` raises."""
        if not messenger.manners.is_metered:
            return await messenger.send(sender.chat, message)
        if not await self._may_spend(messenger, sender, is_about_login=is_about_login):
            return None
        try:
            return await messenger.send(sender.chat, message)
        except TryLater:
            self._give_back(messenger, sender)
            raise

    async def respond(self, messenger: Messenger, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Answer a tap; where messages are metered with no more than the messenger's own acknowledgement."""
        await messenger.respond(pressed, toast, None if messenger.manners.is_metered else message)

    async def _may_spend(self, messenger: Messenger, sender: Sender, *, is_about_login: bool) -> bool:
        if not is_about_login and not await self.subscribe.is_known(sender):
            return False
        manners = messenger.manners
        share = 1 if is_about_login else 2
        purses = (
            (manners.replies_per_person_per_day, _purse(messenger, sender), logging.WARNING),
            (manners.replies_per_day, messenger.bot, logging.ERROR),
        )
        for limit, key, level in purses:
            if limit and self.spent.count(key, 0) >= max(1, limit // share):
                self._tell_once(messenger, key, level)
                return False
        for _, key, _ in purses:
            self.spent.count(key)
        return True

    def _tell_once(self, messenger: Messenger, key: str, level: int) -> None:
        """Log that a purse is empty, once a day for each."""
        if self.spent.count(f"{key} empty") == 1:
            of = "bot" if key == messenger.bot else "person"
            logger.log(level, "the day's budget is spent; not answering", extra={"bot": messenger.bot, "of": of})

    def _give_back(self, messenger: Messenger, sender: Sender) -> None:
        """Take back what was counted for a message that did not go out and will be tried again."""
        for key in (_purse(messenger, sender), messenger.bot):
            if self.spent.count(key, 0):
                self.spent.count(key, -1)


def _purse(messenger: Messenger, sender: Sender) -> str:
    return f"{messenger.bot} {sender.user_id}"
