"""What Telegram remembers: bots, private chats, messages and taps, and how each looks in the Bot API's JSON."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from emulator.people import Person
from emulator.telegram.media import described
from emulator.telegram.updates import Updates
from emulator.waiting import Bell

MESSENGER: Final = "telegram"

Json = dict[str, Any]


@dataclass(slots=True)
class Message:
    """One message of a private chat. `sender` is None for the bot; `markup` is the reply_markup as it was accepted.

    With `media`, the text is its caption.
    """

    id: int
    date: int
    sender: Person | None
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    media: Json | None = None
    markup: Json | None = None
    contact: Json | None = None
    forward_origin: Json | None = None
    reply_to: "Message | None" = None
    edit_date: int | None = None
    is_protected: bool = False

    @property
    def inline_keyboard(self) -> list[list[Json]] | None:
        """The rows of buttons under the message, if any."""
        return self.markup.get("inline_keyboard") if self.markup else None

    @property
    def has_reply_keyboard(self) -> bool:
        """Whether the message came with something else than buttons under it: it cannot be edited then."""
        return self.markup is not None and "inline_keyboard" not in self.markup

    def content(self) -> Json:
        """Describe what the message says, in the Bot API's words, without who said it and where."""
        shown: Json = {"message_id": self.id, "date": self.date}
        if self.edit_date is not None:
            shown["edit_date"] = self.edit_date
        if self.forward_origin is not None:
            shown["forward_origin"] = self.forward_origin
        if self.is_protected:
            shown["has_protected_content"] = True
        if self.contact is not None:
            shown["contact"] = self.contact
        names = ("text", "entities")
        if self.media is not None:
            shown |= described(self.media, self.id)
            names = ("caption", "caption_entities")
        shown |= {name: said for name, said in zip(names, (self.text, self.entities), strict=True) if said}
        if self.inline_keyboard is not None:
            shown["reply_markup"] = self.markup
        return shown


class MessageContent(TypedDict, total=False):
    """What a new message may hold besides its sender: the fields of Message of the same names."""

    text: str
    entities: list[Json]
    media: Json | None
    markup: Json | None
    contact: Json | None
    forward_origin: Json | None
    reply_to: Message | None
    is_protected: bool


@dataclass(slots=True)
class Tap:
    """A tap on a button that sends data, and the bot's answer to it once there is one."""

    id: str
    person: Person
    message_id: int
    data: str
    at: float
    answer: Json | None = None
    answered: Bell = field(default_factory=Bell)


@dataclass(slots=True)
class Chat:
    """The private chat of a person with a bot. `start_payload` is that of a link just opened, START not yet pressed."""

    person: Person
    bot: "Bot"
    instance: str
    is_started: bool = False
    is_blocked: bool = False
    start_payload: str | None = None
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    reply_keyboard: Message | None = None
    last_from_bot: int = 0
    action: str = ""
    allowance: float | None = None
    counted_at: float = 0.0
    changed: Bell = field(default_factory=Bell)
    revision: int = 0

    def touch(self) -> None:
        """Note a change and wake the watchers of the chat and of the person's phone."""
        self.revision += 1
        self.changed.ring()
        self.person.touch()

    def remember(self, message: Message, at_most: int) -> None:
        """Append a message, forgetting the oldest above `at_most`."""
        self.messages[message.id] = message
        if len(self.messages) > at_most:
            self.messages.popitem(last=False)


@dataclass(slots=True)
class Webhook:
    """Where a bot wants its updates posted, and how that goes."""

    url: str
    secret_token: str
    max_connections: int
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass(slots=True)
class Bot:
    """A bot account, with everything Telegram keeps for it."""

    token: str = field(repr=False)
    id: int
    username: str
    first_name: str
    launched_at: float
    updates: Updates
    last_message_id: int = 0
    chats: dict[int, Chat] = field(default_factory=dict)
    taps: OrderedDict[str, Tap] = field(default_factory=OrderedDict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    webhook: Webhook | None = None
    logged_out_until: float = 0.0
    allowance: float | None = None
    counted_at: float = 0.0

    def to_json(self) -> Json:
        """Describe the bot for the control API."""
        return {"messenger": MESSENGER, "username": self.username, "first_name": self.first_name, "id": self.id}


def bot_user(bot: Bot) -> Json:
    """Describe a bot as a Bot API User."""
    return {"id": bot.id, "is_bot": True, "first_name": bot.first_name, "username": bot.username}


def named(person: Person) -> Json:
    """List the names of a person that are set, as User and Chat carry them."""
    names: Json = {"first_name": person.first_name}
    if person.last_name:
        names["last_name"] = person.last_name
    if person.username:
        names["username"] = person.username
    return names


def user(person: Person) -> Json:
    """Describe a person as a Bot API User."""
    described: Json = {"id": person.id, "is_bot": False, **named(person)}
    if person.language_code:
        described["language_code"] = person.language_code
    return described


def private_chat(person: Person) -> Json:
    """Describe the chat with a person as a Bot API Chat."""
    return {"id": person.id, **named(person), "type": "private"}


def api_message(chat: Chat, message: Message) -> Json:
    """Describe a message as a Bot API Message, with the message it answers one level deep."""
    described = _addressed(chat, message)
    if message.reply_to is not None:
        described["reply_to_message"] = _addressed(chat, message.reply_to)
    return described


def _addressed(chat: Chat, message: Message) -> Json:
    sender = bot_user(chat.bot) if message.sender is None else user(message.sender)
    return {"from": sender, "chat": private_chat(chat.person), **message.content()}


def chat_state(chat: Chat) -> Json:
    """Describe a chat as the phone shows it."""
    keyboard = chat.reply_keyboard
    return {
        "messenger": MESSENGER,
        "bot": chat.bot.username,
        "bot_name": chat.bot.first_name,
        "person": chat.person.id,
        "started": chat.is_started,
        "blocked": chat.is_blocked,
        "start_payload": chat.start_payload,
        "revision": chat.revision,
        "action": chat.action,
        "messages": [_phone_message(message) for message in chat.messages.values()],
        "reply_keyboard": None if keyboard is None else keyboard.markup,
    }


def _phone_message(message: Message) -> Json:
    shown = {"from_bot": message.sender is None, **message.content()}
    if message.media is not None:
        shown |= {"media": [message.media], "text": message.text, "entities": message.entities}
    if message.reply_to is not None:
        shown["reply_to_message_id"] = message.reply_to.id
    return shown
