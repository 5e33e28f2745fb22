"""The example shop's page in a real browser: what happens while a login waits, and how that outlives a reload."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from daemon.demo import Demo
from tests.browser.teapot import ask, open_demo, open_phone, overheard, pick, pick_other, shown_number

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path) -> AsyncIterator[Demo]:
    """Return a running demo."""
    async with open_demo(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser, here: Demo) -> AsyncIterator[Page]:
    """Open an English browser at the shop, where nothing may go wrong."""
    context = await chromium.new_context(locale="en-GB")
    complaints = overheard(context)
    page = await context.new_page()
    await page.goto(here.shop_url)
    yield page
    assert complaints == []
    await context.close()


async def begin(page: Page) -> str:
    """Start a login, and return the number to pick."""
    await page.get_by_role("button", name="Log in", exact=True).click()
    return await shown_number(page)


async def expect_a_start(page: Page) -> None:
    """Expect that nobody is logged in, and no login waits."""
    await expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    await expect(page.locator("#waiting")).to_be_hidden()


async def test_a_login_that_waits_offers_links_and_a_code(page: Page) -> None:
    """There is a link for the messenger, and a short code for whoever would rather send that."""
    await begin(page)
    link = page.get_by_role("link", name="Open Telegram")
    await expect(link).to_have_attribute("href", re.compile(r"/t\.me/\w+\?start=.+"))
    await expect(page.locator("code.typed")).to_have_text(re.compile(r"(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}"))


async def test_a_login_that_waits_outlives_a_reload(page: Page) -> None:
    """After a reload the same number shows and the same link leads in; then the page has nothing left to go on with."""
    number = await begin(page)
    link = page.get_by_role("link", name="Open Telegram")
    address = await link.get_attribute("href")
    await page.reload()
    assert await shown_number(page) == number
    assert await link.get_attribute("href") == address
    phone = await open_phone(page)
    await ask(phone)
    await expect(page.locator(".said")).to_contain_text("Opened in your messenger")
    await page.reload()
    await pick(phone, number)
    await expect(page.get_by_text("has verified your token")).to_be_visible()
    await page.reload()
    await expect_a_start(page)


async def test_a_login_that_is_over_is_not_gone_on_with(page: Page) -> None:
    """Once the page has told that a login was stopped, a reload begins from the start."""
    number = await begin(page)
    phone = await open_phone(page)
    await ask(phone)
    await pick_other(phone, number)
    await expect(page.locator(".why", has_text="A different number was picked")).to_be_visible()
    await page.reload()
    await expect_a_start(page)


async def test_whoever_cancels_is_back_in_the_shop(page: Page) -> None:
    """Cancelling shows the shop as it was, ends the login on the server, and the next one gets in."""
    await begin(page)
    old = await page.get_by_role("link", name="Open Telegram").get_attribute("href") or ""
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        await page.get_by_role("button", name="Cancel").click()
    assert (await deleted.value).ok
    await expect_a_start(page)
    await expect(page.get_by_role("heading", name="Come in!")).to_be_focused()
    late = await page.context.new_page()
    await late.goto(old)
    await late.get_by_role("button", name="START", exact=True).click()
    await expect(late.get_by_text("This login was cancelled")).to_be_visible()
    number = await begin(page)
    phone = await open_phone(page)
    await phone.get_by_role("button", name="START", exact=True).click()
    await phone.get_by_role("button", name="Share my phone number").click()
    await phone.get_by_role("dialog").get_by_role("button", name="Share").click()
    await pick(phone, number)
    await expect(page.get_by_text("has verified your token")).to_be_visible()


async def test_somebody_presses_not_me(page: Page) -> None:
    """The page says so, and offers another attempt."""
    await begin(page)
    phone = await open_phone(page)
    await ask(phone)
    await phone.get_by_role("button", name="Not me").click()
    await expect(page.locator(".why", has_text="Somebody said no in the messenger")).to_be_visible()
    await page.get_by_role("button", name="Try again").click()
    await shown_number(page)


async def test_logging_out_and_in_again(page: Page) -> None:
    """After a log-out the next login is another one."""
    number = await begin(page)
    phone = await open_phone(page)
    await ask(phone)
    await pick(phone, number)
    await page.get_by_role("button", name="Log out").click()
    await expect_a_start(page)
    number = await begin(page)
    phone = await open_phone(page)
    await phone.get_by_role("button", name="START", exact=True).click()
    await pick(phone, number)
    await expect(page.get_by_text("has verified your token")).to_be_visible()


async def test_a_session_that_was_not_confirmed_lets_nobody_in(here: Demo, chromium: Browser) -> None:
    """An address with some session in it is told that the shop could not verify the login; another attempt works."""
    context = await chromium.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{here.shop_url}/?session_id={24 * '0'}")
    await expect(page.get_by_text("could not verify the login")).to_be_visible()
    assert page.url == f"{here.shop_url}/"
    await page.get_by_role("button", name="Try again").click()
    await shown_number(page)
    await context.close()


async def test_only_the_shops_own_page_hands_in_a_session(here: Demo) -> None:
    """Another site's page, which could log somebody in as somebody else, is refused."""
    async with aiohttp.ClientSession() as stranger:
        for headers in ({"Origin": "https://elsewhere.example"}, {}):
            async with stranger.post(f"{here.shop_url}/log-in", data=24 * "0", headers=headers) as answer:
                assert answer.status == 403


async def test_the_page_allows_nothing_inline(here: Demo) -> None:
    """Scripts come from the shop's own files and from Gatepost, and from nowhere else."""
    async with aiohttp.ClientSession() as browser, browser.get(here.shop_url) as answer:
        policy = answer.headers["Content-Security-Policy"]
    rules = {name: set(values) for name, *values in (rule.split() for rule in policy.split(";"))}
    assert rules["default-src"] == {"'none'"}
    assert rules["script-src"] == rules["connect-src"] == {"'self'", here.gatepost_url}
    assert rules["style-src"] == {"'self'"}
