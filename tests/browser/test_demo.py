"""The demo, as somebody sees it who has just typed ``make demo``: each messenger, both languages, any screen."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from daemon.demo import Demo
from tests.browser.teapot import (
    NAMES,
    WORDS,
    ask,
    expect_thanks,
    open_demo,
    open_phone,
    overheard,
    pick,
    pick_other,
    shown_number,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path) -> AsyncIterator[Demo]:
    """Return a running demo."""
    async with open_demo(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("messenger", ["telegram", "max", "whatsapp"])
async def test_a_visitor_of_the_demo_logs_in(chromium: Browser, here: Demo, messenger: str) -> None:
    """Button, link, emulated phone, number, and the shop shows who it is and the token it verified."""
    context = await chromium.new_context(locale="en-US", **DESKTOP)
    complaints = overheard(context)
    page = await context.new_page()
    await page.goto(here.shop_url)
    await page.get_by_role("button", name="Log in", exact=True).click()
    number = await shown_number(page)
    phone = await open_phone(page, messenger)
    await ask(phone, messenger)
    await pick(phone, number)
    await expect(page.get_by_text("has verified your token")).to_be_visible()
    await expect(page.get_by_role("heading", name="Hello, Anna")).to_be_focused()
    await expect(page.locator("#phone")).to_contain_text("+7")
    await expect(page.locator("#claims")).to_contain_text(f'"app_id": "{here.app_id}"')
    await expect_thanks(phone, messenger)
    await page.get_by_role("button", name="Order The Jade").click()
    await expect(page.locator("#ordered")).to_have_text(f"Thank you! We have written to you in {NAMES[messenger]}.")
    await expect(phone.locator(".words", has_text="Your teapot is on its way")).to_be_visible()
    assert complaints == []
    await context.close()


async def test_a_russian_visitor_after_an_english_one(chromium: Browser, here: Demo) -> None:
    """Faults 2.6, 2.8: bots speak the page's language, and the shop writes by the messenger that was just used."""
    english = await chromium.new_context(locale="en-US", **DESKTOP)
    page = await english.new_page()
    await page.goto(here.shop_url)
    await page.get_by_role("button", name="Log in", exact=True).click()
    await shown_number(page)
    await ask(await open_phone(page, "telegram"), "telegram")
    await english.close()
    russian = await chromium.new_context(locale="ru-RU", **DESKTOP)
    for messenger in ("telegram", "max"):
        page = await russian.new_page()
        await page.goto(here.shop_url)
        await page.get_by_role("button", name="Войти", exact=True).click()
        number = await shown_number(page)
        phone = await open_phone(page, messenger, lang="ru")
        await ask(phone, messenger, lang="ru")
        await pick(phone, number)
        await expect(page.get_by_text("сервер магазина проверил ваш токен")).to_be_visible()
        await page.get_by_role("button", name="Заказать «Нефрит»").click()
        await expect(page.locator("#ordered")).to_have_text(f"Спасибо! Мы написали вам в {NAMES[messenger]}.")
    await russian.close()


async def test_a_russian_visitor_errs_and_tries_again(chromium: Browser, here: Demo) -> None:
    """All in Russian, nothing wider than a narrow screen; a wrong number is told, and the next attempt gets in."""
    context = await chromium.new_context(locale="ru-RU", viewport={"width": 390, "height": 844})
    complaints = overheard(context)
    page = await context.new_page()
    await page.goto(here.shop_url)
    await page.get_by_role("button", name="Войти", exact=True).click()
    number = await shown_number(page)
    phone = await open_phone(page, lang="ru")
    await ask(phone, lang="ru")
    await pick_other(phone, number)
    await expect(page.locator(".why", has_text="выбрали другое число")).to_be_visible()
    await page.get_by_role("button", name="Попробовать ещё раз").click()
    number = await shown_number(page)
    phone = await open_phone(page, lang="ru")
    await phone.get_by_role("button", name=WORDS["ru"]["telegram"], exact=True).click()
    await pick(phone, number)
    await expect(page.get_by_text("сервер магазина проверил ваш токен")).to_be_visible()
    await page.get_by_text("Что узнал магазин").click()
    await expect(page.locator("#token")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="Выйти").click()
    await expect(page.get_by_role("button", name="Войти", exact=True)).to_be_visible()
    assert complaints == []
    await context.close()


@pytest.mark.parametrize("messenger", ["telegram", "max", "whatsapp"])
async def test_a_visitor_with_a_phone_comes_back_from_the_messenger(
    chromium: Browser, here: Demo, messenger: str
) -> None:
    """On a phone the messenger takes the tab; whoever goes back to the shop finds it going on, and is let in."""
    context = await chromium.new_context(locale="ru-RU", **PHONE)
    complaints = overheard(context)
    page = await context.new_page()
    await page.goto(here.shop_url)
    await page.get_by_role("button", name="Войти", exact=True).tap()
    number = await shown_number(page)
    await page.locator(f"[data-messenger={messenger}] a.way").tap()
    await ask(page, messenger, lang="ru")
    await pick(page, number)
    await expect_thanks(page, messenger, lang="ru")
    await page.go_back()
    await expect(page.get_by_text("сервер магазина проверил ваш токен")).to_be_visible()
    assert complaints == []
    await context.close()


async def test_the_hosted_page_leads_into_the_shop(chromium: Browser, here: Demo) -> None:
    """The greeting's other address ends in the shop too, with a clean address bar."""
    context = await chromium.new_context(locale="en-US", **DESKTOP)
    page = await context.new_page()
    hosted = f"{here.gatepost_url}/login/{here.app_id}"
    assert f"The hosted login page: {hosted}\n" in here.greeting
    await page.goto(hosted)
    number = await shown_number(page)
    phone = await open_phone(page)
    await ask(phone)
    await pick(phone, number)
    await expect(page.get_by_text("has verified your token")).to_be_visible()
    assert page.url == f"{here.shop_url}/"
    await context.close()
