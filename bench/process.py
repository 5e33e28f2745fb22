"""Starts what is measured as a process of its own, on the core that is kept for it."""

import asyncio
import os
import resource
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

SERVER_CORE = 0
FILES = 50_000


@dataclass(frozen=True, slots=True)
class Server:
    """A running process: where it listens, and how long it took to be ready (seconds)."""

    port: int
    pid: int
    ready_seconds: float

    @property
    def mebibytes(self) -> float:
        """Return the memory it holds now (resident)."""
        return float(psutil.Process(self.pid).memory_info().rss) / 1024 / 1024

    @property
    def cpu_seconds(self) -> float:
        """Return the CPU time it has used."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def raise_file_limit() -> int:
    """Allow this process and its children many connections; return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, FILES), max(hard, FILES)))
    except (ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@asynccontextmanager
async def server(arguments: list[str], port: int, environment: dict[str, str]) -> AsyncIterator[Server]:
    """Run ``python -m <arguments>`` on the server's core until the block ends."""
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            env={**os.environ, **environment},
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )
        try:
            await _until_listening(process, port)
            yield Server(port, process.pid, time.perf_counter() - began)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            log.seek(0)
            complaints = [line for line in log.read().decode().splitlines() if "error" in line]
            if complaints:
                print("the server complained:", *complaints[:5], sep="\n  ")


async def _until_listening(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.005)
        else:
            writer.close()
            return
    raise RuntimeError(f"the server ended with status {process.returncode} before it listened")


def write_config(folder: Path, port: int, telegram_port: int, messages_per_second: int = 10_000) -> Path:
    """Write settings without limits for a daemon on ``port`` and an emulated Telegram on ``telegram_port``.

    ``messages_per_second`` is what the bot is told that Telegram allows it.
    """
    config = folder / "gatepost.toml"
    config.write_text(f"""
[http]
public_url = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
[storage]
url = "sqlite:///{folder}/gatepost.db"
[limits]
logins_per_minute_per_address = 0
logins_per_minute_per_app = 0
misses_per_minute_per_address = 0
requests_per_minute_per_project = 0
messages_per_minute_per_app = 0
waiting_polls = 0
waiting_polls_per_address = 0
[[bots]]
name = "tg"
messenger = "telegram"
token = "{BOT_TOKEN}"
api_base = "http://127.0.0.1:{telegram_port}"
link_base = "http://127.0.0.1:{telegram_port}/t.me"
messages_per_second = {messages_per_second}
""")
    return config


BOT_TOKEN = "1000000001:bench-only-worth-nothing-anywhere"  # noqa: S105 - the emulator's, not Telegram's
BOT_USERNAME = "bench_bot"
