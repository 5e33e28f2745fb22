"""What all tests share: ports that go back, one Chromium, and a word at the end about what is missing here."""

import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
import pytest_asyncio
from hypothesis import settings
from playwright.async_api import Browser, async_playwright, expect

from tests.ports import give_back

_NO_CHROMIUM: Final = "no Chromium here: install Debian's package 'chromium', or set CHROMIUM to where it is"
_PATIENCE_MS: Final = 20_000
"""How long the browser may take to show something: several of them share a machine that does other things too."""
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
"""How fast an example runs says more about the machine than about the code; time is for ``bench``."""


@pytest.fixture(autouse=True)
def _ports_go_back() -> Iterator[None]:
    """Let go of the ports that a test has borrowed, once all that stood on them is gone."""
    yield
    give_back()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _running_chromium() -> AsyncIterator[Browser]:
    """Run a headless Chromium for all tests; where none is installed, only CI insists on one."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None and os.environ.get("CI"):
        pytest.fail(_NO_CHROMIUM)
    if path is None:
        pytest.skip(_NO_CHROMIUM)
    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(_running_chromium: Browser) -> AsyncIterator[Browser]:
    """Return the running Chromium; what a test opened in it is closed afterwards.

    Tests open contexts of their own, which know nothing of each other. They run in the session's loop, where it lives.
    """
    yield _running_chromium
    for context in _running_chromium.contexts:
        await context.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped for want of what; the reasons say how to get it."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason, count in Counter(report.longrepr[2] for report in skipped).items():
        terminalreporter.write_line(f"{reason} ({count} tests)", yellow=True)
