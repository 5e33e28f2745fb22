"""The examples in a real browser: whoever comes to the site ends on its page, greeted by name."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.examples.processes import FILES, example
from tests.stories.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

GREETING = "Hello, Anna!"


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest) -> str:
    """Return each example in turn."""
    name: str = request.param
    return name


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """Open an English browser on a wide screen."""
    context = await chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    yield await context.new_page()
    await context.close()


async def confirm(here: Town, link: Locator, number: str) -> None:
    """Let Anna open the link in her messenger, and pick the number."""
    await expect(link).to_have_attribute("href", re.compile(r"/town_bot\?start=.+"))
    anna = here.visitor(language_code="en")
    await here.ask(anna, {"links": {"telegram": await link.get_attribute("href")}})
    await here.tap(anna, number)


async def shown_number(place: Locator) -> str:
    """Return the two-digit number that a place shows."""
    await expect(place).to_have_text(re.compile(r"\d\d"))
    return str(re.findall(r"\d\d", await place.inner_text())[0])


def overheard(page: Page) -> list[str]:
    """Return a list that collects what goes wrong on the page; the sites have no icon, which browsers ask for."""
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.location["url"].endswith("/favicon.ico"):
            complaints.append(said.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(error.message))
    return complaints


async def test_a_visitor_logs_in(here: Town, site: str, page: Page, file: str) -> None:
    """By each way, in each language, and nothing offends the policy of the page it is on."""
    complaints = overheard(page)
    async with example(file, here.url, here.app.app_id, site):
        await page.goto(site)
        if file.startswith("hosted_redirect"):
            await page.get_by_role("link", name="Log in").click()
            await expect(page).to_have_url(re.compile(rf"^{here.url}/login/{here.app.app_id}\?return_url="))
        if file.startswith("own_page"):
            number = await shown_number(page.get_by_role("status"))
            await confirm(here, page.get_by_role("link", name="telegram"), number)
        else:
            link = page.get_by_role("link", name="Open Telegram")
            await expect(link).to_have_attribute("href", re.compile(r"start="))
            await confirm(here, link, await shown_number(page.locator(".digits [aria-hidden]")))
        await expect(page.get_by_text(GREETING)).to_be_visible()
        assert page.url == f"{site}/"
        assert complaints == []


async def test_the_hosted_page_without_javascript(chromium: Browser, here: Town, site: str) -> None:
    """With JavaScript off the hosted page leads back to the site as well."""
    context = await chromium.new_context(locale="en-GB", java_script_enabled=False)
    page = await context.new_page()
    async with example("hosted_redirect.py", here.url, here.app.app_id, site):
        await page.goto(site)
        await page.get_by_role("link", name="Log in").click()
        await page.get_by_role("button").click()
        number = await shown_number(page.locator(".number"))
        await confirm(here, page.get_by_role("link", name="Open Telegram"), number)
        await expect(page.get_by_text(GREETING)).to_be_visible()
    await context.close()
