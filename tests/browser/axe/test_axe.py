"""axe-core finds nothing to complain about in any state of the hosted page, the widget and the docs (WCAG 2.2 AA)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.hosted.states import Walk, hosted, with_widget
from tests.browser.widget.conftest import DESKTOP, PHONE
from tests.browser.widget.site import Site
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Json, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN: Final = """async (rules) => (await axe.run({ runOnly: rules })).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.flat().join(" ")).join(", ")}`)"""
EVERYWHERE = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
Begin = Callable[..., Awaitable[Walk]]


class Inspector:
    """Runs axe on what is shown, in light and in dark, and writes its findings down."""

    def __init__(self, axe: str) -> None:
        self._axe = axe
        self.copies: Page | None = None
        self.seen: list[str] = []
        self.findings: list[str] = []

    async def look(self, page: Page, state: str) -> None:
        """Check the page, or its copy: axe cannot run in a browser that runs no scripts."""
        self.seen.append(state)
        shown = await self._copied(page, self.copies) if self.copies else page
        await shown.evaluate(f"if (!globalThis.axe) {{ {self._axe} }}")
        for scheme in ("light", "dark"):
            await shown.emulate_media(color_scheme=scheme)
            found = await shown.evaluate(RUN, RULES)
            self.findings += [f"{state} {scheme}: {each}" for each in found]

    @staticmethod
    async def _copied(page: Page, copies: Page) -> Page:
        """Show a page as browsers without scripts do, in one that would run them if there were any."""
        content = (await page.content()).replace("noscript", "div")
        await copies.route("**/*.js", lambda route: route.abort())
        await copies.route(page.url, lambda route: route.fulfill(body=content, content_type="text/html"))
        await copies.goto(page.url)
        return copies


@pytest.fixture
def inspector(axe: str) -> Inspector:
    """Return who inspects."""
    return Inspector(axe)


@pytest_asyncio.fixture(loop_scope="session")
async def walk(
    chromium: Browser, here: Town, clock: MovedClock, inspector: Inspector
) -> AsyncIterator[Callable[..., Awaitable[Walk]]]:
    """Return what begins a walk, inspected at each state, in a browser of its own."""
    async with AsyncExitStack() as contexts:

        async def begin(size: Json, **options: Any) -> Walk:  # noqa: ANN401 - Playwright's own options
            context = await chromium.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **size, **options})
            contexts.push_async_callback(context.close)
            return Walk(here, clock, await context.new_page(), inspector.look)

        yield begin


async def test_it_finds_what_is_wrong(inspector: Inspector, walk: Begin) -> None:
    """A picture without words on a page without a title, in light and in dark."""
    page = (await walk(DESKTOP)).page
    await page.set_content('<img src="data:,">')
    await inspector.look(page, "bad")
    for rule in ("image-alt", "document-title", "html-has-lang"):
        assert len([each for each in inspector.findings if rule in each]) == 2


@EVERYWHERE
async def test_the_hosted_page(site: Site, inspector: Inspector, walk: Begin, size: Json) -> None:
    """From the first moment to each ending."""
    begun = await walk(size)
    await begun.through_widget(hosted(begun.here, f"{site.origin}/callback"))
    assert len(inspector.seen) == 9
    assert inspector.findings == []


@EVERYWHERE
async def test_the_hosted_page_without_javascript(site: Site, inspector: Inspector, walk: Begin, size: Json) -> None:
    """The same story, told by forms, links and a page that looks by itself or when asked."""
    begun = await walk(size, java_script_enabled=False)
    inspector.copies = (await walk(size)).page
    await begun.without_scripts(hosted(begun.here, f"{site.origin}/callback"))
    assert len(inspector.seen) == 7
    assert inspector.findings == []


@EVERYWHERE
async def test_the_pages_of_problems(site: Site, inspector: Inspector, walk: Begin, size: Json) -> None:
    """Addresses that lead to no login page."""
    begun = await walk(size)
    await begun.through_problems(site)
    assert len(inspector.seen) == 3
    assert inspector.findings == []


@EVERYWHERE
async def test_the_pages_for_developers(inspector: Inspector, walk: Begin, size: Json) -> None:
    """What can be asked for, with everything unfolded, and what the codes mean."""
    begun = await walk(size)
    for path in ("/docs", "/docs/errors"):
        await begun.page.goto(f"{begun.here.url}{path}")
        await begun.page.locator("details").evaluate_all("all => all.forEach((each) => each.open = true)")
        await inspector.look(begun.page, path)
    assert inspector.findings == []


@pytest.mark.parametrize(
    "case",
    [(PHONE, "inline", 9), (PHONE, "modal", 8), (DESKTOP, "inline", 9), (DESKTOP, "modal", 8)],
    ids=["phone-inline", "phone-modal", "desktop-inline", "desktop-modal"],
)
async def test_the_widget(site: Site, inspector: Inspector, walk: Begin, case: tuple[Json, str, int]) -> None:
    """On a page of somebody else's, and over it."""
    size, mode, states = case
    begun = await walk(size)
    await begun.through_widget(with_widget(begun.here, site, mode=mode))
    assert len(inspector.seen) == states
    assert inspector.findings == []
