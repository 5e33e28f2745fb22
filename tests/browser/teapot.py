"""A running demo, and the hand that uses its pretend phone; shared by the tests of the demo and of its shop."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Page, expect

from daemon.demo import Demo, demo
from tests.ports import free_port
from tests.storage.migrated import lay_down

WORDS: Final = {
    "en": {
        "open": "Open {}",
        "telegram": "START",
        "max": "Start",
        "whatsapp": "Send",
        "contact": "Share my phone number",
        "share": "Share",
        "done": "you are logged in to",
        "read": "read",
    },
    "ru": {
        "open": "Открыть {}",
        "telegram": "СТАРТ",
        "max": "Начать",
        "whatsapp": "Отправить",
        "contact": "Поделиться номером",
        "share": "Поделиться",
        "done": "вы вошли на сайт",
        "read": "прочитано",
    },
}
"""What is written on the buttons and in the answers, by language."""
NAMES: Final = {"telegram": "Telegram", "max": "MAX", "whatsapp": "WhatsApp"}


@asynccontextmanager
async def open_demo(folder: Path) -> AsyncIterator[Demo]:
    """Run a demo on free ports."""
    lay_down(folder / "gatepost.db")
    async with demo(folder, free_port(in_a_row=4)) as opened:
        yield opened


def overheard(context: BrowserContext) -> list[str]:
    """Return a list that collects what goes wrong in all tabs: failing scripts, broken policies, missing files."""
    complaints: list[str] = []
    context.on("weberror", lambda told: complaints.append(told.error.message))
    context.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    return complaints


async def shown_number(page: Page) -> str:
    """Return the number that the widget shows, once it shows one."""
    digits = page.locator(".wait:not([data-state=loading]) .digits > [aria-hidden]")
    await expect(digits).to_have_text(re.compile(r"^\d\d$"))
    return await digits.inner_text()


async def open_phone(page: Page, messenger: str = "telegram", lang: str = "en") -> Page:
    """Press a messenger's button on the shop's page, and return the tab it opens."""
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name=WORDS[lang]["open"].format(NAMES[messenger])).click()
    return await opened.value


async def ask(phone: Page, messenger: str = "telegram", lang: str = "en") -> None:
    """Do in a messenger for the first time what leads to the bot's question."""
    words = WORDS[lang]
    await phone.get_by_role("button", name=words[messenger], exact=True).click()
    if messenger != "whatsapp":  # which tells the number by itself
        await phone.get_by_role("button", name=words["contact"]).click()
        await phone.get_by_role("dialog").get_by_role("button", name=words["share"]).click()


async def pick(phone: Page, number: str) -> None:
    """Answer the question with the number that the page shows."""
    await phone.get_by_role("button", name=number, exact=True).click()


async def expect_thanks(phone: Page, messenger: str = "telegram", lang: str = "en") -> None:
    """Expect the bot to say that the login is done; where messages cost money it has only read the number."""
    if messenger == "whatsapp":
        await expect(phone.get_by_role("img", name=WORDS[lang]["read"])).to_have_count(2)
    else:
        await expect(phone.locator(".words", has_text=WORDS[lang]["done"])).to_be_visible()


async def pick_other(phone: Page, number: str) -> None:
    """Answer the question with a number that the page does not show."""
    await phone.get_by_role("button", name=re.compile(rf"^(?!{number})\d\d$")).first.click()
