"""What the hosted page weighs, where it stands still, and who may not show it."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, Request

from tests.browser.hosted.states import hosted
from tests.browser.widget.conftest import DESKTOP, PHONE
from tests.browser.widget.site import Site, ask, number_of
from tests.stories.town import Json, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

SHIFTS = """globalThis.shifts = [];
new PerformanceObserver((seen) => shifts.push(...seen.getEntries().map((each) => each.value)))
    .observe({ type: "layout-shift", buffered: true });"""
PAINTED = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go())))"


async def test_what_the_page_weighs(here: Town, site: Site, visit: Visit) -> None:
    """Page, styles, scripts and the login with its QR codes, headers and all, are under 40 kB as transferred."""
    page = await visit("about:blank")
    loaded: list[Request] = []

    def note(request: Request) -> None:
        loaded.append(request)

    page.on("requestfinished", note)
    async with page.expect_request_finished(lambda request: "/api/v1/auth/session" in request.url):
        await page.goto(hosted(here, f"{site.origin}/callback"))
    await number_of(page)
    sizes = [await request.sizes() for request in loaded]
    assert {request.url.rpartition("/")[2] for request in loaded} >= {"widget.js", "page.js", "page.css", "session"}
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) < 40_000


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_nothing_moves(here: Town, site: Site, visit: Visit, size: Json) -> None:
    """From the first paint to the messenger's opening nothing on the page changes its place."""
    page = await visit("about:blank", **size)
    await page.add_init_script(SHIFTS)
    await page.goto(hosted(here, f"{site.origin}/callback"))
    await ask(here, page, here.visitor())
    await page.locator("[data-state=opened]").wait_for()
    await page.evaluate(PAINTED)
    assert await page.evaluate("shifts") == []


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_on_the_narrowest_screen(here: Town, site: Site, visit: Visit, language: str) -> None:
    """At 320 pixels nothing is wider than the screen."""
    narrow = {"width": 320, "height": 640}
    page = await visit(hosted(here, f"{site.origin}/callback"), locale=language, viewport=narrow, has_touch=True)
    await number_of(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_in_a_frame_it_stays_empty(here: Town, site: Site, chromium: Browser) -> None:
    """T30: not even a site that may start logins can show the page in a frame and have it clicked unseen."""
    address = hosted(here, f"{site.origin}/callback")
    page = await chromium.new_page()
    async with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        await page.goto(site.show(f'<iframe src="{address}"></iframe>'))
    frame = page.frames[1]
    assert frame.url != address
    assert await frame.locator("#widget, form, button").count() == 0
    assert here.count_logins() == 0
    await page.close()
