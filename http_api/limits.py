"""How much is too much: moving windows by network and by app, and bounds on how many may wait at once.

Memory only: a restart forgives, and nothing of it is worth a disk's time. Counting is our own: the ``limits`` library
sweeps all its keys on threads after every hit, which at two thousand networks took a whole core (measured).
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Final

from core.clock import Clock
from core.errors import TooManyRequests

_WINDOW: Final = 60
_HOUR: Final = 3600
"""Seconds."""
_WAITERS_RETRY: Final = 5
_POLLS_PER_MINUTE: Final = 60
_APP: Final = "login of app"
_WHAT_LIMIT: Final = 64
KEYS_LIMIT: Final = 16_384
"""How many keys of one kind are remembered at most; those whose window began first are forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """The operator's bounds; 0 lifts one."""

    logins_per_minute_per_address: int
    logins_per_minute_per_app: int
    misses_per_minute_per_address: int
    waiting_polls: int
    waiting_polls_per_address: int
    requests_per_minute_per_project: int
    messages_per_minute_per_app: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of ``limit`` requests a minute, and in how many seconds there will be more."""

    limit: int
    remaining: int
    reset: int


@dataclass(slots=True)
class _Window:
    """The hits of one key in the ``length`` seconds that began at ``start``, and in those before."""

    start: float
    length: int
    before: int = 0
    now: int = 0


class Windows:
    """Sliding window counters: the last minute is this minute's hits and the overlapping share of the one before.

    A key is a kind and whom it is about. Each kind has room of its own, so that a flood of networks makes no app's
    count forgotten.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, OrderedDict[str, _Window]] = {}
        self._swept = 0.0

    def hit(self, key: tuple[str, str], limit: int, now: float, length: int = _WINDOW) -> int:
        """Count one hit at ``now`` and return 0, or how many seconds to wait if there were ``limit`` in ``length``."""
        self._sweep(now)
        kind, who = key
        windows = self._kinds.setdefault(kind, OrderedDict[str, _Window]())
        window = windows.get(who)
        if window is None:
            window = windows[who] = _Window(now, length)
            if len(windows) > KEYS_LIMIT:
                windows.popitem(last=False)
        passed = now - window.start
        if not 0 <= passed < length:
            is_next = length <= passed < 2 * length
            window.before, window.now = (window.now if is_next else 0), 0
            window.start, passed = (window.start + length, passed - length) if is_next else (now, 0.0)
            windows.move_to_end(who)
        if window.before * (1 - passed / length) + window.now >= limit:
            return max(1, ceil(length - passed))
        window.now += 1
        return 0

    def allowance(self, key: tuple[str, str], limit: int, now: float) -> Allowance:
        """Tell how many hits are left of ``limit`` in the key's window."""
        window = self._kinds[key[0]].get(key[1]) if key in self else None
        if window is None:
            return Allowance(limit, limit, 0)
        passed = now - window.start
        used = window.before * (1 - passed / window.length) + window.now
        return Allowance(limit, max(0, limit - ceil(used)), max(0, ceil(window.length - passed)))

    def __len__(self) -> int:
        """Count the keys that are remembered."""
        return sum(map(len, self._kinds.values()))

    def __contains__(self, key: tuple[str, str]) -> bool:
        """Tell whether there is a window of the key."""
        return key[1] in self._kinds.get(key[0], {})

    def _sweep(self, now: float) -> None:
        """Forget, once a minute, the keys without a hit for two."""
        if 0 <= now - self._swept < _WINDOW:
            return
        self._swept = now
        for kind, windows in self._kinds.items():
            kept = ((who, each) for who, each in windows.items() if 0 <= now - each.start < 2 * each.length)
            self._kinds[kind] = OrderedDict(kept)


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
        """Count one login that is about to start.

        Whether the app exists nobody has looked yet: it is counted if one of its logins has begun before.
        """
        self._hit(self._settings.logins_per_minute_per_address, "login", network)
        if (_APP, app_id) in self._windows:
            self._hit(self._settings.logins_per_minute_per_app, _APP, app_id)

    def note_login(self, app_id: str) -> None:
        """Note that a login of the app has begun, so that the app exists and is counted from now on."""
        if (_APP, app_id) not in self._windows:
            self._hit(self._settings.logins_per_minute_per_app, _APP, app_id)

    @property
    def remembered(self) -> int:
        """How many keys are remembered."""
        return len(self._windows)

    def count_request(self, app_id: str) -> None:
        """Count one request of a project."""
        self._hit(self._settings.requests_per_minute_per_project, "request", app_id)

    def count_poll(self, app_id: str, what: str) -> None:
        """Count one question of a project about ``what`` it waits for; asking once a second is as often as it helps."""
        self._hit(_POLLS_PER_MINUTE, "poll", f"{app_id} {what[:_WHAT_LIMIT]}")

    def allowance(self, app_id: str) -> Allowance | None:
        """Tell what is left of a project's requests; ``None`` if there is no bound."""
        limit = self._settings.requests_per_minute_per_project
        if not limit:
            return None
        return self._windows.allowance(("request", app_id), limit, self._clock.now().timestamp())

    def count_message(self, app_id: str) -> None:
        """Count one message that an app wants to be sent."""
        self._hit(self._settings.messages_per_minute_per_app, "message", app_id)

    def count_session(self, app_id: str, per_hour: int) -> None:
        """Count one login that a project starts; ``per_hour`` is its own bound, 0 for none."""
        self._hit(per_hour, "session", app_id, _HOUR)

    def count_miss(self, network: str) -> None:
        """Count one guess at an id or key that does not exist; a request with a right one is never held up by these."""
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

    def _hit(self, limit: int, what: str, who: str, length: int = _WINDOW) -> None:
        if not limit:
            return
        seconds = self._windows.hit((what, who), limit, self._clock.now().timestamp(), length)
        if seconds:
            raise TooManyRequests(seconds)
