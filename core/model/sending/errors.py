"""What can be wrong with messages that apps send."""

from core.errors import GatepostError, Kind


class InvalidRecipient(GatepostError):
    """The recipient is not a phone number in E.164."""

    code = "INVALID_RECIPIENT"
    kind = Kind.INVALID
    text = "recipient must be a phone number with + and country code, such as +79001234567."


class MessageEmpty(GatepostError):
    """There is nothing to send."""

    code = "MESSAGE_EMPTY"
    kind = Kind.INVALID
    text = "message must not be empty."


class MessageTooLong(GatepostError):
    """No messenger takes as much."""

    code = "MESSAGE_TOO_LONG"
    kind = Kind.INVALID
    text = "message must have at most 4000 characters."


class RecipientNotFound(GatepostError):
    """The app may write to no holder of this phone: unknown, never logged in there, left, or out of reach."""

    code = "RECIPIENT_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "Nobody with this phone can be written to by this app."


class MessageNotFound(GatepostError):
    """The app sent no message with this id (or it was forgotten)."""

    code = "MESSAGE_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no message with this correlation_id."


class IdempotencyConflict(GatepostError):
    """The idempotency key was used for another request."""

    code = "IDEMPOTENCY_CONFLICT"
    kind = Kind.CONFLICT
    text = "This Idempotency-Key was used for another request in the last 24 hours."


class MessageNotReplayable(GatepostError):
    """The message arrived, is on its way, or its text was erased."""

    code = "MESSAGE_NOT_REPLAYABLE"
    kind = Kind.CONFLICT
    text = "This message arrived, is on its way, or its text is erased by now."
