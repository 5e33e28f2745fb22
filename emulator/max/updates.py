"""The updates that wait for a bot that polls: what is kept, for how long, and how markers commit."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from emulator.max.errors import ApiError, polled_already
from emulator.waiting import Bell, Clock

LIFETIME_SECONDS: Final = 24 * 3600.0

UPDATE_KINDS: Final = frozenset(
    (
        "bot_added",
        "bot_admin_permissions_changed",
        "bot_removed",
        "bot_started",
        "bot_stopped",
        "chat_title_changed",
        "comment_created",
        "comment_edited",
        "comment_removed",
        "dialog_cleared",
        "dialog_muted",
        "dialog_removed",
        "dialog_unmuted",
        "message_callback",
        "message_created",
        "message_edited",
        "message_removed",
        "user_added",
        "user_removed",
    )
)


@dataclass(frozen=True, slots=True)
class Update:
    """One update as the bot gets it; deliveries keep their order by `person`. An injected one passes every filter."""

    kind: str
    body: dict[str, Any]
    person: int
    expires_at: float
    is_injected: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a poll asks for: `marker` commits what is before it, `kinds` None means all, and it waits `seconds`."""

    marker: int | None
    limit: int
    seconds: float
    kinds: frozenset[str] | None


class Updates:
    """What waits for one bot, oldest first, each under its number. `polled` rings when a poll begins to wait."""

    def __init__(self, first_number: int, clock: Clock) -> None:
        self._next = first_number
        self._clock = clock
        self._pending: OrderedDict[int, Update] = OrderedDict()
        self._poll: asyncio.Future[None] | None = None
        self._is_listening: Callable[[], bool] = lambda: False
        self.polled = Bell()

    @property
    def is_polled(self) -> bool:
        """Whether a poll of the bot waits for news."""
        return self._poll is not None and not self._poll.done()

    def add(self, update: Update) -> None:
        """Keep an update and wake the poll that waits."""
        self._pending[self._next] = update
        self._next += 1
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._pending.clear()

    def end_poll(self, why: ApiError | None) -> None:
        """End the poll that waits: with an error, or with None as if its time were up."""
        poll, self._poll = self._poll, None
        if poll is None or poll.done():
            return
        if why is None:
            poll.set_result(None)
        else:
            poll.set_exception(why)

    async def poll(self, wanted: Wanted, is_listening: Callable[[], bool]) -> tuple[list[Update], int]:
        """Commit, wait for updates, and return them with the marker that commits them.

        `is_listening` tells whether the caller is still there: a poll beside one whose caller is, is refused.
        """
        if self.is_polled and self._is_listening():
            raise polled_already()
        self.end_poll(None)
        self._commit(wanted.marker)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wanted.seconds
        while True:
            found, marker = self._waiting(wanted)
            if found or (left := deadline - loop.time()) <= 0:
                return found, marker
            self._is_listening = is_listening
            if not await self._wait(left):
                return [], marker

    async def _wait(self, seconds: float) -> bool:
        """Wait for the next update; false when there is none in time or the poll is ended."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = mine
        self.polled.ring()
        try:
            async with asyncio.timeout(seconds):
                await mine
        except TimeoutError:
            return False
        finally:
            is_ended = self._poll is not mine
            if not is_ended:
                self._poll = None
        return not is_ended

    def _commit(self, marker: int | None) -> None:
        while self._pending and marker is not None and next(iter(self._pending)) < marker:
            self._pending.popitem(last=False)

    def _waiting(self, wanted: Wanted) -> tuple[list[Update], int]:
        """List what is asked for; the marker is behind the last, or behind everything when all was looked at."""
        now = self._clock.now()
        found: list[Update] = []
        for number, update in list(self._pending.items()):
            if update.expires_at <= now:
                del self._pending[number]
            elif wanted.kinds is None or update.is_injected or update.kind in wanted.kinds:
                found.append(update)
                if len(found) == wanted.limit:
                    return found, number + 1
        return found, self._next
