"""What a messenger's answer means for a message, and for the gate of its bot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.lanes.circuit_breaker import CircuitBreaker
from core.model.sending import outbox_message
from core.model.sending.outbox_message import OutboxMessage, Outcome
from core.ports.messengers import ChatBusy, Refused, Revoked, TooMany, TryLater, Unreachable, Unsure, WindowClosed
from core.ports.store import Unit
from core.sending.routing import after_refusal

_REVOKED_PAUSE: Final = timedelta(minutes=1)
_UNSURE_PAUSE: Final = timedelta(seconds=2)
_NOT_LET: Final = "the messenger does not let the bot send"

Trouble = TryLater | Revoked | Unsure | Unreachable | Refused
Step = Callable[[Unit], OutboxMessage]
"""What becomes of a message, as the unit finds things when it is settled."""


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt ended, the messenger's words, and what is to become of the message.

    ``bare`` is what becomes of it if ``step`` cannot be taken, or what should follow it cannot.
    """

    outcome: Outcome
    why: str
    step: Step
    bare: OutboxMessage


def plainly(outcome: Outcome, why: str, after: OutboxMessage) -> AttemptResult:
    """Return a verdict for which nothing has to be looked up."""
    return AttemptResult(outcome, why, lambda _unit: after, after)


def judged(
    trouble: Trouble, message: OutboxMessage, gate: CircuitBreaker, now: datetime, began_at: datetime
) -> AttemptResult:
    """Return what the trouble of a call that began then means for the message, and let the gate know.

    An outage is the bot's trouble, and the message waits for it; a refusal is the message's, and the bot is well.
    """
    why = str(trouble)
    match trouble:
        case ChatBusy():
            gate.undecided()
            return _later(message, why, now + timedelta(seconds=trouble.after))
        case TooMany():
            return _later(message, why, gate.paused(timedelta(seconds=trouble.after)))
        case TryLater():
            return _later(message, why, gate.failed(why, timedelta(seconds=trouble.after), began_at))
        case Revoked():
            return _later(message, f"{_NOT_LET}: {why}", gate.revoked(why, _REVOKED_PAUSE, began_at))
        case Unsure():
            gate.failed(why, _UNSURE_PAUSE, began_at)
            return plainly(Outcome.UNSURE, why, outbox_message.unsure(message, why, now))
        case Unreachable() | Refused():
            gate.succeeded()
            is_gone = isinstance(trouble, Unreachable) and not isinstance(trouble, WindowClosed)
            outcome = Outcome.UNREACHABLE if is_gone else Outcome.REFUSED
            given_up = outbox_message.failed(message, why, now)
            return AttemptResult(outcome, why, lambda unit: after_refusal(unit, message, why, now), given_up)


def _later(message: OutboxMessage, why: str, until: datetime) -> AttemptResult:
    return plainly(Outcome.LATER, why, outbox_message.postponed(message, until))
