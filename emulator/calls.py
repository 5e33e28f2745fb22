"""The log of every call a bot made, for tests that check what was asked and answered. Bounded; can be switched off."""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who asked what when (seconds since 1970), and what was answered (None: nothing, a fault ate it)."""

    messenger: str
    bot: str
    method: str
    parameters: dict[str, Any]
    status: int | None
    answer: object
    at: float

    def to_json(self) -> dict[str, Any]:
        """Describe the call, with the parts of a form that are JSON decoded."""
        return {
            "messenger": self.messenger,
            "bot": self.bot,
            "method": self.method,
            "parameters": {name: decoded(value) for name, value in self.parameters.items()},
            "status": self.status,
            "answer": self.answer,
            "at": self.at,
        }


def decoded(value: object) -> object:
    """Decode a form value that holds a JSON object or array; leave all others as they came."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


class CallLog:
    """The last calls, oldest first; a size of 0 keeps none."""

    __slots__ = ("_calls", "keeps")

    def __init__(self, size: int) -> None:
        self._calls: deque[Call] = deque(maxlen=size)
        self.keeps = size > 0

    def add(self, call: Call) -> None:
        """Keep a call, forgetting the oldest when full."""
        self._calls.append(call)

    def find(self, messenger: str | None, bot: str | None, method: str | None) -> list[Call]:
        """List the calls that match; None matches all. Methods and bots match in any case."""
        return [
            call
            for call in self._calls
            if (messenger is None or call.messenger == messenger)
            and (bot is None or call.bot.lower() == bot.lower())
            and (method is None or call.method.lower() == method.lower())
        ]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
