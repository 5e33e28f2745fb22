"""axe-core, fetched by npm as the lock file beside this names it; nothing of it is kept in the repository."""

import json
import os
import shutil
import subprocess
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import NoReturn

import pytest

from tests.browser.widget.conftest import clock, here, site

__all__ = ["clock", "here", "site"]

FOLDER = Path(__file__).parent
PACKAGE = FOLDER / "node_modules" / "axe-core"
TRIES = 3


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core's source; where it cannot be had, only CI insists on it."""
    with (FOLDER / "package.json").open() as manifest:
        flock(manifest, LOCK_EX)  # one worker fetches it, the others wait
        if _installed() != json.load(manifest)["devDependencies"]["axe-core"]:
            _install()
    return (PACKAGE / "axe.min.js").read_text()


def _installed() -> str | None:
    manifest = PACKAGE / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.exists() else None


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        _do_without("no npm here: install Debian's packages 'nodejs' and 'npm'")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    for _ in range(TRIES):
        try:
            done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - the command is ours
        except subprocess.TimeoutExpired:
            continue
        if done.returncode == 0:
            return
    _do_without("npm could not fetch axe-core")


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
