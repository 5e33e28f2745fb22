"""The town that most stories happen in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.backend import Backend, move_in
from tests.stories.handsets import Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town
from tests.webhooks.described import check
from tests.webhooks.receiver import Receiver, receiving

MESSENGERS = ("telegram", "max", "whatsapp")


@pytest.fixture
def clock() -> MovedClock:
    """Return a clock to move."""
    return MovedClock()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Return a town with its own daemon, Telegram and database, its bot up."""
    async with town(tmp_path) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
async def backend(here: Town) -> Backend:
    """Return the server of the town's project."""
    return await move_in(here)


@pytest.fixture(params=MESSENGERS)
def handset(request: pytest.FixtureRequest, here: Town) -> Handset:
    """Return each messenger in turn."""
    return here.handset(request.param)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run a site's webhook; all that it got is as the description says."""
    async with receiving(Receiver()) as there:
        yield there
    for call in there.calls:
        check(call)
