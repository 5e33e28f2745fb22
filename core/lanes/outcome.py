"""What a messenger's answer means for a message, and for the gate of its bot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.lanes.circuit_breaker import Gate
from core.model.sending import notice as notices
from core.model.sending.notice import Notice, Outcome
from core.ports.messengers import ChatBusy, Refused, Revoked, TooMany, TryLater, Unreachable, Unsure, WindowClosed
from core.ports.store import Unit
from core.sending.routing import elsewhere

_REVOKED_PAUSE: Final = timedelta(minutes=1)
_UNSURE_PAUSE: Final = timedelta(seconds=2)
_NOT_LET: Final = "the messenger does not let the bot send"

Trouble = TryLater | Revoked | Unsure | Unreachable | Refused
Step = Callable[[Unit], Notice]
"""What becomes of a notice, as the unit finds things when it is settled."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended, the messenger's words, and what is to become of the notice.

    ``bare`` is what becomes of it if ``step`` cannot be taken, or what should follow it cannot.
    """

    outcome: Outcome
    why: str
    step: Step
    bare: Notice


def plainly(outcome: Outcome, why: str, after: Notice) -> Verdict:
    """Return a verdict for which nothing has to be looked up."""
    return Verdict(outcome, why, lambda _unit: after, after)


def judged(trouble: Trouble, notice: Notice, gate: Gate, now: datetime, began_at: datetime) -> Verdict:
    """Return what the trouble of a call that began then means for the notice, and let the gate know.

    An outage is the bot's trouble, and the notice waits for it; a refusal is the notice's, and the bot is well.
    """
    why = str(trouble)
    match trouble:
        case ChatBusy():
            gate.undecided()
            return _later(notice, why, now + timedelta(seconds=trouble.after))
        case TooMany():
            return _later(notice, why, gate.paused(timedelta(seconds=trouble.after)))
        case TryLater():
            return _later(notice, why, gate.failed(why, timedelta(seconds=trouble.after), began_at))
        case Revoked():
            return _later(notice, f"{_NOT_LET}: {why}", gate.revoked(why, _REVOKED_PAUSE, began_at))
        case Unsure():
            gate.failed(why, _UNSURE_PAUSE, began_at)
            return plainly(Outcome.UNSURE, why, notices.unsure(notice, why, now))
        case Unreachable() | Refused():
            gate.succeeded()
            is_gone = isinstance(trouble, Unreachable) and not isinstance(trouble, WindowClosed)
            outcome = Outcome.UNREACHABLE if is_gone else Outcome.REFUSED
            given_up = notices.failed(notice, why, now)
            return Verdict(outcome, why, lambda unit: elsewhere(unit, notice, why, now), given_up)


def _later(notice: Notice, why: str, until: datetime) -> Verdict:
    return plainly(Outcome.LATER, why, notices.postponed(notice, until))
