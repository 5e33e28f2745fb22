"""Logins on the hosted page that come to nothing: said in one sentence, and trying again keeps the return address."""

from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.hosted.states import LIFETIME, LOOK_AGAIN, hosted
from tests.browser.widget.conftest import DESKTOP, PHONE
from tests.browser.widget.site import Site, ask, log_in, number_of, other_button
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

SAYS = {
    "en": {
        "cancelled": "You cancelled the login.",
        "wrong": "A different number was picked in the messenger, so the login was stopped.",
        "expired": "The time for confirming ran out.",
    },
    "ru": {
        "cancelled": "Вы отменили вход.",
        "wrong": "В мессенджере выбрали другое число, поэтому вход остановлен.",
        "expired": "Время на подтверждение вышло.",
    },
}


@pytest_asyncio.fixture(params=[(PHONE, "en"), (DESKTOP, "ru")], ids=["phone-en", "desktop-ru"], loop_scope="session")
async def page(request: pytest.FixtureRequest, here: Town, site: Site, visit: Visit) -> Page:
    """Return the hosted page, which wants to go on to ``/callback``."""
    size, language = request.param
    return await visit(hosted(here, f"{site.origin}/callback?a=b"), locale=language, **size)


async def says(page: Page, ending: str) -> None:
    """Wait until the page says in its language how the login ended."""
    language = await page.locator("html").get_attribute("lang") or ""
    await expect(page.locator(".why")).to_have_text(SAYS[language][ending])


async def try_again(here: Town, site: Site, page: Page) -> None:
    """Press the button, and log in this time, up to the return address."""
    await page.locator(".again").click()
    await log_in(here, page, here.visitor(first_name="Boris", username="boris"))
    await page.wait_for_url(f"{site.origin}/callback?a=b&session_id=*")


async def test_cancelled(here: Town, site: Site, page: Page) -> None:
    """Cancel ends the login on the server too."""
    await number_of(page)
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        await page.locator(".cancel").click()
    assert (await deleted.value).ok
    await says(page, "cancelled")
    await try_again(here, site, page)


async def test_a_wrong_number(here: Town, site: Site, page: Page) -> None:
    """T1: another number than the page shows stops the login."""
    anna = here.visitor(language_code="en")
    number = await ask(here, page, anna)
    await here.handset("telegram").tap(anna, other_button(here, anna, number))
    await says(page, "wrong")
    await try_again(here, site, page)


async def test_expired(here: Town, site: Site, page: Page, clock: MovedClock) -> None:
    """T6: a login lives five minutes."""
    await number_of(page)
    clock.ahead = LIFETIME
    await page.evaluate(LOOK_AGAIN)
    await says(page, "expired")
    await try_again(here, site, page)
