"""What can be wrong with subscribers."""

from core.errors import GatepostError, Kind


class SubscriberNotFound(GatepostError):
    """The app has no living subscription with this id; whether others have, or it had, is not told."""

    code = "SUBSCRIBER_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such subscriber."


class InvalidExternalId(GatepostError):
    """The site's own id for a subscriber cannot be kept."""

    code = "INVALID_EXTERNAL_ID"
    kind = Kind.INVALID
    text = "external_id must be 1 to 128 printable characters without spaces at its ends."


class BothIdentifiers(GatepostError):
    """A subscriber was named twice."""

    code = "MUTUALLY_EXCLUSIVE_IDENTIFIERS"
    kind = Kind.INVALID
    text = "Name a subscriber by subscriber_id or by external_id, not by both."


class SubscriberUnreachable(GatepostError):
    """The messenger brings this subscriber nothing: they blocked the bot, or are gone."""

    code = "SUBSCRIBER_UNREACHABLE"
    kind = Kind.CONFLICT
    text = "This subscriber cannot be reached."
