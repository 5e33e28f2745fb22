"""What a measured daemon needs before anything can be measured: a site of its own, and its bot reached."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp

Json = dict[str, Any]


async def create_app(config: Path) -> Json:
    """Register a site, and return its id and its secrets."""
    command = [sys.executable, "-m", "daemon", "app", "create", "--config", str(config), "--json"]
    process = await asyncio.create_subprocess_exec(
        *command, "--name", "Bench", "--slug", "bench", stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    created: Json = json.loads(printed)
    return created


async def until_bot_is_up(browser: aiohttp.ClientSession, port: int) -> None:
    """Wait until the daemon has reached its bot."""
    while True:
        async with browser.get(f"http://127.0.0.1:{port}/health") as answer:
            if (await answer.json())["status"] == "ok":
                return
        await asyncio.sleep(0.05)
