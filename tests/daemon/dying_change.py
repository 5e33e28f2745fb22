"""``gatepost keys rotate-master``, killed at one of its steps."""

import os
import signal
import sys
from pathlib import Path
from unittest.mock import patch

from core.clock import SystemClock
from core.entropy import SystemEntropy
from daemon.master_key import put_key
from daemon.master_key_change import change_master_key
from daemon.messengers import load
from storage.sqlite.new_key import forget_former_pages


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(config: str, moment: str) -> None:
    """Change the key, and die: before the new file, before the copy, in the transaction, and before or after VACUUM."""
    files: list[Path] = []

    def put_or_die(path: Path, key: bytes) -> None:
        if moment == ("new", "copy")[len(files)]:
            _die()
        files.append(path)
        put_key(path, key)

    def forget_or_die(path: Path) -> None:
        if moment == "sealed":
            _die()
        forget_former_pages(path)
        if moment == "anew":
            _die()

    def find_or_die(*_: object) -> None:
        _die()

    patch("daemon.master_key_change.put_key", put_or_die).start()
    patch("daemon.master_key_change.forget_former_pages", forget_or_die).start()
    if moment == "sealing":
        patch("storage.sqlite.new_key._find_anew", find_or_die).start()  # the last thing before the commit
    change_master_key(load(Path(config)), SystemClock(), SystemEntropy())


if __name__ == "__main__":
    main(*sys.argv[1:])
