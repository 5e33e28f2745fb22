"""Two generators of clients as people have them: each in an environment of its own, as the lock files beside this name.

The environments lie beside the lock files too, are made by the first test that needs one, and need no network then.
"""

import subprocess
import sys
import venv
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final

import pytest

from tests.npm import node_modules

FOLDER: Final = Path(__file__).parent
PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes")


@pytest.fixture(scope="session")
def packages() -> Path:
    """Return the ``node_modules`` with openapi-typescript; where there is no npm, only CI insists on it."""
    return node_modules(FOLDER)


@pytest.fixture(scope="session")
def programs() -> Path:
    """Return the folder of programs with openapi-python-client, and the Python for what it makes."""
    environment, lock = FOLDER / ".venv", FOLDER / "requirements.lock"
    stamp, bin_folder = environment / ".installed", environment / "bin"
    with lock.open("rb") as wanted:
        flock(wanted, LOCK_EX)  # one worker installs, the others wait
        names = sys.version.encode() + wanted.read()
        if not stamp.exists() or stamp.read_bytes() != names:
            venv.create(environment, clear=True, with_pip=True)
            subprocess.run([bin_folder / "python", *PIP, "--requirement", lock], check=True, timeout=300)  # noqa: S603 - the command is ours
            stamp.write_bytes(names)
    return bin_folder
