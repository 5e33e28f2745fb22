"""The town in which time is moved."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.backend import Backend, move_in
from tests.stories.handsets import Handset
from tests.stories.later.times import WEBHOOKS
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town
from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture
def clock() -> MovedClock:
    """Return a clock to move."""
    return MovedClock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run a site's webhook."""
    async with receiving(Receiver()) as there:
        yield there


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town where webhooks may go to this machine."""
    async with town(tmp_path, clock, webhooks=WEBHOOKS) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
async def backend(here: Town) -> Backend:
    """Return the project's server."""
    return await move_in(here)


@pytest.fixture
def handset(here: Town) -> Handset:
    """Return the messenger."""
    return here.handset("telegram")
