"""One emulated Telegram: its bots and their chats, shared by the Bot API on one side and the phones on the other."""

import re
import string
from random import Random  # noqa: TID251 - only the type; the one source of randomness is made in emulator.py
from typing import Any, Final, Unpack
from urllib.parse import parse_qs, urlsplit

from emulator.errors import ImpossibleError
from emulator.faults import Faults
from emulator.people import People, Person
from emulator.telegram.limits import Limits
from emulator.telegram.model import Bot, Chat, Message, MessageContent
from emulator.telegram.updates import Updates
from emulator.telegram.webhook import WebhookSender
from emulator.waiting import Clock

TOKEN: Final = re.compile(r"(\d{1,16}):[A-Za-z0-9_-]{3,80}")
_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN_CHARACTERS: Final = string.ascii_letters + string.digits + "_-"


class Telegram:
    """Bots by token and by username, and what the two sides of a chat have in common.

    `history` is how many messages a chat remembers.
    """

    def __init__(self, people: People, clock: Clock, chance: Random, faults: Faults, history: int = 500) -> None:
        self.people = people
        self.clock = clock
        self.chance = chance
        self.limits = Limits()
        self.webhooks = WebhookSender(clock, faults)
        self._history = history
        self._by_token: dict[str, Bot] = {}
        self._by_username: dict[str, Bot] = {}

    def add_bot(self, username: str, token: str | None = None, first_name: str | None = None) -> Bot:
        """Register a bot; without a token one is made up. The number before the colon is the bot's id."""
        if not _USERNAME.fullmatch(username):
            raise ImpossibleError("bad_username", f"{username!r} is not a username: 3 to 32 letters, digits and _.")
        token = token or self._new_token()
        parts = TOKEN.fullmatch(token)
        if parts is None:
            raise ImpossibleError("bad_token", "A bot token is digits, a colon, then letters, digits, _ and -.")
        if token in self._by_token or username.lower() in self._by_username:
            raise ImpossibleError("bot_exists", "There is a bot with this username or token already.")
        updates = Updates(self.chance.randrange(10**8, 9 * 10**8), self.clock)
        bot = Bot(token, int(parts[1]), username, first_name or username, self.clock.now(), updates)
        self._by_token[token] = bot
        self._by_username[username.lower()] = bot
        return bot

    def rename(self, bot: Bot, username: str) -> None:
        """Give a bot another username, as its owner can at @BotFather; the former one is anybody's from then on."""
        if not _USERNAME.fullmatch(username) or username.lower() in self._by_username:
            raise ImpossibleError("bad_username", f"{username!r} is no username, or taken.")
        del self._by_username[bot.username.lower()]
        bot.username = username
        self._by_username[username.lower()] = bot

    def _new_token(self) -> str:
        secret = "".join(self.chance.choices(_TOKEN_CHARACTERS, k=35))
        return f"{self.chance.randrange(10**9, 9 * 10**9)}:{secret}"

    def bots(self) -> list[Bot]:
        """List the bots, oldest first."""
        return list(self._by_token.values())

    def bot_by_token(self, token: str) -> Bot | None:
        """Find the bot a token belongs to."""
        return self._by_token.get(token)

    def bot(self, bot: Bot | str) -> Bot:
        """Find a bot by username, with or without an at sign; a bot stands for itself."""
        if isinstance(bot, Bot):
            return bot
        found = self._by_username.get(bot.removeprefix("@").lower())
        if found is None:
            raise ImpossibleError("no_such_bot", f"There is no Telegram bot {bot}.")
        return found

    def chat(self, person: Person | int, bot: Bot | str) -> Chat:
        """Find the private chat of a person and a bot, opening it when the person looks at it for the first time."""
        bot = self.bot(bot)
        person = self.people.find(person)
        chat = bot.chats.get(person.id)
        if chat is None:
            chat = bot.chats[person.id] = Chat(person, bot, str(self.chance.getrandbits(62)))
        return chat

    def chats_of(self, person: Person) -> list[Chat]:
        """List the chats a person has."""
        return [chat for bot in self._by_token.values() if (chat := bot.chats.get(person.id)) is not None]

    def add_message(self, chat: Chat, sender: Person | None, **content: Unpack[MessageContent]) -> Message:
        """Append a message to a chat."""
        bot = chat.bot
        bot.last_message_id += 1
        message = Message(bot.last_message_id, int(self.clock.now()), sender, **content)
        chat.remember(message, self._history)
        if sender is None:
            chat.last_from_bot = message.id
        chat.action = ""
        chat.touch()
        return message

    def add_update(self, bot: Bot, kind: str, body: dict[str, Any], person: Person) -> None:
        """Give a bot an update caused by a person, for polling or by webhook."""
        update = bot.updates.add(kind, body, person.id)
        if update is not None and bot.webhook is not None:
            self.webhooks.send(bot, update)

    async def clear(self) -> None:
        """Forget all bots and end everything that is under way for them."""
        self.release()
        await self.webhooks.close()
        self._by_token.clear()
        self._by_username.clear()
        self.limits = Limits()

    def release(self) -> None:
        """End every long poll, as if its time were up."""
        for bot in self._by_token.values():
            bot.updates.end_poll(None)


def parse_link(link: str) -> tuple[str, str]:
    """Read a deep link (https://t.me/bot?start=…, the emulator's own /t.me/bot?start=…, tg://resolve?…).

    Return the bot's username and the payload, empty when Telegram would send a bare /start.
    """
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    if parts.scheme == "tg" and parts.netloc == "resolve":
        username = query.get("domain", [""])[0]
    else:
        username = parts.path.rstrip("/").rpartition("/")[2]
    if not _USERNAME.fullmatch(username):
        raise ImpossibleError("bad_link", "This is not a link to a bot.")
    return username, valid_payload(query.get("start", [""])[0])


def valid_payload(payload: str) -> str:
    """Return the payload, or nothing when it is longer than 64 characters or has one Telegram does not take."""
    return payload if _PAYLOAD.fullmatch(payload) else ""
