"""Every adapter in turn, for the contract suite."""

from collections.abc import AsyncIterator

import pytest

from tests.bots.contract import LINES, Line


@pytest.fixture(params=LINES)
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    """Return each adapter in turn, with its platform."""
    async with LINES[request.param]() as connected:
        yield connected
