"""MAX's error answers in our words: by code and words together, else by the status."""

from typing import Final

from bots.delivering import unanswered
from bots.wire import NETWORK_PAUSE, PlatformResponse
from core.ports.messengers import Refused, Revoked, TooMany, TryLater, Unreachable

CONFLICT_PAUSE: Final = 15.0
_WORDS_LIMIT: Final = 200
_GONE: Final = frozenset({"dialog.not.found", "error.dialog.notfound", "error.dialog.suspended", "chat.not.found"})
_NOT_READY: Final = frozenset({"attachment.not.ready", "attachment.file.not.processed"})
_TOO_MANY: Final = 429
"""MAX names no pause."""
_SERVER_ERRORS: Final = 500
_OF_GATEWAYS: Final = frozenset({502, 504})
"""A proxy that answers so does not know what became of the call."""


class NotDone(Refused):
    """MAX understood the call and did not do it: ``success`` is false, or what it names is gone."""


def trouble_of(answer: PlatformResponse) -> Exception:
    """Return our word for an unsuccessful answer. A 500 or 503 of MAX's own says that the call was not done."""
    body = answer.body or {}
    code = str(body.get("code") or body.get("error") or "")
    words = f"HTTP {answer.status} {code} {body.get('message') or ''}".strip()[:_WORDS_LIMIT]
    trouble: Exception
    match answer.status:
        case 401:
            trouble = Revoked("MAX does not accept the bot's token")
        case 403 | 404 if {code, str(body.get("message"))} & _GONE:
            trouble = Unreachable(words)
        case 200 | 404:
            trouble = NotDone(words)
        case 405 | 409:
            trouble = TryLater(CONFLICT_PAUSE, words)
        case 400 if code in _NOT_READY:
            trouble = TryLater(NETWORK_PAUSE, words)
        case status if status >= _SERVER_ERRORS and (status in _OF_GATEWAYS or not code):
            trouble = unanswered(status, words, NETWORK_PAUSE)
        case status if status == _TOO_MANY:
            trouble = TooMany(NETWORK_PAUSE, words)
        case status if status >= _SERVER_ERRORS:
            trouble = TryLater(NETWORK_PAUSE, words)
        case _:
            trouble = Refused(words)
    return trouble
