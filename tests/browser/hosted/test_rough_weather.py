"""Reloads, tabs and lost networks on the hosted page: the login that waits survives them."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.hosted.states import LOOK_AGAIN, hosted
from tests.browser.widget.conftest import DESKTOP, PHONE
from tests.browser.widget.site import Site, ask, log_in, number_of
from tests.stories.town import Json, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

EVERYWHERE = pytest.mark.parametrize(
    ("size", "language"), [(PHONE, "ru"), (DESKTOP, "en")], ids=["phone-ru", "desktop-en"]
)


@EVERYWHERE
async def test_a_reload_in_the_middle(here: Town, site: Site, visit: Visit, size: Json, language: str) -> None:
    """The same number and the same login after a reload, also when the link was opened already."""
    page = await visit(hosted(here, f"{site.origin}/callback?a=b"), locale=language, **size)
    anna = here.visitor(language_code="en")
    number = await ask(here, page, anna)
    await page.locator("[data-state=opened]").wait_for()
    await page.reload()
    await page.locator("[data-state=opened]").wait_for()
    assert await number_of(page) == number
    await here.handset("telegram").tap(anna, number)
    await page.wait_for_url(f"{site.origin}/callback?a=b&session_id=*")


@EVERYWHERE
async def test_two_tabs(here: Town, site: Site, visit: Visit, size: Json, language: str) -> None:
    """Two tabs of one browser are two logins, for two people even."""
    page = await visit(hosted(here, f"{site.origin}/callback?tab=1"), locale=language, **size)
    other = await page.context.new_page()
    await other.goto(hosted(here, f"{site.origin}/callback?tab=2"))
    await log_in(here, other, here.visitor(language_code="en"))
    await other.wait_for_url(f"{site.origin}/callback?tab=2&session_id=*")
    await log_in(here, page, here.visitor(language_code="en", first_name="Boris", username="boris"))
    await page.wait_for_url(f"{site.origin}/callback?tab=1&session_id=*")
    assert page.url.rpartition("=")[2] != other.url.rpartition("=")[2]


@EVERYWHERE
async def test_offline_and_back(here: Town, site: Site, visit: Visit, size: Json, language: str) -> None:
    """Confirmed while the browser had no network, the login goes on as soon as there is one."""
    page = await visit(hosted(here, f"{site.origin}/callback?a=b"), locale=language, **size)
    anna = here.visitor(language_code="en")
    number = await ask(here, page, anna)
    await page.locator("[data-state=opened]").wait_for()
    await page.context.set_offline(offline=True)
    await page.evaluate(LOOK_AGAIN)
    says = {"en": "No connection, I keep trying", "ru": "Нет связи, пробуем снова"}[language]
    await expect(page.locator(".said")).to_have_text(says)
    await here.handset("telegram").tap(anna, number)
    await page.context.set_offline(offline=False)
    await page.wait_for_url(f"{site.origin}/callback?a=b&session_id=*")
