"""How an answer is given: through the messenger, within its capabilities.

Where each message costs the operator money, strangers hear from us only about a live login, a login is one message
(the website shows how it ended, a read receipt says that we heard), and there is a budget a day: what is not about a
login may use up half of it, what anybody can bring about by a permanent link three quarters, and the rest is for people
whom a page is waiting for.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from bots.talk import texts
from core.clock import Clock
from core.model.messages.message import Message, Pressed
from core.model.people.person import Sender
from core.ports.messengers import Messenger, TryLater
from core.subscribers.membership import Membership


class Occasion(Enum):
    """What a reply is about; the value is how many quarters of a day's budget may go to it and to what matters less."""

    TALK = 2
    """Anything that known people ask for."""
    LINK = 3
    """A link that can be followed at any time, by anybody and without end."""
    LOGIN = 4
    """A login or code that a site is waiting for, or the end of a consent."""


_QUARTERS: Final = 4
_KEYS_LIMIT: Final = 100_000


class DailyCount:
    """Counts by key since midnight (UTC). Where there are too many keys, those that counted least are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day: date | None = None
        self._counts: Counter[str] = Counter()

    def count(self, key: str, more: int = 1) -> int:
        """Count ``more`` and return how many it makes today."""
        today = self._clock.now().date()
        if today != self._day:
            self._day, self._counts = today, Counter()
        if len(self._counts) >= _KEYS_LIMIT:
            self._counts = Counter(dict(self._counts.most_common(_KEYS_LIMIT // 2)))
        if more:
            self._counts[key] += more
        return self._counts[key]


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replies:
    """Gives answers. ``spent`` counts the metered ones."""

    subscribe: Membership
    spent: DailyCount

    async def send(
        self, messenger: Messenger, sender: Sender, message: Message, occasion: Occasion = Occasion.TALK
    ) -> str | None:
        """Send, and return the message's id, ``None`` if a limit forbids it; raise what ``Messenger.send`` raises."""
        if not messenger.capabilities.is_metered:
            return await messenger.send(sender.chat, message)
        if not await self._may_spend(messenger, sender, occasion):
            return None
        try:
            return await messenger.send(sender.chat, message)
        except TryLater:
            self._give_back(messenger, sender)
            raise

    async def respond(self, messenger: Messenger, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Answer a tap; where messages are metered with no more than the messenger's own acknowledgement."""
        await messenger.respond(pressed, toast, None if messenger.capabilities.is_metered else message)

    async def _may_spend(self, messenger: Messenger, sender: Sender, occasion: Occasion) -> bool:
        if occasion is Occasion.TALK and not await self.subscribe.is_known(sender):
            return False
        capabilities = messenger.capabilities
        purses = (
            (capabilities.replies_per_person_per_day, _purse(messenger, sender), logging.WARNING),
            (capabilities.replies_per_day, messenger.bot, logging.ERROR),
        )
        for limit, key, level in purses:
            if limit and self.spent.count(key, 0) >= max(1, limit * occasion.value // _QUARTERS):
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


@dataclass(frozen=True, slots=True)
class Speech:
    """Says sentences of ``texts``."""

    subscribe: Membership
    replies: Replies

    async def say(self, messenger: Messenger, sender: Sender, key: str, occasion: Occasion = Occasion.TALK) -> None:
        """Say the text ``key``; raises what ``Messenger.send`` raises."""
        said = Message(text=texts.say(await self.language(sender), key))
        await self.replies.send(messenger, sender, said, occasion)

    async def language(self, sender: Sender) -> str:
        """Return the language to speak to the person in."""
        return texts.spoken(*await self.subscribe.languages_of(sender))


def own_text(written: Mapping[str, str], language: str) -> str | None:
    """Return what an app wrote, in the language or else in one it wrote in; ``None`` if it wrote nothing."""
    return written.get(language) or written.get(texts.FALLBACK) or next(iter(written.values()), None)
