"""Blocks of JavaScript, run by Node between lines that stand for the rest of a site's page."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.examples.processes import interpreter
from tests.waiting import patience


class Node:
    """A program that runs; it tells a line of JSON at a time, and may wait for a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def told(self) -> Any:  # noqa: ANN401 - whatever the program tells
        """Return what it tells next."""
        assert self._process.stdout is not None
        async with patience():
            line = await self._process.stdout.readline()
        assert line, "the program ended"
        return json.loads(line)

    async def tell(self, value: object) -> None:
        """Tell it something, in a line of JSON."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        await self._process.stdin.drain()


@asynccontextmanager
async def node(code: str) -> AsyncIterator[Node]:
    """Run code as a module for the length of the block; where Node is not installed, only CI insists on it."""
    process = await asyncio.create_subprocess_exec(
        interpreter("module.mjs"),
        "--input-type=module",
        "--eval",
        code,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Node(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
