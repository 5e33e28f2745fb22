"""Our messages' buttons as Telegram's keyboards. A message has one of them at most."""

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from gatepost.core.model.message import Message


def markup_of(message: Message) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    """Return the keyboard below ``message``, ``None`` for none."""
    if message.ask_contact is not None:
        button = KeyboardButton(message.ask_contact, request_contact=True)
        return ReplyKeyboardMarkup([[button]], one_time_keyboard=True, resize_keyboard=True)
    if message.contact_done:
        return ReplyKeyboardRemove()
    rows = [
        [InlineKeyboardButton(choice.label, callback_data=choice.data) for choice in row] for row in message.choices
    ]
    if message.url_button is not None:
        rows.append([InlineKeyboardButton(message.url_button.label, url=message.url_button.url)])
    return InlineKeyboardMarkup(rows) if rows else None
