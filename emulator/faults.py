"""Faults: rules that make the emulated platform misbehave towards bots, for a number of calls or until cleared.

This module only decides which rule strikes; the platforms' HTTP faces carry it out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from emulator.waiting import Bell

FaultKind = Literal["status", "delay", "hang", "garbage", "drop", "duplicate", "out_of_order"]

When = Literal["before", "after"]
WEBHOOK: Final = "webhook"
"""The `method` by which a fault names deliveries to a bot's webhook."""

_OF_UPDATES: Final = ("duplicate", "out_of_order")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong.

    `when` says whether the call has taken effect ("after": the answer is lost) or not ("before"). `status`,
    `description`, `retry_after` (seconds) and `body` (sent as it is) belong to the kinds status and garbage,
    `seconds` to delay.
    """

    kind: FaultKind
    when: When = "before"
    status: int = 500
    description: str = "Internal Server Error"
    retry_after: int | None = None
    body: str | None = None
    seconds: float = 1.0


@dataclass(slots=True)
class FaultRule:
    """Which calls a fault strikes: `skip` matching ones are let through first, then `left` are struck (None: all).

    `times` is how many it has struck.
    """

    id: int
    fault: Fault
    messenger: str = "*"
    method: str = "*"
    bot: str = "*"
    skip: int = 0
    left: int | None = 1
    times: int = 0

    def matches(self, messenger: str, bot: str, method: str) -> bool:
        """Tell whether a call of this method is meant."""
        return (
            self.messenger in ("*", messenger)
            and (self.method == "*" or self.method.lower() == method.lower())
            and (self.bot == "*" or self.bot.lower() == bot.lower())
        )


class Faults:
    """The rules in force, and the outage switch."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []
        self._last_id = 0
        self.outage: int | None = None
        self.cleared = Bell()
        self.struck = Bell()

    def add(self, rule: FaultRule) -> FaultRule:
        """Put a rule in force and give it its id."""
        self._last_id += 1
        rule.id = self._last_id
        self._rules.append(rule)
        return rule

    def rules(self) -> list[FaultRule]:
        """List the rules in force, oldest first."""
        return list(self._rules)

    def clear(self, rule_id: int | None = None) -> None:
        """Lift one rule or, with None, all of them and the outage; calls that hang are let go."""
        if rule_id is None:
            self.outage = None
        self._rules = [rule for rule in self._rules if rule_id is not None and rule.id != rule_id]
        self.cleared.ring()

    def strike(self, messenger: str, bot: str, method: str) -> FaultRule | None:
        """Find the rule that strikes this call, and count it; the rules about updates strike elsewhere."""
        if not self._rules:
            return None
        meant = (rule for rule in self._rules if rule.fault.kind not in _OF_UPDATES)
        return self._first(meant, messenger, bot, method)

    def strike_updates(self, kind: FaultKind, messenger: str, bot: str, method: str) -> bool:
        """Tell whether the updates about to be delivered are struck by this kind of fault, and count it."""
        if not self._rules:
            return False
        meant = (rule for rule in self._rules if rule.fault.kind == kind)
        return self._first(meant, messenger, bot, method) is not None

    def _first(self, rules: Iterator[FaultRule], messenger: str, bot: str, method: str) -> FaultRule | None:
        for rule in rules:
            if not rule.matches(messenger, bot, method):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            self._count(rule)
            return rule
        return None

    def _count(self, rule: FaultRule) -> None:
        rule.times += 1
        self.struck.ring()
        if rule.left is None:
            return
        rule.left -= 1
        if rule.left <= 0:
            self._rules.remove(rule)
