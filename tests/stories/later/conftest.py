"""The town in which time is moved."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.handsets import Handset
from tests.stories.later.times import WEBHOOKS
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town where webhooks may go to this machine."""
    async with town(tmp_path, clock, webhooks=WEBHOOKS) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
def handset(here: Town) -> Handset:
    """Return the messenger."""
    return here.handset("telegram")
