"""What can be wrong with one-time codes."""

from collections.abc import Mapping
from enum import StrEnum

from core.errors import GatepostError, Kind


class OtpReason(StrEnum):
    """Why a one-time code was not taken, for the program that asks."""

    WRONG = "otp_wrong"
    EXPIRED = "otp_expired"
    USED = "otp_used"
    EXHAUSTED = "otp_exhausted"


class WrongCode(GatepostError):
    """What was typed is not the one-time code; ``attempts_left`` is how many guesses there are still."""

    code = "WRONG_CODE"
    kind = Kind.INVALID
    text = "This is not the code."

    def __init__(self, attempts_left: int) -> None:
        super().__init__()
        self.attempts_left = attempts_left

    @property
    def facts(self) -> Mapping[str, str | int]:
        """Why, and how often one may still guess."""
        return {"reason": OtpReason.WRONG.value, "attempts_left": self.attempts_left}


class NoActiveCode(GatepostError):
    """There is no one-time code for this purpose: none was sent, or it was used, guessed at, or is too old.

    ``reason`` says which, ``None`` if none was sent lately.
    """

    code = "NO_ACTIVE_CODE"
    kind = Kind.NOT_FOUND
    text = "There is no active code. Send a new one."

    def __init__(self, reason: OtpReason | None = None) -> None:
        super().__init__()
        self.reason = reason

    @property
    def facts(self) -> Mapping[str, str | int]:
        """Why, if that is known."""
        return {} if self.reason is None else {"reason": self.reason.value, "attempts_left": 0}


class CodeReplaced(GatepostError):
    """While a one-time code was on its way, another one for the same purpose took its place."""

    code = "CODE_REPLACED"
    kind = Kind.CONFLICT
    text = "A newer code took the place of this one before it was sent."


class CodeNotSent(GatepostError):
    """The messenger has not taken the message with the code in time."""

    code = "CODE_NOT_SENT"
    kind = Kind.UNAVAILABLE
    text = "The messenger did not take the code. Try again in a moment."


class CodesNotCarried(GatepostError):
    """The messenger's rules, or what the operator has settled with it, do not allow one-time codes."""

    code = "OTP_NOT_ALLOWED"
    kind = Kind.CONFLICT
    text = "This messenger does not carry one-time codes here."


class CodeRequestGone(GatepostError):
    """A link that asks for a one-time code was used, declined, is too old, or never was."""

    code = "CODE_REQUEST_GONE"
    kind = Kind.NOT_FOUND
    text = "This link is used or too old."
