"""Opening a store: where it may be, whose it is, and what an operator is told who got it wrong."""

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import StorageFileError, StorageUrlError
from storage.sqlite.store import SqlStore, open_store
from tests.storage.builders import kept, take
from tests.storage.key import SEAL


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _set_mode(path: Path, mode: int) -> None:
    path.chmod(mode)


def _write_list(path: Path) -> None:
    path.write_text("My shopping list, which is long enough to be read as a header: " + "milk, " * 100)


def _is_list(path: Path) -> bool:
    return path.read_text().startswith("My shopping list")


async def _open(url: str) -> None:
    async with open_store(url, SEAL):
        pass


async def test_the_files_are_the_owner_s_alone(store: SqlStore, path: Path) -> None:
    """The database and its logs are created readable and writable by their owner only, whatever the umask."""
    await store.write(lambda unit: take(unit, "1"))
    modes = {file.name: _mode(file) for file in path.parent.iterdir()}
    assert modes == {"gatepost.db": 0o600, "gatepost.db-wal": 0o600, "gatepost.db-shm": 0o600}


async def test_a_file_that_is_there_keeps_its_mode(path: Path) -> None:
    """An operator's own decision about the file is respected."""
    await _open(f"sqlite:///{path}")
    _set_mode(path, 0o640)
    await _open(f"sqlite:///{path}")
    assert _mode(path) == 0o640


async def test_closing_leaves_one_file_and_no_thread(path: Path) -> None:
    """After closing, everything is in the one file and our threads are gone."""
    threads = threading.active_count()
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        await store.write(lambda unit: take(unit, "1"))
        assert threading.active_count() == threads + 1
    assert threading.active_count() == threads
    assert [file.name for file in path.parent.iterdir()] == ["gatepost.db"]


async def test_a_relative_path_is_relative_to_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes make a relative path."""
    monkeypatch.chdir(tmp_path)
    await _open("sqlite:///here.db")
    assert (tmp_path / "here.db").exists()


async def test_what_was_written_is_there_when_opened_again(path: Path) -> None:
    """A store survives being closed."""
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        await store.write(lambda unit: take(unit, "1"))
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        assert await store.read(kept) == ["1"]


async def test_power_cuts_are_provided_for(path: Path) -> None:
    """The file is in WAL mode, so a crash leaves it whole."""
    await _open(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    "url", ["postgresql://u:hidden@db/gatepost", "mysql:///hidden", "/var/hidden.db", "sqlite://", "sqlite:///:memory:"]
)
async def test_another_kind_of_address_is_refused(url: str) -> None:
    """The operator is told which forms there are, and not what may be a password."""
    with pytest.raises(StorageUrlError, match="sqlite:////absolute/path") as raised:
        await _open(url)
    assert "hidden" not in str(raised.value)


async def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """We do not guess directories into being."""
    with pytest.raises(StorageFileError, match=f"there is no directory {tmp_path}/missing"):
        await _open(f"sqlite:///{tmp_path}/missing/gatepost.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_directory_we_may_not_write_to_is_named(tmp_path: Path) -> None:
    """SQLite needs to create its logs beside the file."""
    _set_mode(tmp_path, 0o500)
    with pytest.raises(StorageFileError, match=f"{tmp_path} is not"):
        await _open(f"sqlite:///{tmp_path}/gatepost.db")


async def test_a_directory_is_no_database(tmp_path: Path) -> None:
    """What cannot be opened is named with the reason."""
    with pytest.raises(StorageFileError, match="Is a directory"):
        await _open(f"sqlite:///{tmp_path}")


async def test_a_file_that_is_something_else_is_refused(path: Path) -> None:
    """A file that is no database is left as it is."""
    _write_list(path)
    with pytest.raises(StorageFileError, match="not a database"):
        await _open(f"sqlite:///{path}")
    assert _is_list(path)
