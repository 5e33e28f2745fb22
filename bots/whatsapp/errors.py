"""Meta's error codes (WhatsApp Cloud API, "Error codes") in our words. The code decides, not the HTTP status."""

from typing import Final

from bots.delivering import unanswered
from bots.wire import NETWORK_PAUSE, PlatformResponse
from core.ports.messengers import ChatBusy, Refused, Revoked, TooMany, TryLater, Unreachable

_WORDS_LIMIT: Final = 200
_PERMISSIONS: Final = range(200, 300)
_OURS_TO_MEND: Final = frozenset({0, 3, 10, 190, 368, 131005, 131031, 131037, 131042, 131045, 131048, 131064, 133010})
"""Token, permissions, lock, payment, name, registration, quality: only the operator can mend these."""
_NOT_REACHED: Final = frozenset({130403, 131026})
"""We blocked them, or WhatsApp does not reach them."""
TOO_LATE: Final = 131047
"""The person has not written for a day; said in the answer, or later in a status."""
_PAUSES: Final = {
    1: NETWORK_PAUSE,
    2: NETWORK_PAUSE,
    4: 60.0,
    80007: 60.0,
    130429: 1.0,
    131000: NETWORK_PAUSE,
    131016: NETWORK_PAUSE,
    131056: 6.0,
    131057: 60.0,
    133004: NETWORK_PAUSE,
}
"""Seconds until the next try, for what passes; one person gets one message in six seconds (131056)."""
_KINDS: Final = {4: TooMany, 80007: TooMany, 130429: TooMany, 131056: ChatBusy}


class TooLate(Refused):
    """More than a day after the person's last message, only templates may be sent. It says nothing about the person."""


def is_ours_to_mend(code: object) -> bool:
    """Tell whether only the operator can help."""
    return isinstance(code, int) and (code in _OURS_TO_MEND or code in _PERMISSIONS)


def trouble_of(answer: PlatformResponse) -> Exception:
    """Return our word for an unsuccessful answer."""
    error = answer.body.get("error") if answer.body else None
    if not isinstance(error, dict):
        return unanswered(answer.status, f"HTTP {answer.status}, and the answer is not Meta's", NETWORK_PAUSE)
    code, data = error.get("code"), error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    words = f"{code} {details or error.get('message') or ''}"[:_WORDS_LIMIT]
    if is_ours_to_mend(code):
        return Revoked(f"WhatsApp does not let the bot work: {words}")
    if isinstance(code, int) and code in _PAUSES:
        return _KINDS.get(code, TryLater)(_PAUSES[code], words)
    if isinstance(code, int) and code in _NOT_REACHED:
        return Unreachable(words)
    return TooLate(words) if code == TOO_LATE else Refused(words)
