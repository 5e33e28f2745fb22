"""A town that lets the example in, and a browser to visit it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.ports import free_port
from tests.stories.town import SITE, Town, town


@pytest.fixture
def site() -> str:
    """Return where the example is going to be."""
    return f"http://127.0.0.1:{free_port()}"


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path, site: str) -> AsyncIterator[Town]:
    """Return a town at an address that tokens can name as their issuer, whose app allows the example."""
    address = f"127.0.0.1:{free_port()}"
    async with town(tmp_path, http={"public_url": f"http://{address}", "listen": address}) as built:
        await built.daemon.keepers.reached()
        built.app = replace(built.app, origins=(site, SITE), redirect_url=None)
        await built.daemon.services.apps.change(built.app)
        yield built


@pytest_asyncio.fixture(loop_scope="session")
async def visitor() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a browser with cookies and no JavaScript."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        yield browser
