"""What MAX remembers: bots, dialogs, messages and taps, and how each looks in the API's JSON and on the phone."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from emulator.max.subscription import Subscription
from emulator.max.updates import Updates
from emulator.people import Person
from emulator.waiting import Bell

MESSENGER: Final = "max"
_FIRST_USER_ID: Final = 10**12

Json = dict[str, Any]


def user_id(person: Person) -> int:
    """Return the person's MAX user id, which is no person's id in another messenger."""
    return _FIRST_USER_ID + person.id


def person_id(of_user: int) -> int:
    """Return the id of the person with this MAX user id."""
    return of_user - _FIRST_USER_ID


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a forwarded message was first: its sender as an API User, its mid and seq."""

    sender: Json
    mid: str
    seq: int


@dataclass(slots=True)
class Message:
    """One message of a dialog. `sender` is None for the bot; `timestamp` is in milliseconds since 1970.

    `number` counts the messages of the bot, `id` is the mid; `text` and `contact` are what is to be seen, forwarded or
    not; `entities` say how the text looks; `buttons` are the keyboard's rows as the API takes them, `images` the
    addresses of pictures, `card` is the attachment of a shared contact.
    """

    number: int
    id: str
    seq: int
    timestamp: int
    sender: Person | None
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    buttons: list[list[Json]] | None = None
    images: list[str] = field(default_factory=list)
    contact: Json | None = None
    card: Json | None = None
    origin: Origin | None = None
    reply_to: "Message | None" = None
    edited_at: int | None = None

    @property
    def inline_keyboard(self) -> list[list[Json]] | None:
        """The rows of buttons under the message as the phone shows them, if any."""
        return None if self.buttons is None else [[shown_button(button) for button in row] for row in self.buttons]

    def body(self) -> Json:
        """Describe what the message itself says as an API MessageBody; what is forwarded stands in the link."""
        described: Json = {"mid": self.id, "seq": self.seq, "text": "", "attachments": []}
        return described if self.origin is not None else described | self._said()

    def link(self) -> Json | None:
        """Describe the message that this one forwards or answers as an API LinkedMessage."""
        if self.origin is not None:
            body = {"mid": self.origin.mid, "seq": self.origin.seq, **self._said()}
            return {"type": "forward", "sender": self.origin.sender, "message": body}
        return None if self.reply_to is None else {"type": "reply", "message": self.reply_to.body()}

    def _said(self) -> Json:
        attachments = [] if self.card is None else [self.card]
        for place, url in enumerate(self.images):
            shown = {"photo_id": self.seq + place, "url": url, "token": f"emulated-{self.seq:x}-{place}"}
            attachments.append({"type": "image", "payload": shown})
        if self.buttons is not None:
            payload = {"buttons": self.buttons}
            attachments.append({"type": "inline_keyboard", "callback_id": f"{self.seq:x}", "payload": payload})
        return {"text": self.text, "attachments": attachments}


class MessageContent(TypedDict, total=False):
    """What a new message may hold besides its sender: the fields of Message of the same names."""

    text: str
    entities: list[Json]
    buttons: list[list[Json]] | None
    images: list[str]
    contact: Json | None
    card: Json | None
    origin: Origin | None
    reply_to: Message | None


@dataclass(slots=True)
class Tap:
    """A tap on a button that sends data, and the bot's answer to it once there is one."""

    id: str
    chat: "Chat"
    person: Person
    message: Message | None
    data: str
    answer: Json | None = None
    answered: Bell = field(default_factory=Bell)


@dataclass(slots=True)
class Chat:
    """The dialog of a person with a bot. `start_payload` is that of a link just opened, START not yet pressed.

    `last_from_bot` is the number of the bot's newest message, `last_card` the contact shared last, as it was signed;
    `sent_at` are the moments of the bot's last calls about this dialog.
    """

    person: Person
    bot: "Bot"
    chat_id: int
    is_started: bool = False
    is_blocked: bool = False
    start_payload: str | None = None
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    last_from_bot: int = 0
    last_card: Json | None = None
    action: str = ""
    sent_at: deque[float] = field(default_factory=deque)
    changed: Bell = field(default_factory=Bell)
    revision: int = 0

    def touch(self) -> None:
        """Note a change and wake the watchers of the chat and of the person's phone."""
        self.revision += 1
        self.changed.ring()
        self.person.touch()


@dataclass(slots=True)
class Bot:
    """A bot account, with everything MAX keeps for it. Dialogs are found by person's id, messages by mid.

    `subscribed` rings when a subscription comes or goes, and at the end of each delivery; `called_at` are the moments
    of the last calls.
    """

    token: str = field(repr=False)
    id: int
    username: str
    first_name: str
    updates: Updates
    last_number: int = 0
    chats: dict[int, Chat] = field(default_factory=dict)
    messages: dict[str, tuple[Chat, Message]] = field(default_factory=dict)
    taps: dict[str, Tap] = field(default_factory=dict)
    commands: list[Json] = field(default_factory=list)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    subscribed: Bell = field(default_factory=Bell)
    called_at: deque[float] = field(default_factory=deque)

    def to_json(self) -> Json:
        """Describe the bot for the control API."""
        return {"messenger": MESSENGER, "username": self.username, "first_name": self.first_name, "id": self.id}


def bot_user(bot: Bot) -> Json:
    """Describe a bot as an API User."""
    return {"user_id": bot.id, "first_name": bot.first_name, "username": bot.username, "is_bot": True}


def user(person: Person) -> Json:
    """Describe a person as an API User; what is not set is not there."""
    described: Json = {"user_id": user_id(person), "first_name": person.first_name, "is_bot": False}
    if person.last_name:
        described["last_name"] = person.last_name
    if person.username:
        described["username"] = person.username
    return described


def api_message(chat: Chat, message: Message, *, has_chat_id: bool = True) -> Json:
    """Describe a message as an API Message; those in callbacks do not tell the dialog's id."""
    is_from_bot = message.sender is None
    sender = bot_user(chat.bot) if message.sender is None else user(message.sender)
    recipient: Json = {"chat_type": "dialog", "user_id": user_id(chat.person) if is_from_bot else chat.bot.id}
    if has_chat_id:
        recipient["chat_id"] = chat.chat_id
    described = {"sender": sender, "recipient": recipient, "timestamp": message.timestamp, "body": message.body()}
    link = message.link()
    return described if link is None else {**described, "link": link}


def shown_button(button: Json) -> Json:
    """Describe a button as the phone shows it, in the words it has for all messengers."""
    match button["type"]:
        case "callback":
            action: Json = {"callback_data": button["payload"]}
        case "link":
            action = {"url": button["url"]}
        case "clipboard":
            action = {"copy_text": {"text": button["payload"]}}
        case kind:
            action = {kind: True}
    return {"text": button["text"], **action}


def chat_state(chat: Chat) -> Json:
    """Describe a chat as the phone shows it."""
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
        "reply_keyboard": None,
    }


def _phone_message(message: Message) -> Json:
    shown: Json = {"message_id": message.id, "date": message.timestamp // 1000, "from_bot": message.sender is None}
    if message.edited_at is not None:
        shown["edit_date"] = message.edited_at // 1000
    if message.origin is not None:
        shown["forward_origin"] = {"type": "user"}
    if message.contact is not None:
        shown["contact"] = message.contact
    if message.text:
        shown["text"] = message.text
    if message.entities:
        shown["entities"] = message.entities
    if message.images:
        shown["media"] = [{"kind": "photo", "url": url} for url in message.images]
    if message.inline_keyboard is not None:
        shown["reply_markup"] = {"inline_keyboard": message.inline_keyboard}
    if message.reply_to is not None:
        shown["reply_to_message_id"] = message.reply_to.id
    return shown
