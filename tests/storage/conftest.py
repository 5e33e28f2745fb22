"""Real SQLite files, one a test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.sqlite.file import connect
from storage.sqlite.store import SqlStore, open_store
from storage.statements import Statements
from storage.unit import SqlUnit
from storage.vault import Vault
from tests.storage.builders import an_app
from tests.storage.key import SEAL
from tests.storage.migrated import lay_down


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Say where the test's database is, or will be."""
    return tmp_path / "gatepost.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqlStore]:
    """Open a store with one app."""
    lay_down(path)
    async with open_store(f"sqlite:///{path}", SEAL) as opened:
        await opened.write(lambda unit: unit.apps.add(an_app()))
        yield opened


@pytest.fixture
def unit(path: Path) -> Iterator[SqlUnit]:
    """Make a unit over a database with one app, outside of any thread."""
    lay_down(path)
    with closing(connect(path, lock_timeout=1.0)) as connection:
        made = SqlUnit(Statements(connection), Vault(SEAL))
        made.apps.add(an_app())
        yield made
