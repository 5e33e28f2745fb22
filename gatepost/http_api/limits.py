"""How much is too much: moving windows by network and by app, and bounds on how many may wait at once.

Memory only: a restart forgives, and nothing of it is worth a disk's time. Counting is our own: the ``limits`` library
sweeps all its keys on threads after every hit, which at two thousand networks took a whole core (measured).
"""

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import Final

from gatepost.core.clock import Clock
from gatepost.core.errors import TooManyRequests

_WINDOW: Final = 60
"""Seconds."""
_WAITERS_RETRY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """The operator's bounds; 0 lifts one."""

    logins_per_minute_per_address: int
    logins_per_minute_per_app: int
    misses_per_minute_per_address: int
    waiting_polls: int
    waiting_polls_per_address: int


@dataclass(slots=True)
class _Window:
    """The hits of one key in the minute that began at ``start`` (seconds), and in the one before."""

    start: float
    before: int = 0
    now: int = 0


class Windows:
    """Sliding window counters: the last minute is this minute's hits and the overlapping share of the one before."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], _Window] = {}
        self._swept = 0.0

    def hit(self, key: tuple[str, str], limit: int, now: float) -> int:
        """Count one hit at ``now`` and return 0, or how many seconds to wait if there were ``limit`` in a minute."""
        self._sweep(now)
        window = self._windows.setdefault(key, _Window(now))
        passed = now - window.start
        if not 0 <= passed < _WINDOW:
            is_next = _WINDOW <= passed < 2 * _WINDOW
            window.before, window.now = (window.now if is_next else 0), 0
            window.start, passed = (window.start + _WINDOW, passed - _WINDOW) if is_next else (now, 0.0)
        if window.before * (1 - passed / _WINDOW) + window.now >= limit:
            return max(1, ceil(_WINDOW - passed))
        window.now += 1
        return 0

    def __len__(self) -> int:
        """Count the keys that are remembered."""
        return len(self._windows)

    def _sweep(self, now: float) -> None:
        """Forget, once a minute, whoever was not here for two."""
        if 0 <= now - self._swept < _WINDOW:
            return
        self._swept = now
        self._windows = {key: each for key, each in self._windows.items() if 0 <= now - each.start < 2 * _WINDOW}


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
        self._windows = Windows()
        self._waiters = 0
        self._waiting: Counter[str] = Counter()

    def count_login(self, network: str, app_id: str) -> None:
        """Count one started login."""
        self._hit(self._settings.logins_per_minute_per_address, "login", network)
        self._hit(self._settings.logins_per_minute_per_app, "login of app", app_id)

    def count_miss(self, network: str) -> None:
        """Count one session id that does not exist. Whoever asks for one that does is not held up by a neighbour."""
        self._hit(self._settings.misses_per_minute_per_address, "miss", network)

    def waiting(self, network: str) -> WaitingPoll:
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

    def _hit(self, per_minute: int, what: str, who: str) -> None:
        if not per_minute:
            return
        seconds = self._windows.hit((what, who), per_minute, self._clock.now().timestamp())
        if seconds:
            raise TooManyRequests(seconds)
