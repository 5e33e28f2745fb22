"""Logging in by the widget: the token arrives at the page, or the visitor at the return address."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.widget.conftest import DESKTOP, PHONE
from tests.browser.widget.site import Site, ask, log_in, told
from tests.stories.town import Json, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]


WORDS = {
    "en": ("Pick this number in the bot", "Opened in your messenger, waiting for your answer", "You are in"),
    "ru": ("Выберите это число в боте", "Мессенджер открыт, ждём вашего ответа", "Вы вошли"),
}


@pytest.mark.parametrize(
    "case",
    [(PHONE, "en", "telegram"), (PHONE, "ru", "max"), (DESKTOP, "en", "whatsapp"), (DESKTOP, "ru", "telegram")],
)
async def test_full(here: Town, site: Site, visit: Visit, case: tuple[Json, str, str]) -> None:
    """The page gets the token and the user, bound to the browser that started; the widget says each step."""
    size, lang, messenger = case
    pick, opened, done = WORDS[lang]
    page = await visit(site.embed(here, lang=lang), locale=lang, **size)
    await expect(page.get_by_text(pick, exact=True)).to_be_visible()
    anna = here.visitor(phone="+7 999 123-45-67", language_code="en")
    number = await ask(here, page, anna, messenger)
    await expect(page.locator(".said")).to_have_text(opened)
    session_id = (await told(page, "Opened"))["session_id"]
    await here.handset(messenger).tap(anna, number)
    await expect(page.locator(".why")).to_have_text(done)
    success = await told(page, "Success")
    assert success["session_id"] == session_id
    assert success["app_id"] == here.app.app_id
    assert success["token"].startswith("ey")
    assert success["user"]["phone"] == "+79991234567"
    assert success["user"]["type"] == messenger
    assert page.url == f"{site.origin}/"


@pytest.mark.parametrize(("size", "lang"), [(PHONE, "en"), (DESKTOP, "ru")])
async def test_status(here: Town, site: Site, visit: Visit, size: Json, lang: str) -> None:
    """The visitor goes to the return address, its query kept; the site's server can redeem the session once."""
    return_url = f"{site.origin}/callback?from=a%20b&x="
    page = await visit(site.embed(here, lang=lang, poll_type="status", return_url=return_url), locale=lang, **size)
    await log_in(here, page, here.visitor(language_code="en"))
    await page.wait_for_url("**/callback*")
    before, _, session_id = page.url.rpartition("&session_id=")
    assert before == return_url
    assert (await here.poll({"session_id": session_id}, type="full"))["token"].startswith("ey")


async def test_status_without_a_return_address_stays(here: Town, site: Site, visit: Visit) -> None:
    """The page is told the session's id and nothing more, and nobody goes anywhere."""
    page = await visit(site.embed(here, poll_type="status"))
    await log_in(here, page, here.visitor())
    success = await told(page, "Success")
    assert set(success) == {"session_id", "app_id"}
    await expect(page.locator(".why")).to_have_text("You are in")


async def test_the_page_may_keep_the_visitor(here: Town, site: Site, visit: Visit) -> None:
    """``onSuccess`` comes before the redirect, and ``false`` from it, even a promised one, prevents it."""
    page = await visit(site.show(f'<div id="login"></div><script src="{here.url}/widget.js"></script>'))
    await page.evaluate(
        """([app_id, return_url]) => {
            window.told = [];
            const onSuccess = async (detail) => { told.push(["Success", detail]); return false; };
            AuthBotsWidget.init({ app_id, return_url, poll_type: "status", container: "#login", onSuccess });
        }""",
        [here.app.app_id, f"{site.origin}/callback"],
    )
    await log_in(here, page, here.visitor())
    await told(page, "Success")
    await page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go())))")
    assert page.url == f"{site.origin}/"


async def test_who_knows_the_session_id_alone_cannot_redeem(here: Town, site: Site, visit: Visit) -> None:
    """With ``full`` the session is bound to the page by a proof key (RFC 7636), which never leaves it before."""
    page = await visit(site.embed(here))
    await page.route("**/*type=full*", lambda route: route.abort())
    await log_in(here, page, here.visitor())
    session_id = (await told(page, "Ready"))["session_id"]
    async with here.browser.get(f"{here.url}/api/v1/auth/session/{session_id}?type=full") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "CODE_VERIFIER_REQUIRED"
