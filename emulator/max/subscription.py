"""One webhook subscription of a bot: where its updates are posted, which, and how that goes."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from emulator.max.updates import Update

Lane = deque[Update]


@dataclass(slots=True)
class Subscription:
    """A URL and what is under way to it. `kinds` are the update types asked for (None: all).

    `created_at` and `failing_since` are seconds since 1970; the latter is the first failure since the last success
    (None: there was none). `lanes` hold what was not tried yet, by person.
    """

    url: str
    secret: str
    kinds: frozenset[str] | None
    created_at: float
    delivered: int = 0
    failures: int = 0
    failing_since: float | None = None
    lanes: dict[int, Lane] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def wants(self, update: Update) -> bool:
        """Tell whether an update is to be posted here; what was injected goes everywhere."""
        return self.kinds is None or update.is_injected or update.kind in self.kinds

    def to_json(self) -> dict[str, Any]:
        """Describe the subscription in the API's words."""
        kinds = None if self.kinds is None else sorted(self.kinds)
        return {"url": self.url, "time": int(self.created_at * 1000), "update_types": kinds}
