"""The pages for developers in a real browser: they fit, they say nothing on the console, and ask nobody else."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.stories.town import town

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
async def test_on_the_narrowest_screen(tmp_path: Path, chromium: Browser, path: str, language: str) -> None:
    """At 320 pixels nothing is wider than the screen, with everything unfolded; every link of the page leads on."""
    troubles: list[str] = []
    async with town(tmp_path) as here:
        context = await chromium.new_context(locale=language, viewport={"width": 320, "height": 640})
        context.on("console", lambda said: troubles.append(said.text))
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on(
            "request", lambda asked: None if asked.url.startswith((here.url, "data:")) else troubles.append(asked.url)
        )
        page = await context.new_page()
        await page.goto(f"{here.url}{path}")
        assert await page.locator("html").get_attribute("lang") == language
        for summary in await page.locator("summary").all():
            await summary.click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        lost = "links => links.map(({ hash }) => hash.slice(1)).filter((id) => !document.getElementById(id))"
        assert await page.locator('a[href^="#"]').evaluate_all(lost) == []
        await context.close()
    assert troubles == []
