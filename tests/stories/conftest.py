"""The town that most stories happen in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.town import Town, town


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Return a town with its own daemon, Telegram and database, its bot up."""
    async with town(tmp_path) as built:
        await built.daemon.keepers.reached()
        yield built
