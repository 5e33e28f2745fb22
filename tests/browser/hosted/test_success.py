"""Logging in on the hosted page: the visitor arrives at the site's address with the session, its query kept."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.hosted.states import hosted
from tests.browser.widget.conftest import DESKTOP, PHONE
from tests.browser.widget.site import Site, ask, log_in, number_of
from tests.stories.town import Json, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

FOCUSED = "document.activeElement.shadowRoot?.activeElement?.textContent ?? document.activeElement.localName"
SAYS = {
    "en": ("Log in to Teapot & Co.", "You will be sent back to", "Opened in your messenger, waiting for your answer"),
    "ru": ("Вход на сайт Teapot & Co.", "вы вернётесь на", "Мессенджер открыт, ждём вашего ответа"),
}


async def arrive(here: Town, page: Page, return_url: str) -> str:
    """Wait until the visitor is back at the site; its server redeems the session once. Return the messenger."""
    await page.wait_for_url("**/callback*")
    before, _, session_id = page.url.rpartition("&session_id=")
    assert before == return_url
    full = await here.poll({"session_id": session_id}, type="full")
    assert full["token"].startswith("ey")
    return str(full["user"]["type"])


@pytest.mark.parametrize(
    "case",
    [(PHONE, "en", "telegram"), (PHONE, "ru", "whatsapp"), (DESKTOP, "en", "max"), (DESKTOP, "ru", "telegram")],
)
async def test_success(here: Town, site: Site, visit: Visit, case: tuple[Json, str, str]) -> None:
    """T14: who and where is said before; then the browser goes to the return address and nowhere else."""
    size, language, messenger = case
    title, back, opened = SAYS[language]
    return_url = f"{site.origin}/callback?from=a%20b&x="
    page = await visit(hosted(here, return_url), locale=language, **size)
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await expect(page.get_by_text(back)).to_contain_text(site.origin.removeprefix("http://"))
    anna = here.visitor(language_code="en")
    number = await ask(here, page, anna, messenger)
    await expect(page.locator(".said")).to_have_text(opened)
    await here.handset(messenger).tap(anna, number)
    assert await arrive(here, page, return_url) == messenger


async def test_javascript_off(here: Town, site: Site, visit: Visit) -> None:
    """One button, links and a page that looks by itself, up to the return address."""
    return_url = f"{site.origin}/callback?from=a%20b&x="
    page = await visit(hosted(here, return_url), locale="ru", java_script_enabled=False, **PHONE)
    await page.get_by_role("button", name="Войти").click()
    number = await page.locator(".number").inner_text()
    anna = here.visitor(language_code="en")
    await here.handset("max").ask(anna, await page.locator("a.max").get_attribute("href") or "")
    await page.get_by_text("Мессенджер открыт").wait_for()
    await here.handset("max").tap(anna, number)
    assert await arrive(here, page, return_url) == "max"


async def test_javascript_off_and_at_ones_own_pace(here: Town, site: Site, visit: Visit) -> None:
    """Who is disturbed by a page that changes by itself stops it, and says when they have answered (WCAG 2.2.2)."""
    return_url = f"{site.origin}/callback?from=here"
    page = await visit(hosted(here, return_url), java_script_enabled=False)
    await page.get_by_role("button", name="Log in").click()
    async with page.expect_response("**/wait?still") as calm:
        await page.get_by_role("link", name="Stop that").click()
    assert "refresh" not in (await calm.value).headers
    number = await page.locator(".number").inner_text()
    anna = here.visitor()
    await here.handset("telegram").ask(anna, await page.locator("a.telegram").get_attribute("href") or "")
    await here.handset("telegram").tap(anna, number)
    await page.get_by_role("link", name="I have answered").click()
    assert await arrive(here, page, return_url) == "telegram"


async def test_by_keyboard_alone(here: Town, site: Site, visit: Visit) -> None:
    """Tab visits what can be used in the order one reads it; cancelling and trying again keep the focus."""
    page = await visit(hosted(here, f"{site.origin}/callback?a=b"))
    await number_of(page)
    visited = []
    for _ in range(9):
        await page.keyboard.press("Tab")
        visited.append(await page.evaluate(FOCUSED))
    chats = ["Telegram", "MAX", "WhatsApp"]
    assert visited == ["Open Telegram", "Open MAX", "Open WhatsApp", "", "Download QR code", *chats, "Cancel"]
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Try again")).to_be_focused()
    await page.keyboard.press("Enter")
    await log_in(here, page, here.visitor())
    assert await arrive(here, page, f"{site.origin}/callback?a=b") == "telegram"


async def test_the_messenger_used_last_comes_first(here: Town, site: Site, visit: Visit) -> None:
    """On the next visit it is on top and says why."""
    address = hosted(here, f"{site.origin}/callback")
    page = await visit(address)
    await number_of(page)
    await page.locator("[data-messenger=max] a.way").evaluate(
        "(link) => { link.addEventListener('click', (event) => event.preventDefault()); link.click(); }"
    )
    await page.goto(address)
    await number_of(page)
    ways = await page.locator("a.way").all_inner_texts()
    assert ways == ["Open MAX\nlast used", "Open Telegram", "Open WhatsApp"]


async def test_a_code_to_scan_only_where_there_is_room(here: Town, site: Site, visit: Visit) -> None:
    """Wide screens show a QR code beside the buttons and let it be downloaded; phones, which cannot scan it, do not."""
    address = hosted(here, f"{site.origin}/callback")
    phone = await visit(address, **PHONE)
    await number_of(phone)
    assert await phone.get_by_role("img").count() == 0
    page = await visit(address)
    await number_of(page)
    code, ways = page.get_by_role("img", name="QR code that opens Telegram"), page.locator(".ways")
    seen, beside = await code.bounding_box(), await ways.bounding_box()
    assert seen is not None
    assert beside is not None
    assert seen["x"] > beside["x"] + beside["width"]
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="Download QR code").click()
    assert (await saved.value).suggested_filename == "telegram-qr.svg"
