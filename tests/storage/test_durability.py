"""What was acknowledged is there after a sudden death."""

import subprocess
import sys
from pathlib import Path

from storage.sqlite.store import open_store
from tests.storage.builders import kept
from tests.storage.key import SEAL


def _acknowledged_until_killed(path: Path) -> set[str]:
    """Let another process write, kill it after four hundred acknowledgements, and return all it made."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-m", "tests.storage.acknowledger", str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        acknowledged = {process.stdout.readline().strip() for _ in range(400)}
        process.kill()
        acknowledged.update(line.strip() for line in process.stdout if line.endswith("\n"))
    return acknowledged


async def test_every_acknowledged_write_survives_the_kill(path: Path) -> None:
    """A process is killed in the middle of its work: all that it was told was written is there."""
    acknowledged = _acknowledged_until_killed(path)
    assert len(acknowledged) >= 400
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        assert acknowledged <= set(await store.read(kept))
