"""How the emulator waits: a bell that wakes everyone who waits for a change, and a clock that tests can move.

Nothing here polls. Both belong to the event loop they are used in and must be rung and moved from its thread.
"""

import asyncio
import time
from collections.abc import Callable


class Bell:
    """Wakes everyone who waits at the moment it is rung."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake everyone who waits now; later comers wait for the next ring."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, within: float | None) -> bool:
        """Wait for the next ring, at most `within` seconds (None: for ever); tell whether it rang."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            async with asyncio.timeout(within):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True


async def wait_until(bell: Bell, is_so: Callable[[], bool], within: float) -> bool:
    """Wait until `is_so` holds, looking at each ring of `bell`, at most `within` seconds; tell whether it does."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not is_so():
        left = deadline - loop.time()
        if left <= 0 or not await bell.wait(left):
            return is_so()
    return True


class Clock:
    """The emulator's time in seconds since 1970: the given time source plus whatever it was advanced by."""

    __slots__ = ("_ahead", "_moved", "_source")

    def __init__(self, source: Callable[[], float] | None = None) -> None:
        self._source = source or time.time  # noqa: TID251 - the emulator knows no core.clock; this is its only clock
        self._ahead = 0.0
        self._moved = Bell()

    def now(self) -> float:
        """Tell the time."""
        return self._source() + self._ahead

    def advance(self, seconds: float) -> float:
        """Move the time forward, waking those who wait for a moment; tell the new time."""
        self._ahead += seconds
        self._moved.ring()
        return self.now()

    async def wait_for(self, moment: float) -> None:
        """Wait until the clock shows `moment`, by itself or because it was advanced."""
        while (left := moment - self.now()) > 0:
            await self._moved.wait(left)
