"""Links that ask for a one-time code (``projects-api`` section 7)."""

import re
from typing import Final

_PAYLOAD: Final = re.compile(r"otp_([0-9A-Za-z]{16})")


def otp_payload(request_id: str) -> str:
    """Return what such a link carries."""
    return f"otp_{request_id}"


def read_otp(payload: str) -> str | None:
    """Return the request's id in a link's payload; ``None`` if it is another payload."""
    found = _PAYLOAD.fullmatch(payload)
    return found[1] if found else None
