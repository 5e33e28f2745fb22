"""The rates at which Telegram lets a bot send, when they are switched on."""

import aiohttp

from emulator import Emulator
from emulator.people import Person
from emulator.telegram.model import Bot
from tests.emulator.conftest import Caller


async def test_rates_are_limited_only_when_switched_on(
    emulator: Emulator, session: aiohttp.ClientSession, caller: Caller, started: Person
) -> None:
    """With limits on, a burst to one chat ends in a 429 with retry_after in body and header, and passes with time."""
    for _ in range(40):
        await caller.result("sendMessage", chat_id=started.id, text="Hi")
    emulator.limits.is_on = True
    for _ in range(5):
        await caller.result("sendMessage", chat_id=started.id, text="Hi")
    form = {"chat_id": str(started.id), "text": "Hi"}
    async with session.post(f"{caller.base_url}/bot{caller.token}/sendMessage", data=form) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "1"
        assert await response.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
    emulator.advance(1)
    await caller.result("sendMessage", chat_id=started.id, text="Hi")


async def test_a_bot_is_limited_over_all_its_chats(emulator: Emulator, caller: Caller, bot: Bot) -> None:
    """With limits on, the thirty-first message in a second is refused though every chat got only one."""
    emulator.limits.is_on = True
    people = [emulator.add_person() for _ in range(31)]
    for person in people:
        emulator.open_link(person, f"https://t.me/{bot.username}")
    for person in people[:30]:
        await caller.result("sendMessage", chat_id=person.id, text="Hi")
    assert await caller.refusal("sendMessage", chat_id=people[30].id, text="Hi") == (
        429,
        "Too Many Requests: retry after 1",
    )
