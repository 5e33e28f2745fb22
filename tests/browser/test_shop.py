"""The example shop's page in a real browser: what it offers while a login waits, and how that outlives a reload."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from gatepost.daemon.demo import demo
from tests.stories.town import free_port


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[str]:
    """Return the address of a running demo's shop."""
    while True:
        try:
            async with demo(tmp_path, free_port()) as url:
                yield url
                return
        except OSError:
            continue


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """Open an English browser."""
    context = await chromium.new_context(locale="en-GB")
    yield await context.new_page()
    await context.close()


async def begin(page: Page, shop: str) -> str:
    """Start a login, and return the number to pick."""
    await page.goto(shop)
    await page.get_by_role("button", name="Log in with").click()
    await expect(page.locator("#number")).to_have_text(re.compile(r"\d\d"))
    return await page.locator("#number").inner_text()


async def test_a_login_that_waits_offers_links_and_a_code(page: Page, shop: str) -> None:
    """There is a link for the messenger, and a short code for whoever would rather send that."""
    await begin(page, shop)
    link = page.get_by_role("link", name="Open Telegram")
    await expect(link).to_have_attribute("href", re.compile(r"/t\.me/\w+\?start=.+"))
    await expect(page.locator("#code")).to_have_text(re.compile(r"(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}"))


async def test_a_login_that_waits_outlives_a_reload(page: Page, shop: str) -> None:
    """After a reload the same number shows and the same link leads in; then the page has nothing left to go on with."""
    number = await begin(page, shop)
    link = page.get_by_role("link", name="Open Telegram")
    address = await link.get_attribute("href")
    await page.reload()
    await expect(page.locator("#number")).to_have_text(number)
    assert await link.get_attribute("href") == address
    async with page.context.expect_page() as opened:
        await link.click()
    phone = await opened.value
    await phone.get_by_role("button", name="START", exact=True).click()
    await phone.get_by_role("button", name="Share my phone number").click()
    await phone.get_by_role("dialog").get_by_role("button", name="Share").click()
    await expect(page.get_by_text("Opened in the messenger")).to_be_visible()
    await page.reload()
    await phone.get_by_role("button", name=number, exact=True).click()
    await expect(page.get_by_text("has verified your token")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Log in with")).to_be_visible()


async def test_a_login_that_is_over_is_not_gone_on_with(page: Page, shop: str) -> None:
    """Once the page has told that a login was stopped, a reload begins from the start."""
    number = await begin(page, shop)
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Open Telegram").click()
    phone = await opened.value
    await phone.get_by_role("button", name="START", exact=True).click()
    await phone.get_by_role("button", name="Share my phone number").click()
    await phone.get_by_role("dialog").get_by_role("button", name="Share").click()
    await phone.get_by_role("button", name=re.compile(rf"^(?!{number})\d\d$")).first.click()
    await expect(page.get_by_text("A different number was picked")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Log in with")).to_be_visible()
