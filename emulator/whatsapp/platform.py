"""One emulated WhatsApp: its numbers and chats, shared by the Graph API on one side and the phones on the other."""

import base64
import re
import string
from random import Random  # noqa: TID251 - only the type; the one source of randomness is made in emulator.py
from typing import Any, Final, TypedDict, Unpack

from emulator.errors import ImpossibleError
from emulator.faults import Faults
from emulator.people import People, Person
from emulator.waiting import Clock
from emulator.whatsapp import payloads
from emulator.whatsapp.identity import Identities
from emulator.whatsapp.limits import Limits
from emulator.whatsapp.model import Chat, Message, MessageContent, Number
from emulator.whatsapp.webhook import WebhookSender

PHONE_MEMORY_SECONDS: Final = 30 * 24 * 3600.0

_DIGITS: Final = re.compile(r"[1-9][0-9]{6,14}")
_ID: Final = re.compile(r"[0-9]{1,20}")
_TOKEN_CHARACTERS: Final = string.ascii_letters + string.digits
_MOST_RECEIVED: Final = 10_000


class NumberDetails(TypedDict, total=False):
    """What may be said of a new business number; everything is made up if not."""

    phone_number_id: str | None
    token: str | None
    app_secret: str | None
    verified_name: str | None


class WhatsApp:
    """Numbers by their digits, people's identities, and what the two sides of a chat have in common.

    `history` is how many messages a chat remembers.
    """

    def __init__(self, people: People, clock: Clock, chance: Random, faults: Faults, history: int = 500) -> None:
        self.people = people
        self.clock = clock
        self.chance = chance
        self.identities = Identities(people, chance)
        self.limits = Limits()
        self.webhooks = WebhookSender(clock, faults)
        self._history = history
        self._by_digits: dict[str, Number] = {}
        self._revoked: set[str] = set()

    def add_number(self, phone: str, **details: Unpack[NumberDetails]) -> Number:
        """Register a business number with an account and an app of its own; a token may serve several numbers."""
        digits = "".join(character for character in phone if character.isdigit())
        if not _DIGITS.fullmatch(digits):
            raise ImpossibleError("bad_phone", f"{phone!r} is not a phone number: 7 to 15 digits with country code.")
        number_id = details.get("phone_number_id") or self._new_id()
        if not _ID.fullmatch(number_id):
            raise ImpossibleError("bad_phone_number_id", "A phone number id is 1 to 20 digits.")
        if any(digits == each.digits or number_id == each.phone_number_id for each in self.numbers()):
            raise ImpossibleError("number_exists", "There is a number with these digits or this id already.")
        token = details.get("token") or f"EAA{''.join(self.chance.choices(_TOKEN_CHARACTERS, k=180))}"
        secret = details.get("app_secret") or f"{self.chance.getrandbits(128):032x}"
        name = details.get("verified_name") or digits
        number = self._by_digits[digits] = Number(digits, number_id, self._new_id(), token, secret, name)
        return number

    def _new_id(self) -> str:
        return str(self.chance.randrange(10**14, 10**15))

    def numbers(self) -> list[Number]:
        """List the business numbers, oldest first."""
        return list(self._by_digits.values())

    def number(self, number: Number | str) -> Number:
        """Find a number by its digits, with or without a plus sign, or its id; a number stands for itself."""
        if isinstance(number, Number):
            return number
        wanted = number.removeprefix("+")
        for each in self.numbers():
            if wanted in (each.digits, each.phone_number_id):
                return each
        raise ImpossibleError("no_such_number", f"There is no WhatsApp number {number}.")

    def is_token(self, token: str) -> bool:
        """Tell whether anything may be done with a token."""
        return token not in self._revoked and any(token == number.token for number in self.numbers())

    def revoke(self, token: str) -> None:
        """Make a token worthless for every number it serves."""
        self._revoked.add(token)

    def chat(self, person: Person | int, number: Number | str) -> Chat:
        """Find the chat of a person and a number, opening it when it is looked at for the first time."""
        number = self.number(number)
        person = self.people.find(person)
        chat = number.chats.get(person.id)
        if chat is None:
            chat = number.chats[person.id] = Chat(person, number)
        return chat

    def chats_of(self, person: Person) -> list[Chat]:
        """List the chats a person has."""
        return [chat for number in self.numbers() if (chat := number.chats.get(person.id)) is not None]

    def new_wamid(self) -> str:
        """Choose a message id."""
        return f"wamid.HBg{base64.b64encode(self.chance.randbytes(33)).decode()}"

    def new_message(self, chat: Chat, sender: Person | None, **content: Unpack[MessageContent]) -> Message:
        """Make a message that is not in the chat yet."""
        chat.number.last_message += 1
        return Message(chat.number.last_message, self.new_wamid(), self.clock.now(), sender, **content)

    def keep(self, chat: Chat, message: Message) -> None:
        """Append a message to its chat, where both sides find it."""
        number = chat.number
        if message.sender is None:
            chat.last_from_bot = message.number
            chat.typing_until = 0.0
        else:
            number.received[message.id] = (chat, message)
            if len(number.received) > _MOST_RECEIVED:
                number.taps.pop(number.received.popitem(last=False)[0], None)
        number.chats.setdefault(chat.person.id, chat)
        chat.remember(message, self._history)
        chat.touch()

    def shows_phone(self, chat: Chat) -> bool:
        """Tell whether webhooks of a chat name the person's phone."""
        identity = self.identities.of(chat.person)
        return not identity.is_phone_hidden or self.clock.now() < chat.phone_known_until

    def tell_status(self, chat: Chat, message: Message, status: dict[str, Any]) -> None:
        """Give a message a new status and tell the business; a hidden phone is named if the message went to it."""
        message.status = status["status"]
        value = payloads.status_value(
            chat.number,
            self.identities.of(chat.person),
            message,
            {"timestamp": str(int(self.clock.now())), **status},
            shows_phone=message.is_to_phone or self.shows_phone(chat),
        )
        self.webhooks.send(chat.number, value, chat.person.id)

    async def clear(self) -> None:
        """Forget all numbers and end everything that is under way for them."""
        await self.webhooks.close()
        self._by_digits.clear()
        self._revoked.clear()
        self.identities.clear()
        self.limits = Limits()
