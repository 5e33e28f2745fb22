"""What a person does with the WhatsApp app: open a link, send, tap, share a contact, block, get a new number.

Everything a real app would not let the person do raises ImpossibleError, but for forged taps.
"""

from typing import Any, Final, TypedDict, Unpack

from emulator.errors import ImpossibleError
from emulator.people import Person
from emulator.whatsapp import payloads
from emulator.whatsapp.contacts import WhatsAppContact, shown_contact, told_contact
from emulator.whatsapp.errors import UNSUPPORTED, webhook_error
from emulator.whatsapp.links import parse_link
from emulator.whatsapp.model import Chat, Message, Tap
from emulator.whatsapp.platform import WhatsApp

Json = dict[str, Any]

WINDOW_SECONDS: Final = 24 * 3600.0
TEXT_LIMIT: Final = 65_536

_TITLE_LIMIT: Final = 20


class TextDetails(TypedDict, total=False):
    """What may be odd about a text.

    Forwarded (often: more than five times), from a group, sent `timestamp_offset` seconds from now.
    """

    is_forwarded: bool
    is_frequently_forwarded: bool
    group_id: str
    timestamp_offset: float


class WhatsAppPhone:
    """The hands of every person who uses this WhatsApp."""

    def __init__(self, whatsapp: WhatsApp) -> None:
        self._whatsapp = whatsapp

    def open_link(self, person: Person | int, link: str) -> Chat:
        """Open a link: its text stands in the entry field, to be changed or sent."""
        digits, text = parse_link(link)
        chat = self._whatsapp.chat(person, digits)
        chat.draft = text
        chat.touch()
        return chat

    def send_draft(self, chat: Chat, text: str | None) -> Message:
        """Press send, after the draft was changed to `text` unless that is None."""
        if text is None and not chat.draft:
            raise ImpossibleError("no_draft", "The entry field is empty: open a link with a text, or say what to send.")
        message = self.send_text(chat, chat.draft if text is None else text)
        chat.draft = ""
        chat.touch()
        return message

    def send_text(self, chat: Chat, text: str, **details: Unpack[TextDetails]) -> Message:
        """Send a text message."""
        self._must_be_open(chat)
        text = checked_text(text)
        is_forwarded = details.get("is_forwarded", False) or details.get("is_frequently_forwarded", False)
        message = self._whatsapp.new_message(chat, chat.person, text=text, is_forwarded=is_forwarded)
        self._send(chat, message, self.text_body(text, **details))
        return message

    def text_body(self, text: str, **details: Unpack[TextDetails]) -> Json:
        """Word a text as the webhook does, without its id and sender."""
        at = self._whatsapp.clock.now() + details.get("timestamp_offset", 0.0)
        body: Json = {"timestamp": str(int(at)), "type": "text", "text": {"body": text}}
        if details.get("is_frequently_forwarded"):
            body["context"] = {"frequently_forwarded": True}
        elif details.get("is_forwarded"):
            body["context"] = {"forwarded": True}
        if "group_id" in details:
            body["group_id"] = details["group_id"]
        return body

    def tap(self, chat: Chat, data: str, *, message: Message | None, wamid: str | None, sender: Person) -> Tap:
        """Tap a button that sends `data` under a message with this id, as `sender`, who may be another person."""
        own_chat = chat if sender is chat.person else self._whatsapp.chat(sender, chat.number)
        body, title = _reply(message, data)
        if wamid is not None:
            body["context"] = {"from": chat.number.digits, "id": wamid}
        reply_to = message if own_chat is chat else None
        sent = self._whatsapp.new_message(own_chat, sender, text=title, reply_to=reply_to)
        tap = Tap(sent.id, sender, wamid or "", data, sent.at)
        chat.number.taps[tap.id] = tap
        self._send(own_chat, sent, body)
        return tap

    def share_contact(self, chat: Chat, shared: WhatsAppContact) -> Message:
        """Send a contact card: as the answer to the business's button, or chosen by hand."""
        self._must_be_open(chat)
        owner = chat.person if shared.owner is None else self._whatsapp.people.find(shared.owner)
        is_requested = owner is chat.person and not shared.is_attached and not shared.is_forwarded
        request = _contact_request(chat) if is_requested else None
        if is_requested and request is None:
            raise ImpossibleError("no_contact_button", "No message has a button that shares the contact.")
        message = self._whatsapp.new_message(
            chat,
            chat.person,
            contact=shown_contact(owner, shared),
            reply_to=request,
            is_forwarded=shared.is_forwarded,
        )
        told = told_contact(self._whatsapp.identities.of(owner), shared, is_requested=is_requested)
        body: Json = {"type": "contacts", "contacts": [told]}
        if shared.is_forwarded:
            body["context"] = {"forwarded": True}
        elif request is not None:
            body["context"] = {"from": chat.number.digits, "id": request.id}
        self._send(chat, message, body)
        return message

    def send_unsupported(self, chat: Chat) -> Message:
        """Send something the API cannot show, such as a poll."""
        self._must_be_open(chat)
        message = self._whatsapp.new_message(chat, chat.person, text="(a poll)")
        error = webhook_error(UNSUPPORTED, "Message type is currently not supported.")
        self._send(chat, message, {"type": "unsupported", "errors": [error]})
        return message

    def change_identity(self, chat: Chat, new_phone: str | None) -> None:
        """Get a new phone number (None: only a new BSUID); the business learns how old and new belong together."""
        identity = self._whatsapp.identities.of(chat.person)
        old_wa_id, old_user_id, shows_phone = identity.wa_id, identity.user_id, self._whatsapp.shows_phone(chat)
        if new_phone is not None:
            chat.person.phone, identity.given_wa_id = new_phone, None
        identity.user_id = self._whatsapp.identities.new_user_id(chat.person.phone)
        system: Json = {"type": "user_changed_user_id", "body": f"User {identity.profile_name} changed"}
        message: Json = {"id": self._whatsapp.new_wamid(), "timestamp": self._timestamp(), "type": "system"}
        if not identity.is_legacy:
            system |= {"user_id": identity.user_id, "previous_user_id": old_user_id}
            message["from_user_id"] = old_user_id
        if new_phone is not None:
            system["type"] = "user_changed_number"
            if shows_phone:
                system |= {"wa_id": identity.wa_id, "body": f"{system['body']} from {old_wa_id} to {identity.wa_id}"}
                message["from"] = old_wa_id
        value = payloads.value_for(chat.number, messages=[{**message, "system": system}])
        self._whatsapp.webhooks.send(chat.number, value, chat.person.id)
        chat.person.touch()

    def read(self, chat: Chat) -> None:
        """Look at everything the business has written."""
        unread = [message for message in chat.messages.values() if message.sender is None and not message.is_read]
        for message in unread:
            if self._whatsapp.identities.of(chat.person).has_receipts:
                self._whatsapp.tell_status(chat, message, {"status": "read"})
            message.status = "read"
        if unread:
            chat.touch()

    def _send(self, chat: Chat, message: Message, body: Json) -> None:
        """Give the chat a message of the person, and tell the business unless it has blocked the person."""
        whatsapp, now = self._whatsapp, self._whatsapp.clock.now()
        self.read(chat)
        whatsapp.keep(chat, message)
        if chat.is_banned:
            return
        chat.window_until = now + WINDOW_SECONDS
        message.status = "delivered"
        whatsapp.limits.count_received(chat.number, now)
        identity = whatsapp.identities.of(chat.person)
        told = {"id": message.id, "timestamp": self._timestamp(), **body}
        value = payloads.message_value(chat.number, identity, told, shows_phone=whatsapp.shows_phone(chat))
        whatsapp.webhooks.send(chat.number, value, chat.person.id)

    def _timestamp(self) -> str:
        return str(int(self._whatsapp.clock.now()))

    @staticmethod
    def _must_be_open(chat: Chat) -> None:
        if chat.is_blocked:
            raise ImpossibleError("blocked", "The number is blocked: unblock it first.")


def checked_text(text: str) -> str:
    """Return what a person may send, without white space around it."""
    text = text.strip()
    if not 1 <= len(text) <= TEXT_LIMIT:
        raise ImpossibleError("bad_text", f"A message has 1 to {TEXT_LIMIT} characters.")
    return text


def find_button(chat: Chat, button: str | None, data: str | None, message_id: str | int | None) -> tuple[Message, Json]:
    """Find a button by its text or data, under one message (wamid or number) or the newest that has buttons."""
    if message_id is None:
        message = next((each for each in reversed(chat.messages.values()) if each.inline_keyboard), None)
    else:
        message = find_message(chat, message_id)
    for row in (message and message.inline_keyboard) or ():
        for each in row:
            if (
                message
                and (button is None or each["text"] == button)
                and (data is None or each.get("callback_data") == data)
            ):
                return message, each
    raise ImpossibleError("no_such_button", "No message shows this button.")


def find_message(chat: Chat, message_id: str | int) -> Message | None:
    """Find a message by its wamid or its number."""
    return chat.messages.get(message_id) if isinstance(message_id, int) else chat.find(message_id)


def _reply(message: Message | None, data: str) -> tuple[Json, str]:
    """Word the answer a button gives, and tell what the button says; a button that is not shown says its data."""
    buttons = [each for row in (message and message.inline_keyboard) or () for each in row]
    button = next((each for each in buttons if each.get("callback_data") == data), {"text": data[:_TITLE_LIMIT]})
    title = button["text"]
    if message is not None and message.reply_kind == "template":
        return {"type": "button", "button": {"payload": data, "text": title}}, title
    kind = "button_reply" if message is None else message.reply_kind
    reply = {"id": data, "title": title}
    if "description" in button:
        reply["description"] = button["description"]
    return {"type": "interactive", "interactive": {"type": kind, kind: reply}}, title


def _contact_request(chat: Chat) -> Message | None:
    for message in reversed(chat.messages.values()):
        if any(button.get("request_contact") for row in message.inline_keyboard or () for button in row):
            return message
    return None
