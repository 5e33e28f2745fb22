"""What stands before a lane: the bot's breaker as it is now, told to the log when it trips and when it closes."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.clock import Clock
from core.entropy import Entropy
from core.model.ids import BotName
from core.model.sending import breaker as breakers
from core.model.sending.breaker import Breaker, BreakerState, pause

logger = logging.getLogger(__name__)


class CircuitBreaker:
    """One bot's. The breaker is in memory: after a start it is closed, and the first failures trip it again."""

    def __init__(self, bot: BotName, clock: Clock, entropy: Entropy) -> None:
        self._bot = bot
        self._clock = clock
        self._entropy = entropy
        self.breaker = Breaker()

    def room(self) -> int | None:
        """Return how many messages may go now, ``None`` for any number."""
        return breakers.room(self.breaker, self._clock.now())

    def probe(self) -> bool:
        """Let one go ahead; return False, changing nothing, if it is not the time for that any more."""
        if self.breaker.state is not BreakerState.OPEN or self.room() == 0:
            return False
        self._turn(breakers.probing)
        return True

    def paused(self, asked: timedelta) -> datetime:
        """Keep shut for exactly as long as the messenger asked; return until when."""
        return self._turn(lambda breaker: breakers.paused(breaker, self._clock.now(), asked))

    def failed(self, why: str, asked: timedelta, began_at: datetime) -> datetime:
        """Note that a call failed that began then; return until when nothing goes.

        That is for ``asked``, and longer if it fails again.
        """
        rest = self._rest(asked, began_at)
        return self._turn(lambda breaker: breakers.failed(breaker, why, self._clock.now(), rest, began_at))

    def revoked(self, why: str, asked: timedelta, began_at: datetime) -> datetime:
        """Note that the messenger does not let the bot work; return until when it is not tried again."""
        rest = self._rest(asked, began_at)
        return self._turn(lambda breaker: breakers.revoked(breaker, why, self._clock.now(), rest, began_at))

    def succeeded(self) -> None:
        """Note that the messenger answers as it should."""
        self._turn(breakers.succeeded)

    def undecided(self) -> None:
        """Note that what went ahead has ended without a word of the messenger."""
        self._turn(breakers.undecided)

    def set_back(self, by: timedelta) -> None:
        """Note that the clock was set back."""
        self._turn(lambda breaker: breakers.set_back(breaker, by))

    def _rest(self, asked: timedelta, began_at: datetime) -> timedelta:
        failures = self.breaker.failures + breakers.counts(self.breaker, began_at)
        return pause(failures, asked, self._entropy)

    def _turn(self, step: Callable[[Breaker], Breaker]) -> datetime:
        """Take a step, log what operators should know of, and return until when nothing goes."""
        before, self.breaker = self.breaker, step(self.breaker)
        was_closed, is_closed = (each.state is BreakerState.CLOSED for each in (before, self.breaker))
        fields = {"bot": self._bot, "why": self.breaker.why or before.why}
        if was_closed and not is_closed:
            logger.error("the bot's breaker has tripped; its messages wait", extra=fields)
        elif is_closed and not was_closed:
            logger.info("the bot's breaker is closed again; its messages go on", extra=fields)
        return self.breaker.until or self._clock.now()
