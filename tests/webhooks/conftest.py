"""A site's server, a real store, and a clock that tests set."""

from collections.abc import AsyncIterator

import pytest

from tests.core.conftest import clock, seal, store
from tests.webhooks.receiver import Receiver, receiving

__all__ = ["clock", "receiver", "seal", "store"]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Return a site's server that is up."""
    async with receiving(Receiver()) as up:
        yield up
