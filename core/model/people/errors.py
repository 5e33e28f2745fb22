"""How a phone number is refused."""

from core.errors import GatepostError, Kind


class NotAPhone(GatepostError):
    """The text is not a phone number that people are called on."""

    code = "INVALID_PHONE"
    kind = Kind.INVALID
    text = "This is not a phone number."
