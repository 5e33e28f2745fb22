"""Packages of npm that tests run: fetched once, as a lock file names them, and kept beside it."""

import os
import shutil
import subprocess
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final, NoReturn

import pytest

_TRIES: Final = 3
_SECONDS: Final = 120


class NotFetchedError(Exception):
    """npm is here, and could not fetch the packages."""


def node_modules(folder: Path) -> Path:
    """Return ``node_modules`` with exactly what the folder's lock file names; without a network once it was fetched.

    Where npm is not installed only CI insists on it: the test is skipped. Raises ``NotFetchedError``.
    """
    npm = shutil.which("npm")
    if npm is None:
        do_without("no npm here: install Debian's packages 'nodejs' and 'npm'")
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".fetched"
    with lock.open("rb") as wanted:
        flock(wanted, LOCK_EX)  # one worker fetches, the others wait
        names = wanted.read()
        if not stamp.exists() or stamp.read_bytes() != names:
            _fetch(npm, folder)
            stamp.write_bytes(names)
    return stamp.parent


def do_without(reason: str) -> NoReturn:
    """Skip the test; in CI, where everything is to be there, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _fetch(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    for _ in range(_TRIES):
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - the command is ours
        except subprocess.TimeoutExpired:
            continue
        if done.returncode == 0:
            return
    raise NotFetchedError(f"npm could not fetch what {folder}/package-lock.json names")
