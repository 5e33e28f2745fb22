"""What the lanes keep and look up beside the messages themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.model.breaker import Breaker
from core.model.ids import AccountId, AppId, BotName, PersonId
from core.model.notice import Notice, Outcome, Priority


class Lanes(Protocol):
    """Whose turn it is, and how the lanes are doing."""

    def is_due(self, bot: BotName, now: datetime) -> bool:
        """Tell whether the bot has anything to send now that nobody holds."""
        ...

    def due(self, bot: BotName, now: datetime, limit: int, after: AppId | None = None) -> Sequence[Notice]:
        """List what the bot is to send now and nobody holds: most urgent first.

        Of what is equally urgent each app has one in turn, beginning behind the app ``after``; an app's own go in the
        order in which they were due.
        """
        ...

    def tests_due(self, bot: BotName, now: datetime, limit: int) -> Sequence[Notice]:
        """List tests that are due and nobody holds: some hundred that came due last are looked at, not a long line."""
        ...

    def take_back(self, notice: Notice) -> bool:
        """Undo that a message was taken up, as it was not sent after all.

        Return False, changing nothing, if it is no longer as we left it.
        """
        ...

    def set_back(self, bot: BotName, now: datetime, until: datetime, by: timedelta) -> int:
        """Bring what is due between ``now`` and ``until`` forward, as the clock was set back; return how many."""
        ...

    def last_taken(self, app_id: AppId, person_id: PersonId) -> AccountId | None:
        """Return by which account the person last got a message of the app, tests apart."""
        ...

    def put_breaker(self, bot: BotName, breaker: Breaker, now: datetime) -> None:
        """Keep how a bot's breaker stands, for who looks from outside."""
        ...

    def breakers(self) -> Sequence[tuple[BotName, Breaker]]:
        """List the breakers as they were last kept."""
        ...

    def waiting(self, now: datetime) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        """Count what each bot should have sent by now, by priority, and tell since when the oldest is due."""
        ...

    def ended(self, since: datetime) -> Sequence[tuple[BotName, Outcome, int]]:
        """Count the attempts that began since, by bot and how they ended."""
        ...
