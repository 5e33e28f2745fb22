"""What can be wrong with one-time codes."""

from core.errors import GatepostError, Kind


class NoActiveCode(GatepostError):
    """There is no one-time code for this purpose: none was sent, or it was used, guessed at, or is too old."""

    code = "NO_ACTIVE_CODE"
    kind = Kind.NOT_FOUND
    text = "There is no active code. Send a new one."


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
