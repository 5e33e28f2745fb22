"""Attempts: one call to the messenger each, and what its answer means for the message and for the bot's breaker.

How an attempt ended is data. What follows from it is looked up and kept by ``settling``, in a unit of its own.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.lanes.chat_slots import ChatSlots
from core.lanes.circuit_breaker import CircuitBreaker
from core.lanes.leases import Dependencies, LeasedMessage
from core.model.ids import BotName
from core.model.messages.content import read_content
from core.model.people.phone import without_phones
from core.model.sending.breaker import pause
from core.model.sending.outbox_message import Outcome
from core.people.accounts import language_of
from core.ports.messengers import (
    ChatBusy,
    Messenger,
    Refused,
    Revoked,
    TooMany,
    TryLater,
    Unreachable,
    Unsure,
    WindowClosed,
)
from core.sending.outbox import content_context

logger = logging.getLogger(__name__)

_REVOKED_PAUSE: Final = timedelta(minutes=1)
_UNSURE_PAUSE: Final = timedelta(seconds=2)
_BUG_PAUSE: Final = timedelta(seconds=1)
_NOT_LET: Final = "the messenger does not let the bot send"

Trouble = TryLater | Revoked | Unsure | Unreachable | Refused


@dataclass(frozen=True, slots=True)
class Sent:
    """The messenger took the message; ``platform_message_id`` is what it calls it."""

    platform_message_id: str


@dataclass(frozen=True, slots=True)
class Retry:
    """The message waits, and the same account is tried again at that time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Halt:
    """The message may have been sent or not, and is not sent again."""


@dataclass(frozen=True, slots=True)
class NextAccount:
    """The account takes no message; the person's next account gets it, or the message has failed."""


NextStep = Sent | Retry | Halt | NextAccount


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt ended: what the log of attempts calls it, the messenger's words, and what is next.

    ``why`` is empty if the message was sent. ``ended_at`` is when the messenger answered.
    """

    outcome: Outcome
    why: str
    next_step: NextStep
    ended_at: datetime


class Attempts:
    """One lane's calls. A messenger's trouble is told to the ``breaker``, that of a single chat to ``chats``."""

    def __init__(self, bot: BotName, dependencies: Dependencies, breaker: CircuitBreaker, chats: ChatSlots) -> None:
        self._bot = bot
        self._clock = dependencies.clock
        self._outbox = dependencies.outbox
        self._breaker = breaker
        self._chats = chats

    async def make(self, messenger: Messenger | None, leased: LeasedMessage) -> AttemptResult:
        """Make the call and return how it ended; a test goes to no messenger (``None``) and is sent."""
        message = leased.message
        began_at = self._clock.now()
        try:
            platform_message_id = await self._send(messenger, leased)
        except (TryLater, Revoked, Unsure, Unreachable, Refused) as trouble:
            if isinstance(trouble, ChatBusy):
                self._chats.hold(leased.account.chat, trouble.after, message)
            return self._judged(trouble, began_at)
        except Exception:
            logger.exception("a bug in sending messages", extra={"bot": self._bot, "message_id": message.message_id})
            if messenger is not None:
                self._breaker.undecided()
            now = self._clock.now()
            return _later("a bug", now + pause(message.attempts, _BUG_PAUSE, self._outbox.entropy), now)
        if messenger is not None:
            self._breaker.succeeded()
        return AttemptResult(Outcome.SENT, "", Sent(platform_message_id), self._clock.now())

    async def _send(self, messenger: Messenger | None, leased: LeasedMessage) -> str:
        """Return what the messenger calls the message that it took."""
        message = leased.message
        content = read_content(self._outbox.seal.open(message.content, content_context(message.message_id)))
        if messenger is None:
            return f"test {message.message_id}"
        wording = content.message(language_of(leased.account), is_late=leased.is_late)
        return await messenger.deliver(leased.account.chat, wording)

    def _judged(self, trouble: Trouble, began_at: datetime) -> AttemptResult:
        """Return what the trouble of a call that began then means for the message, and let the breaker know.

        An outage is the bot's trouble, and the message waits for it; a refusal is the message's, and the bot is well.
        """
        why, now, breaker = without_phones(str(trouble)), self._clock.now(), self._breaker
        match trouble:
            case ChatBusy():
                breaker.undecided()
                return _later(why, now + timedelta(seconds=trouble.after), now)
            case TooMany():
                return _later(why, breaker.paused(timedelta(seconds=trouble.after)), now)
            case TryLater():
                return _later(why, breaker.failed(why, timedelta(seconds=trouble.after), began_at), now)
            case Revoked():
                return _later(f"{_NOT_LET}: {why}", breaker.revoked(why, _REVOKED_PAUSE, began_at), now)
            case Unsure():
                breaker.failed(why, _UNSURE_PAUSE, began_at)
                return AttemptResult(Outcome.UNSURE, why, Halt(), now)
            case Unreachable() | Refused():
                breaker.succeeded()
                is_gone = isinstance(trouble, Unreachable) and not isinstance(trouble, WindowClosed)
                return AttemptResult(Outcome.UNREACHABLE if is_gone else Outcome.REFUSED, why, NextAccount(), now)


def _later(why: str, until: datetime, now: datetime) -> AttemptResult:
    return AttemptResult(Outcome.LATER, why, Retry(until), now)
