"""How much is too much: moving windows by network and by app, and bounds on how many may wait at once.

Memory only: a restart forgives, and nothing of it is worth a disk's time.
"""

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from gatepost.core.clock import Clock
from gatepost.core.errors import TooManyRequests

_MINUTE: Final = 60
_WAITERS_RETRY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """The operator's bounds; 0 lifts one."""

    logins_per_minute_per_address: int
    logins_per_minute_per_app: int
    misses_per_minute_per_address: int
    waiting_polls: int
    waiting_polls_per_address: int


class WaitingPoll:
    """One waiting poll's place; small, since there may be many thousands."""

    __slots__ = ("_limits", "_network")

    def __init__(self, limits: "Limits", network: str) -> None:
        self._limits = limits
        self._network = network

    def __enter__(self) -> None:
        self._limits.enter(self._network)

    def __exit__(self, *_: object) -> None:
        self._limits.leave(self._network)


class Limits:
    """Counts, and raises ``TooManyRequests`` when a bound is reached."""

    def __init__(self, settings: LimitSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._waiters = 0
        self._waiting: Counter[str] = Counter()

    async def count_login(self, network: str, app_id: str) -> None:
        """Count one started login."""
        await self._hit(self._settings.logins_per_minute_per_address, "login", network)
        await self._hit(self._settings.logins_per_minute_per_app, "login of app", app_id)

    async def count_miss(self, network: str) -> None:
        """Count one session id that does not exist. Whoever asks for one that does is not held up by a neighbour."""
        await self._hit(self._settings.misses_per_minute_per_address, "miss", network)

    def waiting(self, network: str) -> "WaitingPoll":
        """Count one waiting poll for the length of a ``with`` block."""
        return WaitingPoll(self, network)

    def enter(self, network: str) -> None:
        """Let a waiting poll in; for ``WaitingPoll`` alone."""
        total, mine = self._settings.waiting_polls, self._settings.waiting_polls_per_address
        if (total and self._waiters >= total) or (mine and self._waiting[network] >= mine):
            raise TooManyRequests(_WAITERS_RETRY)
        self._waiters += 1
        self._waiting[network] += 1

    def leave(self, network: str) -> None:
        """Let a waiting poll go; for ``WaitingPoll`` alone."""
        self._waiters -= 1
        self._waiting[network] -= 1
        if not self._waiting[network]:
            del self._waiting[network]

    async def _hit(self, per_minute: int, what: str, who: str) -> None:
        if not per_minute:
            return
        item = RateLimitItemPerMinute(per_minute)
        if await self._limiter.hit(item, what, who):
            return
        window = await self._limiter.get_window_stats(item, what, who)
        left = ceil(window.reset_time - self._clock.now().timestamp())
        raise TooManyRequests(min(max(left, 1), _MINUTE))
