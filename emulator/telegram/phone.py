"""What a person does with the Telegram app: open a link, press START, tap, write, share a contact, block.

Everything a real app would not let the person do raises ImpossibleError, but for taps, which a forged app could send.
"""

from typing import Any, Unpack

from emulator.errors import ImpossibleError
from emulator.people import Person
from emulator.telegram.entities import TEXT_LIMIT, command_entities
from emulator.telegram.keyboards import asks_for_contact
from emulator.telegram.model import Bot, Chat, Message, MessageContent, Tap, api_message, private_chat, user
from emulator.telegram.platform import Telegram, parse_link
from emulator.telegram.updates import TAP_LIFETIME_SECONDS

Json = dict[str, Any]


class TelegramPhone:
    """The hands of every person who uses this Telegram."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    def open_link(self, person: Person | int, link: str, *, press_start: bool) -> Chat:
        """Open a deep link, and press START at once or leave it to be pressed."""
        username, payload = parse_link(link)
        chat = self._telegram.chat(person, username)
        chat.start_payload = payload
        if press_start:
            self._start(chat)
        else:
            chat.touch()
        return chat

    def press_start(self, chat: Chat) -> Message:
        """Press START: there must be one, so the chat is new, blocked, or a link was opened."""
        if chat.is_started and not chat.is_blocked and chat.start_payload is None:
            raise ImpossibleError("no_start_button", "The chat is started and no link was opened: there is no START.")
        return self._start(chat)

    def _start(self, chat: Chat) -> Message:
        payload, chat.start_payload = chat.start_payload, None
        if chat.is_blocked:
            self.unblock(chat)
        chat.is_started = True
        return self._write(chat, text=f"/start {payload}" if payload else "/start")

    def send_text(self, chat: Chat, text: str) -> Message:
        """Send a text message."""
        self._must_be_open(chat)
        text = text.strip()
        if not 1 <= len(text) <= TEXT_LIMIT:
            raise ImpossibleError("bad_text", f"A message has 1 to {TEXT_LIMIT} characters.")
        return self._write(chat, text=text)

    def share_contact(self, chat: Chat, contact: Json, *, attached: bool, forwarded: bool) -> Message:
        """Send a contact: by the keyboard's button, or attached by hand or forwarded from another chat."""
        self._must_be_open(chat)
        if attached or forwarded:
            origin = self._origin(chat) if forwarded else None
            return self._write(chat, contact=contact, forward_origin=origin)
        keyboard = chat.reply_keyboard
        if keyboard is None or not asks_for_contact(keyboard.markup):
            raise ImpossibleError("no_contact_button", "No keyboard with a button that shares the contact is shown.")
        if keyboard.markup is not None and keyboard.markup.get("one_time_keyboard"):
            chat.reply_keyboard = None
        return self._write(chat, contact=contact, reply_to=keyboard)

    def _origin(self, chat: Chat) -> Json:
        return {"type": "user", "sender_user": user(chat.person), "date": int(self._telegram.clock.now())}

    def _write(self, chat: Chat, **content: Unpack[MessageContent]) -> Message:
        if entities := command_entities(content.get("text", "")):
            content["entities"] = entities
        message = self._telegram.add_message(chat, chat.person, **content)
        self._telegram.add_update(chat.bot, "message", api_message(chat, message), chat.person)
        return message

    def tap(self, chat: Chat, message: Message | None, data: str, sender: Person) -> Tap:
        """Tap a button that sends `data`, as `sender`; without a message the bot is told of one it cannot see."""
        bot = chat.bot
        now = self._telegram.clock.now()
        message_id = message.id if message else 0
        tap = Tap(str(self._telegram.chance.getrandbits(62)), sender, message_id, data, now)
        _forget_old_taps(bot, now)
        bot.taps[tap.id] = tap
        shown = (
            {"chat": private_chat(chat.person), "message_id": message_id, "date": 0}
            if message is None
            else api_message(chat, message)
        )
        query = {"id": tap.id, "from": user(sender), "message": shown, "chat_instance": chat.instance, "data": data}
        self._telegram.add_update(bot, "callback_query", query, sender)
        return tap

    def block(self, chat: Chat) -> None:
        """Block the bot, which is told at once."""
        if chat.is_blocked:
            raise ImpossibleError("blocked_already", "The bot is blocked already.")
        self._change_membership(chat, "member", "kicked")

    def unblock(self, chat: Chat) -> None:
        """Unblock the bot, which is told at once."""
        if not chat.is_blocked:
            raise ImpossibleError("not_blocked", "The bot is not blocked.")
        self._change_membership(chat, "kicked", "member")

    def _change_membership(self, chat: Chat, before: str, after: str) -> None:
        chat.is_blocked = after == "kicked"
        now = int(self._telegram.clock.now())
        body = {
            "chat": private_chat(chat.person),
            "from": user(chat.person),
            "date": now,
            "old_chat_member": _membership(chat.bot, before),
            "new_chat_member": _membership(chat.bot, after),
        }
        self._telegram.add_update(chat.bot, "my_chat_member", body, chat.person)
        chat.touch()

    @staticmethod
    def _must_be_open(chat: Chat) -> None:
        if chat.is_blocked:
            raise ImpossibleError("blocked", "The bot is blocked: unblock it first.")
        if not chat.is_started:
            raise ImpossibleError("not_started", "The chat has only a START button yet.")


def _membership(bot: Bot, status: str) -> Json:
    member: Json = {
        "user": {"id": bot.id, "is_bot": True, "first_name": bot.first_name, "username": bot.username},
        "status": status,
    }
    if status == "kicked":
        member["until_date"] = 0
    return member


def _forget_old_taps(bot: Bot, now: float) -> None:
    while bot.taps:
        oldest = next(iter(bot.taps.values()))
        if now - oldest.at < TAP_LIFETIME_SECONDS:
            return
        del bot.taps[oldest.id]


def find_button(chat: Chat, button: str | None, data: str | None, message_id: int | None) -> tuple[Message, Json]:
    """Find a button by its text or data, under one message or under the newest that has buttons."""
    if message_id is None:
        message = next((each for each in reversed(chat.messages.values()) if each.inline_keyboard), None)
    else:
        message = chat.messages.get(message_id)
    for row in (message and message.inline_keyboard) or ():
        for each in row:
            if (
                message
                and (button is None or each["text"] == button)
                and (data is None or each.get("callback_data") == data)
            ):
                return message, each
    raise ImpossibleError("no_such_button", "No message shows this button.")
