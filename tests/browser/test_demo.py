"""The demo, as somebody sees it who has just typed ``make demo``."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from gatepost.daemon.demo import demo
from tests.stories.town import free_port

START = "СТАРТ"


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
    await page.get_by_role("button", name="Log in with Telegram").click()
    number = await shown_number(page)
    phone = await open_telegram(page, "Open Telegram")
    await phone.get_by_role("button", name="START", exact=True).click()
    await phone.get_by_role("button", name="Share my phone number").click()
    await phone.get_by_role("dialog").get_by_role("button", name="Share").click()
    await phone.get_by_role("button", name=number, exact=True).click()
    await expect(page.get_by_text("has verified your token")).to_be_visible()
    await expect(page.locator("#phone")).to_contain_text("+7")
    await expect(page.locator("#claims")).to_contain_text('"app_id"')
    await expect(phone.get_by_text("you are logged in to")).to_be_visible()
    await context.close()


async def test_a_russian_visitor_with_a_phone_errs_and_tries_again(chromium: Browser, shop: str) -> None:
    """All in Russian, nothing wider than the screen; a wrong number is told, and the next attempt gets in."""
    context = await chromium.new_context(locale="ru-RU", viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(shop)
    await page.get_by_role("button", name="Войти через Telegram").click()
    number = await shown_number(page)
    phone = await open_telegram(page, "Открыть Telegram")
    await phone.get_by_role("button", name=START, exact=True).click()
    await phone.get_by_role("button", name="Поделиться номером").click()
    await phone.get_by_role("dialog").get_by_role("button", name="Поделиться").click()
    await phone.get_by_role("button", name=re.compile(rf"^(?!{number})\d\d$")).first.click()
    await expect(page.get_by_text("выбрали другое число")).to_be_visible()
    await page.get_by_role("button", name="Попробовать ещё раз").click()
    await expect(page.locator("#waiting")).to_be_visible()
    number = await shown_number(page)
    phone = await open_telegram(page, "Открыть Telegram")
    await phone.get_by_role("button", name=START, exact=True).click()
    await phone.get_by_role("button", name=number, exact=True).click()
    await expect(page.get_by_text("сервер магазина проверил ваш токен")).to_be_visible()
    await page.get_by_text("Что узнал магазин").click()
    await expect(page.locator("#token")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="Выйти").click()
    await expect(page.get_by_role("button", name="Войти через Telegram")).to_be_visible()
    await context.close()


async def open_telegram(page: Page, link: str) -> Page:
    """Follow the link to the messenger, and return the tab it opens."""
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name=link).click()
    return await opened.value


async def shown_number(page: Page) -> str:
    """Return the number that the shop shows."""
    number = page.locator("#number")
    await expect(number).to_have_text(re.compile(r"\d\d"))
    return (await number.inner_text()).strip()
