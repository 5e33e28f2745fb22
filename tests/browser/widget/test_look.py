"""What the widget looks and sounds like: sizes, colours, stillness, and what a screen reader says."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from tests.browser.widget.conftest import DESKTOP, PHONE
from tests.browser.widget.site import Site, ask, number_of
from tests.stories.town import Json, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

ACCENT = "(digits) => getComputedStyle(digits).color"
SMALL = """(host) => [...host.shadowRoot.querySelectorAll("a[href], button, .choice label")]
    .map((each) => [each.textContent, each.getBoundingClientRect()])
    .filter(([, box]) => box.width && Math.min(box.width, box.height) < 24).map(([text]) => text)"""
HEIGHTS = """const { fetch } = globalThis;
globalThis.heights = new Set();
globalThis.fetch = (...call) => {
  const look = () => heights.add(document.querySelector("#login").getBoundingClientRect().height);
  if (document.querySelector("#login > *")) look();
  return fetch(...call);
};"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_nothing_moves_when_the_login_comes_or_ends(here: Town, site: Site, visit: Visit, size: Json) -> None:
    """The widget is as high while it waits for its first answer as with it, once opened, and when it is over."""
    page = await visit("about:blank", **size)
    await page.add_init_script(HEIGHTS)
    await page.goto(site.embed(here))
    await ask(here, page, here.visitor())
    await expect(page.locator(".said")).to_contain_text("Opened")
    await page.get_by_role("button", name="Cancel").click()
    await page.evaluate("heights.add(document.querySelector('#login').getBoundingClientRect().height)")
    assert await page.evaluate("heights.size") == 1


@pytest.mark.parametrize("lang", ["en", "ru"])
async def test_on_the_narrowest_screen(here: Town, site: Site, visit: Visit, lang: str) -> None:
    """At 320 pixels nothing is wider than the screen, and everything is large enough for a finger (WCAG 2.5.8)."""
    page = await visit(site.embed(here, lang=lang), viewport={"width": 320, "height": 640}, has_touch=True)
    await number_of(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await page.locator("#login > div").evaluate(SMALL) == []


async def test_the_number_is_read_as_digits(here: Town, site: Site, visit: Visit) -> None:
    """A screen reader is told the number digit by digit, and what to do with it; then that the messenger was opened."""
    page = await visit(site.embed(here))
    number = await number_of(page)
    status = page.get_by_role("status")
    await expect(status).to_have_text(f"Your number: {number[0]} {number[1]}. Pick this number in the bot.")
    await ask(here, page, here.visitor())
    await expect(status).to_have_text("Opened in your messenger, waiting for your answer")


@pytest.mark.parametrize(
    "case",
    [
        ("#0f766e", "light", "rgb(15, 118, 110)"),
        ("#0f766e", "dark", "rgb(244, 244, 245)"),
        ("#fde047", "dark", "rgb(253, 224, 71)"),
        ("#fde047", "light", "rgb(24, 24, 27)"),
    ],
)
async def test_the_apps_colour_where_it_can_be_read(
    here: Town, site: Site, visit: Visit, case: tuple[str, str, str]
) -> None:
    """The app's colour is used where its contrast is 4.5 to 1 or more (WCAG 1.4.3), and not elsewhere."""
    colour, theme, shown = case
    await here.daemon.services.apps.change(replace(here.app, color=colour))
    page = await visit(site.embed(here, theme=theme))
    await number_of(page)
    assert await page.locator(".digits").evaluate(ACCENT) == shown


async def test_the_theme_follows_the_system(here: Town, site: Site, visit: Visit) -> None:
    """``auto`` changes with the system, while the page is open."""
    page = await visit(site.embed(here), color_scheme="dark")
    await number_of(page)
    await expect(page.locator(".digits")).to_have_css("color", "rgb(244, 244, 245)")
    await page.emulate_media(color_scheme="light")
    await expect(page.locator(".digits")).to_have_css("color", "rgb(24, 24, 27)")


async def test_a_sites_own_styles_stay_outside(here: Town, site: Site, visit: Visit) -> None:
    """Whatever a page does to its own elements, the widget looks the same."""
    page = await visit(site.embed(here))
    await number_of(page)
    look = "(way) => ['font', 'color', 'textTransform', 'letterSpacing'].map((name) => getComputedStyle(way)[name])"
    before = await page.locator("a.way").first.evaluate(look)
    await page.add_style_tag(
        content="* { font: 40px serif; color: red; text-transform: uppercase; letter-spacing: 1em }"
    )
    assert await page.locator("a.way").first.evaluate(look) == before


async def test_without_motion(here: Town, site: Site, visit: Visit) -> None:
    """Who asked for less motion sees none."""
    page = await visit(site.embed(here), reduced_motion="reduce")
    await ask(here, page, here.visitor())
    await expect(page.locator(".said")).to_contain_text("Opened")
    assert await page.locator(".dot").evaluate("(dot) => dot.getAnimations().length") == 0
