"""Logins that come to nothing: each is told in one sentence, with a way to try again that keeps the return address."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.widget.site import Site, ask, log_in, number_of, other_button, told
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]


async def try_again(here: Town, site: Site, page: Page, again: str = "Try again") -> None:
    """Press the button, and log in this time, up to the return address."""
    await page.get_by_role("button", name=again).click()
    await log_in(here, page, here.visitor(first_name="Boris", username="boris"))
    await page.wait_for_url(f"{site.origin}/callback?a=b&session_id=*")


@pytest_asyncio.fixture(loop_scope="session")
async def page(here: Town, site: Site, visit: Visit) -> Page:
    """Return a page that wants to go on to ``/callback``."""
    return await visit(site.embed(here, poll_type="status", return_url=f"{site.origin}/callback?a=b"))


async def test_cancelled_on_the_page(here: Town, site: Site, page: Page) -> None:
    """Cancel ends the login on the server too, so the link leads nowhere."""
    await number_of(page)
    ready = await told(page, "Ready")
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        await page.get_by_role("button", name="Cancel").click()
    assert (await deleted.value).ok
    await expect(page.locator(".why")).to_have_text("You cancelled the login.")
    session_id = ready["session_id"]
    assert await told(page, "Cancel") == {"session_id": session_id, "reason": "by_site"}
    assert (await here.poll({"session_id": session_id}, type="status"))["cancel_reason"] == "by_site"
    await try_again(here, site, page)


async def test_a_wrong_number(here: Town, site: Site, page: Page) -> None:
    """T1: somebody picked another number than the page shows."""
    anna = here.visitor(language_code="en")
    number = await ask(here, page, anna)
    await here.handset("telegram").tap(anna, other_button(here, anna, number))
    await expect(page.locator(".why")).to_have_text(
        "A different number was picked in the messenger, so the login was stopped."
    )
    assert (await told(page, "Cancel"))["reason"] == "wrong_number"
    await try_again(here, site, page)


async def test_not_me(here: Town, site: Site, visit: Visit) -> None:
    """T1: whoever was sent the link can say that it is not theirs; a Russian page says it in Russian."""
    return_url = f"{site.origin}/callback?a=b"
    page = await visit(site.embed(here, lang="ru", poll_type="status", return_url=return_url), locale="ru")
    anna = here.visitor(language_code="en")
    await ask(here, page, anna)
    await here.handset("telegram").tap(anna, here.handset("telegram").labels(anna)[-1])
    await expect(page.locator(".why")).to_have_text("В мессенджере ответили «нет», поэтому вход остановлен.")
    assert (await told(page, "Cancel"))["reason"] == "not_me"
    await try_again(here, site, page, "Попробовать ещё раз")


async def test_expired(here: Town, site: Site, page: Page, clock: MovedClock) -> None:
    """T6: after the session's lifetime the widget says so."""
    await number_of(page)
    clock.ahead = timedelta(minutes=5)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator(".why")).to_have_text("The time for confirming ran out.")
    assert await told(page, "Expire") == {"session_id": (await told(page, "Ready"))["session_id"]}
    await try_again(here, site, page)


async def test_the_countdown_is_the_sessions_and_not_the_servers_clock(
    here: Town, site: Site, visit: Visit, clock: MovedClock
) -> None:
    """A server whose clock is an hour ahead of the browser's makes no difference; the last minute is announced."""
    clock.ahead = timedelta(hours=1)
    page = await visit("about:blank")
    await page.clock.install()
    await page.goto(site.embed(here))
    await number_of(page)
    await expect(page.get_by_role("timer")).to_have_text("5:00 left")
    await page.clock.fast_forward("03:00")
    await expect(page.get_by_role("timer")).to_have_text("2:00 left")
    await page.clock.fast_forward("01:01")
    await expect(page.get_by_role("timer")).to_have_text("0:59 left")
    await expect(page.get_by_role("status")).to_have_text("One minute left.")


async def test_an_app_that_is_switched_off(here: Town, site: Site, visit: Visit) -> None:
    """What trying again alone does not mend is told with its code, to the visitor and to the page."""
    address = site.embed(here)
    await here.daemon.services.apps.change(replace(here.app, enabled=False))
    page = await visit(address)
    await expect(page.locator(".why")).to_have_text("Logging in does not work right now.")
    await expect(page.get_by_text("APP_DISABLED")).to_be_visible()
    assert (await told(page, "Error"))["code"] == "APP_DISABLED"
    await here.daemon.services.apps.change(here.app)
    await page.get_by_role("button", name="Try again").click()
    await log_in(here, page, here.visitor())
    assert (await told(page, "Success"))["token"]
