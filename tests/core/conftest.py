"""A real store in a temporary file, and a clock that tests set."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.entropy import SystemEntropy
from core.people.accounts import Accounts
from core.ports.store import Store
from core.seal import Seal
from core.webhooks.publisher import Publisher
from daemon.wiring import settlement_of, subscriptions_of
from storage.sqlite.store import open_store
from tests.storage.key import SEAL
from tests.storage.migrated import lay_down


class SetClock:
    """A clock that stands where it was set."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.time


@pytest.fixture
def clock() -> SetClock:
    """Return a clock that stands at noon."""
    return SetClock()


PUBLISHER = Publisher(seal=Seal(bytes(range(32)), SystemEntropy()), entropy=SystemEntropy())
"""Writes notes to sites under a key of the tests."""
ACCOUNTS = Accounts(PUBLISHER)
SUBSCRIPTIONS = subscriptions_of(PUBLISHER)
SETTLEMENT = settlement_of(PUBLISHER)


@pytest.fixture
def seal() -> Seal:
    """Return a seal under a key of the tests."""
    return Seal(bytes(range(32)), SystemEntropy())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Return an empty store in a file."""
    lay_down(tmp_path / "gatepost.db")
    async with open_store(f"sqlite:///{tmp_path}/gatepost.db", SEAL) as opened:
        yield opened
