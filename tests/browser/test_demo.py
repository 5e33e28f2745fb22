"""The demo, as somebody sees it who has just typed ``make demo``."""

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
        port = free_port()
        try:
            async with demo(tmp_path, port) as url:
                yield url
                return
        except OSError:
            continue


async def test_a_visitor_of_the_demo_logs_in(chromium: Browser, shop: str) -> None:
    """Button, link, emulated phone, contact, number, and the shop shows who it is and the token it verified."""
    context = await chromium.new_context(locale="en-US")
    page = await context.new_page()
    await page.goto(shop)
    await page.get_by_role("button", name="Log in with a messenger").click()
    number = await shown_number(page)
    async with context.expect_page() as opened:
        await page.get_by_role("link", name="Open Telegram").click()
    phone = await opened.value
    await phone.get_by_role("button", name="START", exact=False).click()
    await phone.get_by_role("button", name="Share my phone number").click()
    await phone.get_by_role("dialog").get_by_role("button", name="Share").click()
    await phone.get_by_role("button", name=number, exact=True).click()
    await expect(page.get_by_text("has verified your token")).to_be_visible()
    await expect(page.locator("#phone")).to_contain_text("+7")
    await expect(page.locator("#claims")).to_contain_text('"app_id"')
    await expect(phone.get_by_text("you are logged in to")).to_be_visible()
    await context.close()


async def shown_number(page: Page) -> str:
    """Return the number that the shop shows."""
    number = page.locator("#number")
    await expect(number).to_have_text(re.compile(r"\d\d"))
    return (await number.inner_text()).strip()
