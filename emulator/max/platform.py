"""One emulated MAX: its bots and their dialogs, shared by the API on one side and the phones on the other."""

import re
import string
from random import Random  # noqa: TID251 - only the type; the one source of randomness is made in emulator.py
from typing import Any, Final, Unpack

from emulator.errors import ImpossibleError
from emulator.faults import Faults
from emulator.max.behaviour import Behaviour
from emulator.max.limits import Limits
from emulator.max.links import USERNAME
from emulator.max.model import Bot, Chat, Message, MessageContent
from emulator.max.updates import LIFETIME_SECONDS, Update, Updates
from emulator.max.webhook import WebhookSender
from emulator.people import People, Person
from emulator.waiting import Clock

_TOKEN: Final = re.compile(r"[!-~]{4,256}")
_TOKEN_CHARACTERS: Final = string.ascii_letters + string.digits + "_-"
_SEQ_SHIFT: Final = 16
_ID_MASK: Final = 2**64 - 1


class Max:
    """Bots by token and by username, and what the two sides of a dialog have in common.

    `history` is how many messages a dialog remembers, and how many taps a bot.
    """

    def __init__(self, people: People, clock: Clock, chance: Random, faults: Faults, history: int = 500) -> None:
        self.people = people
        self.clock = clock
        self.chance = chance
        self.limits = Limits()
        self.behaviour = Behaviour()
        self.webhooks = WebhookSender(clock, faults)
        self.history = history
        self._by_token: dict[str, Bot] = {}
        self._by_username: dict[str, Bot] = {}

    def add_bot(self, username: str, token: str | None = None, first_name: str | None = None) -> Bot:
        """Register a bot; without a token one is made up."""
        if not USERNAME.fullmatch(username):
            raise ImpossibleError("bad_username", f"{username!r} is not a username: 3 to 64 letters, digits and _.")
        token = token or self._new_token()
        if not _TOKEN.fullmatch(token):
            raise ImpossibleError("bad_token", "A bot token has 4 to 256 printable characters without spaces.")
        if token in self._by_token or username.lower() in self._by_username:
            raise ImpossibleError("bot_exists", "There is a bot with this username or token already.")
        updates = Updates(self.chance.randrange(10**8, 9 * 10**8), self.clock)
        bot = Bot(token, self.chance.randrange(10**8, 9 * 10**8), username, first_name or username, updates)
        self._by_token[token] = bot
        self._by_username[username.lower()] = bot
        return bot

    def _new_token(self) -> str:
        return "".join(self.chance.choices(_TOKEN_CHARACTERS, k=64))

    def revoke(self, bot: Bot) -> None:
        """Make the bot's token invalid; subscriptions stay, and what waits keeps waiting."""
        self._by_token.pop(bot.token, None)

    def reissue(self, bot: Bot, token: str | None) -> str:
        """Give the bot another token, made up when None, instead of the one it has or had; return it."""
        token = token or self._new_token()
        if not _TOKEN.fullmatch(token) or token in self._by_token:
            raise ImpossibleError("bad_token", "This token is none, or a bot has it already.")
        self.revoke(bot)
        bot.token = token
        self._by_token[token] = bot
        return token

    def bots(self) -> list[Bot]:
        """List the bots, oldest first."""
        return list(self._by_username.values())

    def bot_by_token(self, token: str) -> Bot | None:
        """Find the bot a token belongs to."""
        return self._by_token.get(token)

    def bot(self, bot: Bot | str) -> Bot:
        """Find a bot by username, with or without an at sign; a bot stands for itself."""
        if isinstance(bot, Bot):
            return bot
        found = self._by_username.get(bot.removeprefix("@").lower())
        if found is None:
            raise ImpossibleError("no_such_bot", f"There is no MAX bot {bot}.")
        return found

    def chat(self, person: Person | int, bot: Bot | str) -> Chat:
        """Find the dialog of a person and a bot, opening it when the person looks at it for the first time."""
        bot = self.bot(bot)
        person = self.people.find(person)
        chat = bot.chats.get(person.id)
        if chat is None:
            chat = bot.chats[person.id] = Chat(person, bot, -self.chance.randrange(10**13, 9 * 10**13))
        return chat

    def chats_of(self, person: Person) -> list[Chat]:
        """List the dialogs a person has."""
        return [chat for bot in self.bots() if (chat := bot.chats.get(person.id)) is not None]

    def now_ms(self) -> int:
        """Tell the time in milliseconds since 1970."""
        return int(self.clock.now() * 1000)

    def new_mid(self, chat_id: int, number: int) -> tuple[str, int]:
        """Make the mid and the seq of a message."""
        seq = (self.now_ms() << _SEQ_SHIFT) + number % (1 << _SEQ_SHIFT)
        return f"mid.{chat_id & _ID_MASK:016x}{seq:016x}", seq

    def add_message(self, chat: Chat, sender: Person | None, **content: Unpack[MessageContent]) -> Message:
        """Append a message to a dialog, forgetting the oldest when there are too many."""
        bot = chat.bot
        bot.last_number += 1
        mid, seq = self.new_mid(chat.chat_id, bot.last_number)
        message = Message(bot.last_number, mid, seq, self.now_ms(), sender, **content)
        chat.messages[message.number] = message
        bot.messages[mid] = (chat, message)
        if len(chat.messages) > self.history:
            _, oldest = chat.messages.popitem(last=False)
            bot.messages.pop(oldest.id, None)
        if sender is None:
            chat.last_from_bot = message.number
        chat.action = ""
        chat.touch()
        return message

    def add_update(self, bot: Bot, body: dict[str, Any], person: Person | None) -> None:
        """Give a bot an update caused by a person (None: injected), by its subscriptions or else for polling."""
        expires_at = self.clock.now() + LIFETIME_SECONDS
        kind = str(body["update_type"])
        update = Update(kind, body, 0 if person is None else person.id, expires_at, is_injected=person is None)
        if not bot.subscriptions:
            bot.updates.add(update)
        for subscription in list(bot.subscriptions.values()):
            if subscription.wants(update):
                self.webhooks.send(bot, subscription, update)

    async def clear(self) -> None:
        """Forget all bots and end everything that is under way for them."""
        self.release()
        await self.webhooks.close()
        self._by_token.clear()
        self._by_username.clear()
        self.limits = Limits()
        self.behaviour = Behaviour()

    def release(self) -> None:
        """End every poll, as if its time were up."""
        for bot in self.bots():
            bot.updates.end_poll(None)
