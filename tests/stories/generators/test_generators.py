"""What stock generators make of ``/openapi.json``, with their own defaults and without a warning, logs people in."""

import asyncio
import json
import re
import shlex
import shutil
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Final

from emulator.people import Person
from tests.stories.backend import Backend
from tests.stories.generators.conftest import FOLDER
from tests.stories.handsets import Handset
from tests.stories.town import Json
from tests.waiting import patience

DOCUMENT: Final = FOLDER.parents[2] / "docs" / "project-api.md"
COMPILER: Final = ("--strict", "--target", "es2022", "--module", "nodenext", "--outDir", "built")
EVERY_MODULE: Final = """\
import importlib, pkgutil, gatepost_client
for module in pkgutil.walk_packages(gatepost_client.__path__, "gatepost_client."):
    importlib.import_module(module.name)
"""


async def test_openapi_typescript(backend: Backend, packages: Path, tmp_path: Path) -> None:
    """Faults 5.1, 5.2: its types compile strictly; a body leaves out what has a default, and a refusal has its code."""
    (tmp_path / "node_modules").symlink_to(packages)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(FOLDER / "server.ts", tmp_path)
    name, *arguments = documented("npx openapi-typescript", backend)
    tools = packages / ".bin"
    said = await run(tmp_path, tools / name, *arguments)
    assert not re.search("warn|error|⚠|✘", said, re.IGNORECASE)
    assert 'interface webhooks {\n    "auth.completed": {' in (tmp_path / "gatepost.d.ts").read_text()
    assert await run(tmp_path, tools / "tsc", *COMPILER, "server.ts", "gatepost.d.ts") == ""
    node = shutil.which("node")
    assert node is not None
    await visit(backend, tmp_path, node, "built/server.js")


async def test_openapi_python_client(backend: Backend, programs: Path, tmp_path: Path) -> None:
    """Faults 5.1, 5.2: every module of its package can be imported, and a refusal is one class, whatever was asked."""
    name, *arguments = documented("openapi-python-client", backend)
    path = f"PATH={programs}"  # it looks for ruff there
    said = await run(tmp_path, "/usr/bin/env", path, programs / name, *arguments, "--fail-on-warning")
    assert not re.search("warn|error|skip", said, re.IGNORECASE)
    made = tmp_path / "gatepost-client"
    assert await run(made, programs / "python", "-W", "error", "-c", EVERY_MODULE) == ""
    models = {each.name for each in (made / "gatepost_client" / "models").iterdir()}
    assert {"project_error.py", "site_error.py", "request_status.py", "auth_completed_event.py"} <= models
    assert len(models) < 250
    shutil.copy(FOLDER / "server.py", made)
    await visit(backend, made, programs / "python", "server.py")


def documented(beginning: str, backend: Backend) -> list[str]:
    """Return the words of the command that the docs give, for the town's daemon; without ``npx``, which would fetch."""
    (line,) = re.findall(rf"^{beginning} .*$", DOCUMENT.read_text(), re.MULTILINE)
    return shlex.split(line.removeprefix("npx ").replace("https://id.example.com", backend.town.url))


async def run(folder: Path, *command: str | Path) -> str:
    """Run a program that must end well, and return all that it said."""
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=PIPE, stderr=STDOUT)
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def visit(backend: Backend, folder: Path, *program: str | Path) -> None:
    """Run a site's program; go its two ways in as a visitor does, read what it writes to them, and what it was told."""
    here, handset = backend.town, backend.town.handset("telegram")
    anna = here.visitor()
    known = (here.url, here.app.app_id, backend.secrets.api_key)
    process = await asyncio.create_subprocess_exec(*program, *known, cwd=folder, stdin=PIPE, stdout=PIPE)
    try:
        async with patience():
            for _ in range(2):
                await go_in(handset, anna, await told_by(process))
                assert process.stdin is not None
                process.stdin.write(b"they did\n")
            message = here.newest(anna)
            result = await told_by(process)
            while "Your tea is ready" not in message.text:
                message = await handset.next_message(anna, message.id)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert result == {"phone": f"+{anna.phone}", "name": "Anna", "refused": "subscriber_not_found"}


async def told_by(process: asyncio.subprocess.Process) -> Json:
    """Return the next line of JSON that the program says."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line, "the program has ended"
    told: Json = json.loads(line)
    return told


async def go_in(handset: Handset, person: Person, way: Json) -> None:
    """Open a link, show the phone where the bot asks for it, and tap the button."""
    await handset.ask(person, way["link"])
    await handset.tap(person, way["button"])
