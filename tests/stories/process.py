"""The daemon as a process of its own, to be killed."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.ports import free_port
from tests.storage.migrated import lay_down
from tests.stories.town import SITE, TOKEN, Json
from tests.waiting import a_moment, patience


@dataclass
class DaemonProcess:
    """A daemon's settings and, while it runs, its process."""

    config: Path
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, **environment: str) -> None:
        """Start it and wait until its bot is up."""
        self.process = await asyncio.create_subprocess_exec(
            *command("serve", "--config", str(self.config)),
            env={**os.environ, **environment},
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with patience(), aiohttp.ClientSession() as session:
            while await self._status(session) != "ok":
                assert self.process.returncode is None, "the daemon ended"
                await a_moment()  # a process of its own has no event to wait for

    async def _status(self, session: aiohttp.ClientSession) -> str | None:
        try:
            async with session.get(f"{self.url}/health") as answer:
                return str((await answer.json())["status"])
        except aiohttp.ClientError:
            return None

    async def kill(self) -> None:
        """Kill it with -9: it cannot clean up."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Stop it as systemd does, and return its exit status."""
        assert self.process is not None
        self.process.terminate()
        return await self.process.wait()


def command(*arguments: str) -> list[str]:
    """Return the command line of ``gatepost`` with these arguments."""
    return [sys.executable, "-m", "daemon", *arguments]


async def run_command(*arguments: str) -> Json:
    """Run a ``gatepost`` command that prints JSON."""
    process = await asyncio.create_subprocess_exec(*command(*arguments), stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0
    answer: Json = json.loads(printed)
    return answer


@asynccontextmanager
async def daemon_process(folder: Path, telegram_url: str, more: str = "") -> AsyncIterator[DaemonProcess]:
    """Write settings for a daemon on a free port; the caller starts it, and it is gone when the block ends.

    ``more`` are tables of the settings in TOML.
    """
    port = free_port()
    lay_down(folder / "gatepost.db")
    config = folder / "gatepost.toml"
    config.write_text(f"""
[http]
public_url = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
[storage]
url = "sqlite:///{folder}/gatepost.db"
[limits]
logins_per_minute_per_address = 0
messages_per_minute_per_app = 0
[[bots]]
name = "tg"
messenger = "telegram"
token = "{TOKEN}"
api_base = "{telegram_url}"
{more}
""")
    daemon = DaemonProcess(config, port)
    try:
        yield daemon
    finally:
        if daemon.process is not None and daemon.process.returncode is None:
            await daemon.kill()


async def create_app(daemon: DaemonProcess) -> Json:
    """Register the town's site with the command line, and return what it printed."""
    return await run_command(
        "app", "create", "--config", str(daemon.config), "--json",
        "--name", "Teapot", "--slug", "teapot", "--origin", SITE, "--redirect", f"{SITE}/",
    )  # fmt: skip
