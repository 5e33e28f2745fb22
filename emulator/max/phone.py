"""What a person does with the MAX app: open a link, press START, tap, write, share a contact, stop the bot.

Everything a real app would not let the person do raises ImpossibleError, but for taps, which a forged app could send.
"""

from typing import Any, Unpack

from emulator.errors import ImpossibleError
from emulator.max.bodies import TEXT_LIMIT
from emulator.max.contacts import SharedContact, contact_attachment, shown_contact
from emulator.max.keyboards import asks_for_contact
from emulator.max.links import parse_link
from emulator.max.model import Chat, Message, MessageContent, Origin, Tap, api_message, user
from emulator.max.platform import Max
from emulator.people import Person

Json = dict[str, Any]


class MaxPhone:
    """The hands of every person who uses this MAX."""

    def __init__(self, platform: Max) -> None:
        self._max = platform

    def open_link(self, person: Person | int, link: str, *, press_start: bool) -> Chat:
        """Open a deep link, and press START, where it shows, at once or leave it to be pressed."""
        username, payload = parse_link(link)
        chat = self._max.chat(person, username)
        is_open = chat.is_started and not chat.is_blocked
        if is_open and self._max.behaviour.existing_dialog == "nothing":
            return chat
        if is_open and self._max.behaviour.existing_dialog == "text":
            self._write(chat, text=f"/start {payload}".strip())
            return chat
        chat.start_payload = payload
        if press_start:
            self._start(chat)
        else:
            chat.touch()
        return chat

    def press_start(self, chat: Chat) -> None:
        """Press START: there must be one, so the dialog is new, stopped, or a link was opened."""
        if chat.is_started and not chat.is_blocked and chat.start_payload is None:
            raise ImpossibleError("no_start_button", "The dialog is started and no link was opened: there is no START.")
        self._start(chat)

    def _start(self, chat: Chat) -> None:
        payload, chat.start_payload = chat.start_payload, None
        chat.is_started, chat.is_blocked = True, False
        self._tell(chat, "bot_started", **({"payload": payload} if payload else {}))
        chat.touch()

    def send_text(self, chat: Chat, text: str, *, is_forwarded: bool) -> Message:
        """Send a text message, of the person's own or forwarded from another chat."""
        self._must_be_open(chat)
        text = text.strip()
        if not 1 <= len(text) <= TEXT_LIMIT:
            raise ImpossibleError("bad_text", f"A message has 1 to {TEXT_LIMIT} characters.")
        return self._write(chat, text=text, origin=self._origin(chat) if is_forwarded else None)

    def share_contact(self, chat: Chat, shared: SharedContact | None) -> Message:
        """Send the person's own contact by the button under a message, or another one as described."""
        self._must_be_open(chat)
        if shared is None and not any(asks_for_contact(message.buttons) for message in chat.messages.values()):
            raise ImpossibleError("no_contact_button", "No message shows a button that shares the contact.")
        shared = shared or SharedContact()
        owner = chat.person if shared.owner is None else self._max.people.find(shared.owner)
        card = self._card(chat, owner, shared)
        origin = self._origin(chat) if shared.is_forwarded else None
        return self._write(chat, contact=shown_contact(owner, shared), card=card, origin=origin)

    def _card(self, chat: Chat, owner: Person, shared: SharedContact) -> Json:
        if shared.trick == "replayed":
            if chat.last_card is None:
                raise ImpossibleError("no_signed_contact", "No signed contact was shared that could be replayed.")
            return chat.last_card
        is_own = owner is chat.person and shared.phone_number is None and shared.has_user_id
        is_usual = is_own and not shared.is_attached
        is_signed = is_usual if shared.is_signed is None else shared.is_signed
        card = contact_attachment(chat.bot.token, owner, shared, is_signed=is_signed)
        if is_signed and shared.trick is None:
            chat.last_card = card
        return card

    def _origin(self, chat: Chat) -> Origin:
        mid, seq = self._max.new_mid(self._max.chance.randrange(10**13), 0)
        return Origin(user(chat.person), mid, seq)

    def _write(self, chat: Chat, **content: Unpack[MessageContent]) -> Message:
        message = self._max.add_message(chat, chat.person, **content)
        body = self._update(chat, "message_created", message=api_message(chat, message))
        self._max.add_update(chat.bot, body, chat.person)
        return message

    def tap(self, chat: Chat, message: Message | None, data: str, sender: Person) -> Tap:
        """Tap a button that sends `data`, as `sender`; without a message the bot is told of none."""
        bot = chat.bot
        callback_id = f"f9LHodD0cOL{self._max.chance.getrandbits(256):064x}"
        tap = Tap(callback_id, chat, sender, message, data)
        bot.taps[tap.id] = tap
        if len(bot.taps) > self._max.history:
            del bot.taps[next(iter(bot.taps))]
        callback = {
            "timestamp": self._max.now_ms(),
            "callback_id": callback_id,
            "payload": data,
            "user": user(sender),
        }
        is_hidden = self._max.behaviour.callbacks_lack_message
        shown = None if message is None or is_hidden else api_message(chat, message, has_chat_id=False)
        body = self._update(chat, "message_callback", callback=callback, message=shown)
        self._max.add_update(bot, body, sender)
        return tap

    def block(self, chat: Chat) -> None:
        """Stop the bot and remove the dialog, of which it is told in two updates."""
        if chat.is_blocked:
            raise ImpossibleError("blocked_already", "The bot is stopped already.")
        if not chat.is_started:
            raise ImpossibleError("not_started", "The dialog has only a START button yet.")
        chat.is_blocked = True
        self._tell(chat, "bot_stopped")
        self._tell(chat, "dialog_removed")
        chat.touch()

    def unblock(self, chat: Chat) -> None:
        """Start the bot again, without a payload."""
        if not chat.is_blocked:
            raise ImpossibleError("not_blocked", "The bot is not stopped.")
        chat.start_payload = None
        self._start(chat)

    def _tell(self, chat: Chat, kind: str, **fields: object) -> None:
        body = self._update(chat, kind, chat_id=chat.chat_id, user=user(chat.person), **fields)
        self._max.add_update(chat.bot, body, chat.person)

    def _update(self, chat: Chat, kind: str, **fields: object) -> Json:
        body: Json = {"update_type": kind, "timestamp": self._max.now_ms(), **fields}
        if chat.person.language_code:
            body["user_locale"] = chat.person.language_code
        return body

    @staticmethod
    def _must_be_open(chat: Chat) -> None:
        if chat.is_blocked:
            raise ImpossibleError("blocked", "The bot is stopped: start it first.")
        if not chat.is_started:
            raise ImpossibleError("not_started", "The dialog has only a START button yet.")


def find_button(chat: Chat, button: str | None, data: str | None, message_id: str | None) -> tuple[Message, Json]:
    """Find a button by its text or data, under one message (by mid) or under the newest that has buttons."""
    for message in reversed(chat.messages.values()):
        if not message.inline_keyboard or message_id not in (None, message.id):
            continue
        for row in message.inline_keyboard:
            for each in row:
                if button in (None, each["text"]) and data in (None, each.get("callback_data")):
                    return message, each
        break
    raise ImpossibleError("no_such_button", "No message shows this button.")
