"""The phone page in a real browser, with the chats of all messengers on it; bots write to it over HTTP."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from emulator import Emulator, serve
from emulator.people import Person

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER = "15550001111"
DRAFT = "Sign me in: K7QM-4XRT-9BDA"

Json = dict[str, Any]


@pytest.fixture
def emulator() -> Emulator:
    """Make an emulator with a bot in each messenger."""
    emulator = Emulator(seed=1)
    emulator.add_bot("gate_bot", first_name="Gate")
    emulator.max.add_bot("door_bot", first_name="Door")
    emulator.whatsapp.add_number(f"+{NUMBER}", verified_name="Fence")
    return emulator


@pytest.fixture
def anna(emulator: Emulator) -> Person:
    """Make somebody with a phone."""
    return emulator.add_person(first_name="Anna", last_name="Petrova", phone="+7 999 123-45-67")


@pytest_asyncio.fixture(loop_scope="session")
async def url(emulator: Emulator) -> AsyncIterator[str]:
    """Serve the emulator."""
    async with serve(emulator) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """Open a narrow English browser, in which no script may fail and nothing may break the page's policy."""
    context = await chromium.new_context(viewport={"width": 320, "height": 640}, locale="en-GB")
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Policy" in said.text else None)
    yield page
    assert troubles == []
    await context.close()


async def call(url: str, body: Json | None = None, **headers: str) -> Json:
    """Call a messenger as its bot does, by GET when there is no body; the call must succeed."""
    verb = "GET" if body is None else "POST"
    async with aiohttp.ClientSession() as session, session.request(verb, url, json=body, headers=headers) as response:
        answer: Json = await response.json()
        assert response.status == 200, answer
        return answer


def said(page: Page) -> Locator:
    """Find what the chat on the screen says."""
    return page.get_by_role("log")


def entry(page: Page) -> Locator:
    """Find the field to write in."""
    return page.get_by_role("textbox", name="Message")


async def test_telegram(emulator: Emulator, anna: Person, url: str, page: Page) -> None:
    """The link shows START, a tap on a button waits for the bot, and the bot's answer shows."""
    await page.goto(f"{url}/t.me/gate_bot?start=abc")
    await page.get_by_role("button", name="START", exact=True).click()
    await expect(said(page)).to_contain_text("/start abc")
    await expect(page.locator("#chat-state")).to_have_text("bot · Telegram")
    bot = f"{url}/bot{emulator.telegram.bot('gate_bot').token}"
    (start,) = (await call(f"{bot}/getUpdates", {}))["result"]
    rows = [[{"text": "42", "callback_data": "pick"}]]
    await call(f"{bot}/sendMessage", {"chat_id": anna.id, "text": "Yours?", "reply_markup": {"inline_keyboard": rows}})
    await page.get_by_role("button", name="42").click()
    await expect(page.get_by_role("button", name="42")).to_have_attribute("aria-busy", "true")
    news = await call(f"{bot}/getUpdates", {"offset": start["update_id"] + 1, "timeout": 10})
    tap = news["result"][0]["callback_query"]["id"]
    await call(f"{bot}/answerCallbackQuery", {"callback_query_id": tap, "text": "Welcome"})
    await expect(page.get_by_role("status")).to_have_text("Welcome")


async def test_max(emulator: Emulator, anna: Person, url: str, page: Page) -> None:
    """The link shows Start; the contact goes only with consent; a tap's notification shows."""
    await page.goto(f"{url}/max.ru/door_bot?start=abc")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator("#chat-state")).to_have_text("bot · MAX")
    await expect(entry(page)).to_be_visible()
    bot = emulator.max.platform.bot("door_bot")
    rows = [
        [{"type": "request_contact", "text": "My number"}],
        [{"type": "callback", "text": "42", "payload": "pick"}, {"type": "message", "text": "Hello"}],
    ]
    buttons = {"type": "inline_keyboard", "payload": {"buttons": rows}}
    target = f"{url}/messages?user_id={emulator.max.user_id(anna)}"
    await call(target, {"text": "Yours?", "attachments": [buttons]}, Authorization=bot.token)
    await page.get_by_role("button", name="My number").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Door will learn your number +7")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(said(page)).not_to_contain_text("Anna Petrova")
    await page.get_by_role("button", name="My number").click()
    await dialog.get_by_role("button", name="Share").click()
    await expect(said(page)).to_contain_text("Anna Petrova")
    await page.get_by_role("button", name="Hello").click()
    await expect(said(page).get_by_role("listitem").filter(has_text="Hello").last).to_have_class("message mine")
    await page.get_by_role("button", name="42").click()
    await expect(page.get_by_role("button", name="42")).to_have_attribute("aria-busy", "true")
    news = await call(f"{url}/updates?types=message_callback", Authorization=bot.token)
    tap = news["updates"][0]["callback"]["callback_id"]
    await call(f"{url}/answers?callback_id={tap}", {"notification": "Welcome"}, Authorization=bot.token)
    await expect(page.get_by_role("status")).to_have_text("Welcome")


async def test_whatsapp(emulator: Emulator, anna: Person, url: str, page: Page) -> None:
    """The link's text stands ready, is changed and sent; a button answers in words; ticks tell what was read."""
    await page.goto(f"{url}/wa.me/{NUMBER}?text={quote(DRAFT)}")
    await expect(entry(page)).to_be_focused()
    await expect(entry(page)).to_have_value(DRAFT)
    await expect(page.locator("#chat-state")).to_have_text("business · WhatsApp")
    await page.keyboard.type("!")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(said(page)).to_contain_text(f"{DRAFT}!")
    await expect(entry(page)).to_have_value("")
    number = emulator.whatsapp.number(NUMBER)
    bearer = f"Bearer {number.token}"
    messages = f"{url}/v26.0/{number.phone_number_id}/messages"
    buttons = [{"type": "reply", "reply": {"id": f"pick{each}", "title": str(each)}} for each in (17, 42)]
    question = {"type": "button", "body": {"text": "Yours?"}, "action": {"buttons": buttons}}
    body = {"messaging_product": "whatsapp", "to": f"+{anna.phone}", "type": "interactive", "interactive": question}
    await call(messages, body, Authorization=bearer)
    await page.get_by_role("button", name="42").click()
    mine = said(page).get_by_role("listitem").last
    await expect(mine).to_contain_text("42")
    await expect(mine.get_by_role("img", name="delivered")).to_have_text("✓✓")
    chat = emulator.whatsapp.chat(anna, NUMBER)
    assert [message.is_read for message in chat.messages.values() if message.sender is None] == [True]
    seen = {"messaging_product": "whatsapp", "status": "read", "message_id": next(reversed(chat.messages.values())).id}
    await call(messages, seen, Authorization=bearer)
    await expect(mine.get_by_role("img", name="read")).to_be_visible()


async def test_what_is_sent_along_is_a_link(emulator: Emulator, anna: Person, url: str, page: Page) -> None:
    """A picture, a file: named with where they are, and not fetched; the words beside them look as they should."""
    emulator.open_link(anna, "https://t.me/gate_bot")
    emulator.max.open_link(anna, "https://max.ru/door_bot")
    bot, token = emulator.telegram.bot("gate_bot").token, emulator.max.platform.bot("door_bot").token
    file = {"document": "https://shop.example.com/a%20bill.pdf", "caption": "Your bill"}
    bold = [{"type": "bold", "offset": 5, "length": 4}]
    await call(f"{url}/bot{bot}/sendDocument", {"chat_id": anna.id, **file, "caption_entities": bold})
    picture = {"type": "image", "payload": {"url": "https://shop.example.com/teapot.jpg"}}
    body = {"text": "A <b>teapot</b>", "format": "html", "attachments": [picture]}
    await call(f"{url}/messages?user_id={emulator.max.user_id(anna)}", body, Authorization=token)
    await page.goto(f"{url}/phone")
    for chat, name, kind, words in (("Gate", "a bill.pdf", "File", "bill"), ("Door", "teapot.jpg", "Photo", "teapot")):
        await page.get_by_role("button", name=chat).click()
        await expect(said(page).get_by_role("link", name=name)).to_have_attribute("rel", "noopener noreferrer")
        await expect(said(page)).to_contain_text(kind)
        await expect(said(page).locator("b")).to_have_text(words)
        await page.get_by_role("button", name="Back").click()


async def test_a_link_opened_again_brings_its_draft_again(url: str, page: Page) -> None:
    """Somebody who wiped the prepared words gets them again from the same link, pasted into the phone."""
    link = f"https://wa.me/{NUMBER}?text={quote(DRAFT)}"
    await page.goto(f"{url}/{link.removeprefix('https://')}")
    await expect(entry(page)).to_have_value(DRAFT)
    await entry(page).fill("")
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("textbox", name="Paste").fill(link)
    await page.keyboard.press("Enter")
    await expect(entry(page)).to_have_value(DRAFT)
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("button", name="Fence")).to_contain_text(f"Draft: {DRAFT}")


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://t.me/gate_bot?start=abc", "Telegram"),
        ("https://max.ru/door_bot?start=abc", "MAX"),
        (f"https://wa.me/{NUMBER}", "WhatsApp"),
        (f"https://api.whatsapp.com/send?phone={NUMBER}", "WhatsApp"),
        ("http://127.0.0.1:1/max.ru/door_bot", "MAX"),
    ],
)
async def test_a_pasted_link_opens_its_messenger(url: str, page: Page, link: str, name: str) -> None:
    """The link field takes the links of all messengers, and the emulator's own."""
    await page.goto(f"{url}/phone")
    await page.get_by_role("textbox", name="Paste").fill(link)
    await page.keyboard.press("Enter")
    await expect(page.locator("#chat-state")).to_contain_text(name)


async def test_what_is_typed_stays_in_its_chat(emulator: Emulator, anna: Person, url: str, page: Page) -> None:
    """A half-written message waits in its own chat, shows in no other, and Enter sends it."""
    emulator.open_link(anna, "https://t.me/gate_bot")
    emulator.max.open_link(anna, "https://max.ru/door_bot")
    await page.goto(f"{url}/phone")
    await page.get_by_role("button", name="Gate").click()
    await entry(page).fill("half a mess")
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("button", name="Door").click()
    await expect(entry(page)).to_have_value("")
    await page.get_by_role("button", name="Back").click()
    await page.get_by_role("button", name="Gate").click()
    await expect(entry(page)).to_have_value("half a mess")
    await entry(page).press("End")
    await entry(page).press_sequentially("age")
    await entry(page).press("Enter")
    await expect(said(page)).to_contain_text("half a message")
    await expect(entry(page)).to_have_value("")


async def test_what_could_not_be_sent_is_not_lost(emulator: Emulator, anna: Person, url: str, page: Page) -> None:
    """When a message does not get through the phone says so, and the words stand in the entry field again."""
    emulator.open_link(anna, "https://t.me/gate_bot")
    await page.goto(f"{url}/phone")
    await page.get_by_role("button", name="Gate").click()
    await entry(page).fill("hello")
    await page.route("**/control/telegram/text", lambda route: route.abort())
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("status")).to_be_visible()
    await expect(entry(page)).to_have_value("hello")


async def test_blocking_is_called_what_the_messenger_calls_it(
    emulator: Emulator, anna: Person, url: str, page: Page
) -> None:
    """A MAX bot is stopped and started again, a business on WhatsApp is blocked and unblocked."""
    emulator.max.open_link(anna, "https://max.ru/door_bot")
    await page.goto(f"{url}/phone")
    for bot, block, unblock in (
        ("Door", "Stop the bot", "Start the bot again"),
        ("Fence", "Block the business", "Unblock the business"),
    ):
        await page.get_by_role("button", name=bot).click()
        await page.get_by_role("button", name="Menu").click()
        await page.get_by_role("menuitem", name=block).click()
        await page.get_by_role("button", name=unblock).click()
        await expect(entry(page)).to_be_visible()
        await page.get_by_role("button", name="Back").click()


@pytest.mark.parametrize("width", [320, 1280])
async def test_the_list_tells_the_messengers_apart(url: str, page: Page, width: int) -> None:
    """Each chat says in words which messenger it is in and how it begins, and nothing is wider than the screen."""
    await page.set_viewport_size({"width": width, "height": 640})
    await page.goto(f"{url}/phone")
    for bot, messenger, beginning in (
        ("Gate", "Telegram", "Press START"),
        ("Door", "MAX", "Press Start"),
        ("Fence", "WhatsApp", "Write a message"),
    ):
        line = page.get_by_role("button", name=bot)
        await expect(line).to_contain_text(messenger)
        await expect(line).to_contain_text(beginning)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
