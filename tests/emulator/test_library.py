"""python-telegram-bot cannot tell the emulator from Telegram: its own Bot and types, over its own HTTP client."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.request import HTTPXRequest

from emulator import Emulator, Fault
from emulator.people import Person
from emulator.telegram.model import Bot as EmulatedBot


@pytest.fixture
async def library(base_url: str, bot: EmulatedBot) -> AsyncIterator[Bot]:
    """Make the library's Bot, pointed at the emulator."""
    requests = [HTTPXRequest(httpx_kwargs={"trust_env": False}) for _ in range(2)]
    async with Bot(
        bot.token, base_url=f"{base_url}/bot", request=requests[0], get_updates_request=requests[1]
    ) as library:
        yield library


async def test_a_login_through_the_library(emulator: Emulator, library: Bot, bot: EmulatedBot, anna: Person) -> None:
    """Start, contact, buttons, tap, answer, edit: every step parses into the library's types."""
    emulator.open_link(anna, "https://t.me/gate_bot?start=abc")
    (start,) = await library.get_updates(timeout=5, allowed_updates=["message", "callback_query", "my_chat_member"])
    assert start.message is not None
    assert start.message.text == "/start abc"
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Share", request_contact=True)]], one_time_keyboard=True)
    await library.send_message(anna.id, "Your <b>number</b>?", parse_mode=ParseMode.HTML, reply_markup=keyboard)
    emulator.share_contact(anna, bot)
    (shared,) = await library.get_updates(offset=start.update_id + 1, timeout=5)
    assert shared.message is not None
    assert shared.message.contact is not None
    assert shared.message.contact.user_id == anna.id
    assert shared.message.reply_to_message is not None
    await library.send_message(anna.id, "Thanks", reply_markup=ReplyKeyboardRemove())
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes", style="success")]])
    asked = await library.send_message(anna.id, "Log in?", reply_markup=buttons, protect_content=True)
    tap = emulator.tap(anna, bot, "Yes")
    (tapped,) = await library.get_updates(offset=shared.update_id + 1, timeout=5)
    assert tapped.callback_query is not None
    assert tapped.callback_query.data == "yes"
    assert await tapped.callback_query.answer("Done") is True
    assert tap.answer == {"text": "Done", "show_alert": False, "url": ""}
    edited = await library.edit_message_text("Logged in", anna.id, asked.message_id)
    assert not isinstance(edited, bool)
    assert edited.reply_markup is None
    emulator.block(anna, bot)
    (blocked,) = await library.get_updates(offset=tapped.update_id + 1, timeout=5)
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await library.send_message(anna.id, "Hello?")


async def test_errors_become_the_librarys(
    emulator: Emulator, library: Bot, started: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusals and faults turn into the exceptions the library raises for the real server."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    with pytest.raises(BadRequest, match="Chat not found"):
        await library.send_message(404, "Hi")
    emulator.add_fault(Fault("status", status=429, description="Too Many Requests: retry after 7", retry_after=7))
    with pytest.raises(RetryAfter) as asked:
        await library.send_message(started.id, "Hi")
    assert asked.value.retry_after == timedelta(seconds=7)
    emulator.add_fault(Fault("garbage", status=502))
    with pytest.raises(NetworkError):
        await library.send_message(started.id, "Hi")
    emulator.add_fault(Fault("drop"))
    with pytest.raises(NetworkError):
        await library.send_message(started.id, "Hi")
    await library.set_webhook("http://127.0.0.1:9/hook", secret_token="s3cret")
    with pytest.raises(Conflict):
        await library.get_updates()
    assert (await library.get_webhook_info()).url == "http://127.0.0.1:9/hook"
    await library.delete_webhook()
    await emulator.reset()
    with pytest.raises(InvalidToken):
        await library.get_me()


async def test_the_smaller_methods(library: Bot, started: Person) -> None:
    """Commands, chat actions and deleting go through the library as well."""
    assert await library.set_my_commands([BotCommand("start", "Begin")]) is True
    assert await library.get_my_commands() == (BotCommand("start", "Begin"),)
    assert await library.delete_my_commands() is True
    assert await library.send_chat_action(started.id, "typing") is True
    message = await library.send_message(started.id, "Hi")
    assert await library.delete_message(started.id, message.message_id) is True
