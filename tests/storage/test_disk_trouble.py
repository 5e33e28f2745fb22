"""When the disk refuses, everyone is told, nothing is half done, and the store goes on when the disk does."""

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from core.errors import Busy
from http_api.health import StoreHealth
from storage.sqlite.store import SqlStore, open_store
from tests.storage.builders import busy_writer, kept, take, turn
from tests.storage.key import SEAL

_LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""


@contextmanager
def _no_room_beyond(size: int) -> Iterator[None]:
    """Have the kernel refuse to let any file of ours grow beyond ``size`` octets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _locked_by_another(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Have another process hold the write lock until its input is closed."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter and the program above
        [sys.executable, "-c", _LOCKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.communicate()


def _log_size(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


async def test_a_commit_that_fails_is_nobody_s(store: SqlStore, path: Path) -> None:
    """If the disk is full when a batch commits, every caller is told ``Busy`` and not one row stays."""
    await store.write(lambda unit: take(unit, "before"))
    with _no_room_beyond(_log_size(path)):
        async with busy_writer(path):
            tasks = [asyncio.create_task(store.write(partial(take, key=key))) for key in "abc"]
            await turn()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Busy, Busy, Busy]
    assert await store.read(kept) == ["before"]
    await store.write(lambda unit: take(unit, "after"))
    assert await store.read(kept) == ["before", "after"]


async def test_a_lone_commit_that_fails_leaves_nothing(
    store: SqlStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The same holds for a unit alone, however often; each is one sentence with the cause (faults 3.3)."""
    health = StoreHealth(store)
    with _no_room_beyond(_log_size(path)):
        for _ in range(3):
            with pytest.raises(Busy) as refusal:
                await store.write(lambda unit: take(unit, "lost"))
            assert "disk" in refusal.value.why
            assert "disk" not in str(refusal.value)
        assert (await health.trouble()).startswith("the database cannot write: ")
        assert "disk" in await health.trouble()
    refused = [record for record in caplog.records if record.getMessage() == "the database refused a transaction"]
    assert len(refused) == 4
    assert all("disk" in vars(record)["why"] and record.exc_info is None for record in refused)
    assert await store.write(lambda unit: take(unit, "lost"))


async def test_a_unit_that_fills_the_disk_takes_its_batch_with_it(store: SqlStore, path: Path) -> None:
    """If SQLite gives up the transaction in the middle of a unit, no unit of the batch is half done."""
    works = [partial(take, key="small"), partial(take, key="huge", body=bytes(16_000_000)), partial(take, key="late")]
    with _no_room_beyond(_log_size(path) + 1_000_000):
        async with busy_writer(path):
            tasks = [asyncio.create_task(store.write(work)) for work in works]
            await turn()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Busy, Busy, Busy]
    assert await store.read(kept) == []
    assert await store.write(lambda unit: take(unit, "after"))


async def test_another_process_that_writes_is_waited_for(store: SqlStore, path: Path) -> None:
    """A command beside the daemon may write; the daemon's units wait for it, its reads do not."""
    with _locked_by_another(path) as process:
        writing = asyncio.create_task(store.write(lambda unit: take(unit, "patient")))
        await turn()
        assert await store.read(kept) == []
        assert not writing.done()
        process.communicate()
        assert await writing
    assert await store.read(kept) == ["patient"]


async def test_another_process_that_writes_for_too_long_is_busy(path: Path) -> None:
    """After the time-out the callers are told; once the other is done the store writes again."""
    async with open_store(f"sqlite:///{path}", SEAL, lock_timeout=0.05) as store:
        with _locked_by_another(path), pytest.raises(Busy):
            await store.write(lambda unit: take(unit, "refused"))
        await store.write(lambda unit: take(unit, "accepted"))
        assert await store.read(kept) == ["accepted"]
