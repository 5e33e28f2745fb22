"""Names for messages. A WhatsApp message id holds the phone number in base64, so what is kept is its digest."""

from hashlib import sha256


def name_of(message_id: str) -> str:
    """Return the name under which a message is remembered: 32 hex characters, the same for the same id."""
    return sha256(message_id.encode()).hexdigest()[:32]
