"""What WhatsApp remembers: business numbers, chats, messages and taps, and how a chat looks on the phone."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypedDict

from emulator.people import Person
from emulator.waiting import Bell

MESSENGER: Final = "whatsapp"

Json = dict[str, Any]
Rows = list[list[Json]]
ReplyKind = Literal["button_reply", "list_reply", "template"]
Signature = Literal["good", "bad", "missing"]


@dataclass(slots=True, eq=False)
class Message:
    """One message of a chat. `sender` is None for the business; `number` counts, `id` is the wamid, `at` in seconds.

    `status` is sent, delivered, read or failed; `reply_kind` is what a tap on one of its buttons sends.
    """

    number: int
    id: str
    at: float
    sender: Person | None
    text: str = ""
    media: Json | None = None
    inline_keyboard: Rows | None = None
    reply_kind: ReplyKind = "button_reply"
    contact: Json | None = None
    reply_to: "Message | None" = None
    is_forwarded: bool = False
    reaction: str = ""
    status: str = "sent"
    is_to_phone: bool = True
    opaque: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether the other side has read it: the person what the business wrote, or the other way round."""
        return self.status == "read"


class MessageContent(TypedDict, total=False):
    """What a new message may hold besides its sender: the fields of Message of the same names."""

    text: str
    media: Json | None
    inline_keyboard: Rows | None
    reply_kind: ReplyKind
    contact: Json | None
    reply_to: Message | None
    is_forwarded: bool
    is_to_phone: bool
    opaque: str | None


@dataclass(slots=True)
class Tap:
    """A tap on a button that sends data, and {"read": True} once the business has read it; `id` is its own wamid."""

    id: str
    person: Person
    message_id: str
    data: str
    at: float
    answer: Json | None = None
    answered: Bell = field(default_factory=Bell)


@dataclass(slots=True, eq=False)
class Chat:
    """The chat of a person with a business number; `draft` is what a link has put into the entry field.

    Free messages may be sent until `window_until`; until `phone_known_until` the number may see a hidden phone.
    """

    person: Person
    number: "Number"
    draft: str = ""
    is_blocked: bool = False
    is_banned: bool = False
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    last_from_bot: int = 0
    window_until: float = 0.0
    phone_known_until: float = 0.0
    typing_until: float = 0.0
    allowance: float | None = None
    counted_at: float = 0.0
    changed: Bell = field(default_factory=Bell)
    revision: int = 0

    @property
    def bot(self) -> "Number":
        """The business number, by the name all messengers have for the other side."""
        return self.number

    def touch(self) -> None:
        """Note a change and wake the watchers of the chat and of the person's phone."""
        self.revision += 1
        self.changed.ring()
        self.person.touch()

    def remember(self, message: Message, at_most: int) -> None:
        """Append a message, forgetting the oldest above `at_most`."""
        self.messages[message.number] = message
        if len(self.messages) > at_most:
            self.messages.popitem(last=False)

    def find(self, wamid: str) -> Message | None:
        """Find a message of the chat by its wamid."""
        return next((message for message in reversed(self.messages.values()) if message.id == wamid), None)


@dataclass(frozen=True, slots=True)
class Template:
    """An approved message template; `{{1}}`, `{{2}}`, … in the body are its parameters, `quick_replies` its buttons."""

    name: str
    language: str
    category: Literal["authentication", "utility", "marketing"]
    body: str
    quick_replies: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Number:
    """A business phone number with its app and its account, and everything WhatsApp keeps for it.

    Webhooks go to `callback_url` once the account `is_subscribed`. `failures` are the codes the next messages fail
    with after they were accepted; `delivered_in_month` counts the free messages of `month`.
    """

    digits: str
    phone_number_id: str
    account_id: str
    token: str = field(repr=False)
    app_secret: str = field(repr=False)
    verified_name: str
    callback_url: str | None = None
    is_subscribed: bool = False
    quality_rating: str = "GREEN"
    messaging_limit: str = "TIER_250"
    last_message: int = 0
    chats: dict[int, Chat] = field(default_factory=dict)
    received: OrderedDict[str, tuple[Chat, Message]] = field(default_factory=OrderedDict)
    taps: OrderedDict[str, Tap] = field(default_factory=OrderedDict)
    templates: dict[tuple[str, str], Template] = field(default_factory=dict)
    failures: deque[int] = field(default_factory=deque)
    month: tuple[int, int] = (0, 0)
    delivered_in_month: int = 0
    allowance: float | None = None
    counted_at: float = 0.0

    @property
    def username(self) -> str:
        """The digits, by the name all messengers have for what a bot is called."""
        return self.digits

    @property
    def first_name(self) -> str:
        """The verified name, by the name all messengers have for what people see."""
        return self.verified_name

    def to_json(self) -> Json:
        """Describe the number for the control API."""
        return {
            "messenger": MESSENGER,
            "username": self.digits,
            "first_name": self.verified_name,
            "id": self.phone_number_id,
        }


def chat_state(chat: Chat, now: float) -> Json:
    """Describe a chat as the phone shows it at the time `now`."""
    return {
        "messenger": MESSENGER,
        "bot": chat.number.digits,
        "bot_name": chat.number.verified_name,
        "person": chat.person.id,
        "started": True,
        "blocked": chat.is_blocked,
        "start_payload": None,
        "draft": chat.draft,
        "revision": chat.revision,
        "action": "typing" if now < chat.typing_until else "",
        "messages": [_phone_message(message) for message in chat.messages.values()],
        "reply_keyboard": None,
    }


def _phone_message(message: Message) -> Json:
    shown: Json = {"from_bot": message.sender is None, "message_id": message.id, "date": int(message.at)}
    if message.is_forwarded:
        shown["forward_origin"] = {"type": "hidden_user"}
    if message.contact is not None:
        shown["contact"] = message.contact
    if message.text:
        shown["text"] = message.text
    if message.media is not None:
        shown["media"] = [message.media]
    if message.inline_keyboard is not None:
        shown["reply_markup"] = {"inline_keyboard": message.inline_keyboard}
    if message.reaction:
        shown["reaction"] = message.reaction
    if message.reply_to is not None:
        shown["reply_to_message_id"] = message.reply_to.id
    return {**shown, "status": message.status}
