"""An example as a process of its own, as somebody starts it who follows its first lines."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.waiting import patience

FOLDER: Final = Path(__file__).parents[2] / "examples"
WAYS: Final = ("hosted_redirect", "widget", "own_page")
FILES: Final = tuple(f"{way}.{language}" for way in WAYS for language in ("py", "mjs"))


@asynccontextmanager
async def example(file: str, gatepost_url: str, app_id: str, site: str) -> AsyncIterator[None]:
    """Run an example that is seen at ``site``; where Node is not installed, only CI insists on it."""
    settings = {"GATEPOST_URL": gatepost_url, "APP_ID": app_id, "PORT": site.rpartition(":")[2]}
    process = await asyncio.create_subprocess_exec(
        interpreter(file),
        str(FOLDER / file),
        env={**os.environ, **settings, "PYTHONUNBUFFERED": "1", "NO_PROXY": "*"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with patience():
            greeting = await process.stdout.readline()
        assert site in greeting.decode(), "the example did not start"
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def interpreter(file: str) -> str:
    """Return what runs the file."""
    if file.endswith(".py"):
        return sys.executable
    node = shutil.which("node")
    if node is None and not os.environ.get("CI"):
        pytest.skip("no Node here: install Debian's package 'nodejs'")
    assert node is not None, "CI runs the Node examples too: install 'nodejs'"
    return node
