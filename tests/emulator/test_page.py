"""The phone page in a real browser: a deep link, START, the contact, a tap with its answer, by keyboard and mouse."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from emulator import Emulator, serve
from emulator.telegram.model import Bot
from tests.emulator.conftest import Caller
from tests.emulator.test_sending import CONTACT

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def caller(emulator: Emulator, bot: Bot) -> AsyncIterator[Caller]:
    """Serve the emulator in the loop of the browser, and call as the bot."""
    async with serve(emulator) as url, aiohttp.ClientSession() as session:
        yield Caller(session, url, bot.token)


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> Page:
    """Open a small English phone's browser."""
    context = await chromium.new_context(viewport={"width": 320, "height": 640}, locale="en-GB")
    return await context.new_page()


async def test_a_login_on_the_phone(emulator: Emulator, caller: Caller, bot: Bot, page: Page) -> None:
    """Somebody without a phone gets one with the link, presses START by keyboard, shares the number, taps, blocks."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto(f"{caller.base_url}/t.me/gate_bot?start=abc")
    await expect(page.get_by_role("button", name="START")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("/start abc")
    (person,) = emulator.people.all()
    assert (person.first_name, person.phone) == ("Anna", "79991234567")
    await caller.result("sendMessage", chat_id=person.id, text="<b>Who</b>?", parse_mode="HTML", reply_markup=CONTACT)
    await page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Gate will learn your number")
    await dialog.get_by_role("button", name="Share").click()
    await expect(page.get_by_role("log")).to_contain_text("Anna Petrova")
    rows = [[{"text": "42", "callback_data": "42"}], [{"text": "Site", "url": "https://example.org/"}]]
    asked = await caller.result(
        "sendMessage", chat_id=person.id, text="Your number?", reply_markup={"inline_keyboard": rows}
    )
    site = page.get_by_role("link", name="Site")
    assert await site.get_attribute("rel") == "noopener noreferrer"
    button = page.get_by_role("button", name="42")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    (tap,) = bot.taps.values()
    await caller.result("answerCallbackQuery", callback_query_id=tap.id, text="Welcome", show_alert=True)
    await expect(dialog).to_contain_text("Welcome")
    await page.keyboard.press("Enter")
    edit = {"chat_id": person.id, "message_id": asked["message_id"], "text": "Logged in"}
    await caller.result("editMessageText", **edit)
    await expect(page.get_by_role("log")).to_contain_text("Logged in")
    await expect(button).to_have_count(0)
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("menuitem", name="Block the bot").click()
    await expect(page.get_by_role("button", name="Unblock the bot")).to_be_visible()
    assert emulator.chat(person, bot).is_blocked
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert troubles == []
