"""``gatepost …`` as the pages write it, line by line, on a database of its own, by the code behind the command."""

import asyncio
import shlex
from pathlib import Path

import pytest

from core.model.ids import AppId
from daemon.messengers import load
from daemon.wiring import open_admin
from tests.daemon.conftest import Run, config, run
from tests.snippets.pages import Block, commands, tried

__all__ = ["config", "run"]

NEEDS_A_BROADCAST = ("broadcasts watch", "broadcasts cancel")
CREATE = "app create --name Shop --slug my-shop --origin https://shop.example.com"


def arguments(command: str, config: Path) -> list[str]:
    """Return what the command's line says after ``gatepost``; its settings are the test's."""
    words = shlex.split(command, comments=True)
    start = next(index for index, word in enumerate(words) if word.rpartition("/")[2] == "gatepost")
    return [str(config) if word == "/etc/gatepost/gatepost.toml" else word for word in words[start + 1 :]]


@pytest.mark.parametrize("block", tried("commands"), ids=str)
def test_every_command_is_understood(block: Block, run: Run, config: Path) -> None:
    """And does what it says, a rotation of signing keys and of an app's and a webhook's secrets too (faults 4.7)."""
    made = {} if "app create" in block.text else run(*CREATE.split(), "--json").json
    names = {"DELIVERY": "", "ENDPOINT": "", "JOB_ID": "6921f0c2a5d34e7b8a9c0d1e"}
    for command in commands(block):
        line = " ".join(names.get(word, word) for word in command.split())
        outcome = run(*arguments(line, config))
        if any(words in line for words in NEEDS_A_BROADCAST):
            assert (outcome.status, "BROADCAST" in outcome.err) == (1, True), outcome
            continue
        assert outcome.status == 0, (line, outcome)
        if "webhooks add" in line:
            (endpoint,) = run("webhooks", "list", "my-shop", "--json").json
            names |= {"ENDPOINT": endpoint["id"], "DELIVERY": failed(config, made["app_id"])}


def failed(config: Path, app_id: str) -> str:
    """Have the app told something, and return the delivery's id."""

    async def simulate() -> str:
        async with open_admin(load(config)) as admin:
            (note,) = await admin.webhooks.simulate(AppId(app_id), "auth.completed", {"name": "Anna"})
            return note.delivery_id

    return asyncio.run(simulate())
