"""Counts things a day, for limits that guard the operator's purse and people's patience. A restart forgets them."""

from collections import Counter
from datetime import date
from typing import Final

from core.clock import Clock

_KEYS_LIMIT: Final = 100_000


class Tally:
    """Counts by key since midnight (UTC). Where there are too many keys, those that counted least are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day: date | None = None
        self._counts: Counter[str] = Counter()

    def count(self, key: str, more: int = 1) -> int:
        """Count ``more`` and return how many it makes today."""
        today = self._clock.now().date()
        if today != self._day:
            self._day, self._counts = today, Counter()
        if len(self._counts) >= _KEYS_LIMIT:
            self._counts = Counter(dict(self._counts.most_common(_KEYS_LIMIT // 2)))
        if more:
            self._counts[key] += more
        return self._counts[key]
