"""python-telegram-bot's errors in our words.

An answer that is not Telegram's own JSON says nothing about the person. Broken connections leave open whether the call
was done; an answer of 5xx says that it was not.
"""

from collections.abc import Awaitable
from typing import Final, TypeVar

from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from bots.delivering import Failing, NoAnswer
from bots.telegram.transport import ConnectError, FailingError
from core.ports.messengers import Refused, Revoked, TooMany, TryLater, Unreachable

T = TypeVar("T")

NETWORK_PAUSE: Final = 2.0
WORDS_LIMIT: Final = 200
_CONFLICT_PAUSE: Final = 15.0
_GONE: Final = ("chat not found", "user is deactivated", "user not found", "peer_id_invalid")


async def in_our_words(call: Awaitable[T]) -> T:
    """Await a Bot API call; raise ``TryLater``, ``NoAnswer``, ``Unreachable``, ``Refused`` or ``Revoked``."""
    try:
        return await call
    except RetryAfter as trouble:
        seconds = trouble.retry_after
        raise TooMany(seconds if isinstance(seconds, int) else seconds.total_seconds(), "too many requests") from None
    except TelegramError as trouble:
        raise _ours(trouble) from None
    except (KeyError, TypeError, AttributeError):
        # PTB looks for ``result`` in whatever JSON there is.
        raise NoAnswer(NETWORK_PAUSE, "the answer is not Telegram's") from None


def _ours(trouble: TelegramError) -> Exception:
    words = trouble.message.partition(". Parsing the server response")[0][:WORDS_LIMIT]
    if _is_from_a_proxy(trouble):
        return NoAnswer(NETWORK_PAUSE, f"the answer is not Telegram's: {words}")
    ours: Exception
    match trouble:
        case Forbidden():
            ours = Unreachable(words)
        case BadRequest():
            ours = Unreachable(words) if any(wording in words.lower() for wording in _GONE) else Refused(words)
        case InvalidToken():
            ours = Revoked("Telegram does not accept the bot's token")
        case Conflict():
            ours = TryLater(_CONFLICT_PAUSE, words)
        case ConnectError():
            ours = TryLater(NETWORK_PAUSE, words)
        case FailingError():
            ours = Failing(NETWORK_PAUSE, words)
        case _:
            ours = NoAnswer(NETWORK_PAUSE, words)
    return ours


def _is_from_a_proxy(trouble: TelegramError) -> bool:
    """Tell whether the answer was no JSON: PTB then chains its parsing error, a plain ``TelegramError``."""
    return type(trouble.__cause__) is TelegramError
