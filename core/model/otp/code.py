"""One-time codes that a site has sent to a subscriber, and asks of them again (``projects-api`` section 7).

A code is computed from its own id under the master key and never kept; the store knows its keyed digest, and no digest
once the code is over. Of a subscriber's codes one for each purpose is active. Those of the test key and the live key
know nothing of each other.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import AppId, MessageId, SubscriptionId
from core.model.otp.errors import CodeRequestGone, NoActiveCode, OtpReason, WrongCode
from core.model.text.typed import digits_in

PURPOSE_LIMIT: Final = 32
TYPED_LIMIT: Final = 128
"""How much of what a visitor typed is looked at for a code, in characters."""
SENDS_AN_HOUR: Final = 3
"""How many codes a subscriber gets in an hour, for all purposes; with ``max_attempts`` it bounds guessing."""
REQUEST_LIFETIME: Final = timedelta(minutes=15)
REQUEST_ID_LENGTH: Final = 16
OPEN_REQUESTS_LIMIT: Final = 2000
"""How many requests of a project may wait for people at once."""
TEST_SUBSCRIBER: Final = SubscriptionId("00000000-0000-0000-0000-000000000000")
"""The subscriber of tests: it has no messenger, and exists for the test key alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTerms:
    """What a site wants of a code: how long it is good, how often one may guess, its digits, and what it is for."""

    ttl: timedelta = timedelta(minutes=5)
    max_attempts: int = 3
    length: int = 6
    purpose: str = ""

    @property
    def minutes(self) -> int:
        """How long the code is good, in minutes."""
        return int(self.ttl.total_seconds()) // 60


class CodeEnding(StrEnum):
    """How a code ended."""

    USED = "used"
    EXHAUSTED = "exhausted"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCode:
    """One code; ``digest`` is ``None`` once it is over, ``message_id`` is the message that tells it, if any.

    ``length`` is how many digits it has (0 = of a code from before that was kept), ``ending`` how it ended.
    """

    code_id: str
    app_id: AppId
    subscription_id: SubscriptionId
    purpose: str
    is_test: bool
    digest: bytes | None
    attempts: int = 0
    max_attempts: int
    created_at: datetime
    expires_at: datetime
    message_id: MessageId | None
    length: int = 0
    ending: CodeEnding | None = None

    @property
    def attempts_left(self) -> int:
        """How many guesses there are still."""
        return self.max_attempts - self.attempts


class GuessResult(StrEnum):
    """What came of a guess; ``LAST_WRONG`` = it was wrong, and there is no other."""

    RIGHT = "right"
    WRONG = "wrong"
    LAST_WRONG = "last_wrong"


class RequestState(StrEnum):
    """How a request stands; its expiry is a reading of the clock."""

    PENDING = "pending"
    SENT = "sent"
    CANCELLED = "cancelled"


class CodeRequestStatus(StrEnum):
    """What a site is told of a request; a code that is on its way is ``pending``."""

    PENDING = "pending"
    SENT = "sent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """A site's request that the person who opens its link gets a code; a sent one knows who did, and the code."""

    digest: bytes
    app_id: AppId
    terms: CodeTerms
    is_test: bool
    created_at: datetime
    expires_at: datetime
    state: RequestState = RequestState.PENDING
    subscription_id: SubscriptionId | None = None
    code_id: str | None = None


def checked_terms(terms: CodeTerms) -> CodeTerms:
    """Return the terms, or raise ``Invalid`` for a purpose that cannot be read."""
    if len(terms.purpose) > PURPOSE_LIMIT or not terms.purpose.isprintable():
        raise Invalid("purpose", Wrong.BAD_PURPOSE, most=PURPOSE_LIMIT)
    return terms


def guessable(code: OneTimeCode | None, latest: OneTimeCode | None, now: datetime) -> OneTimeCode:
    """Return the active code; raise ``NoActiveCode``, which says why not by the ``latest`` one there was."""
    if code is not None and code.digest is not None and now < code.expires_at:
        return code
    raise NoActiveCode(_why_over(code or latest))


def typed_guess(code: OneTimeCode, typed: str) -> str:
    """Return the digits of what was typed; raise ``WrongCode``, which costs no guess, if they are too few or many."""
    digits = digits_in(typed, TYPED_LIMIT)
    if len(digits) != (code.length or len(digits)) or not digits:
        raise WrongCode(code.attempts_left)
    return digits


def judged(code: OneTimeCode, guess: bytes) -> tuple[OneTimeCode, GuessResult]:
    """Return the active code after a guess (its digest, 32 bytes), and what came of it."""
    counted = replace(code, attempts=code.attempts + 1)
    if compare_digest(code.digest or b"", guess):
        return ended(counted, CodeEnding.USED), GuessResult.RIGHT
    if counted.attempts < code.max_attempts:
        return counted, GuessResult.WRONG
    return ended(counted, CodeEnding.EXHAUSTED), GuessResult.LAST_WRONG


def ended(code: OneTimeCode, ending: CodeEnding) -> OneTimeCode:
    """Return the code as one that is over: it can be neither guessed nor found as active."""
    return replace(code, digest=None, ending=ending)


def _why_over(code: OneTimeCode | None) -> OtpReason | None:
    if code is None or code.ending is CodeEnding.REPLACED:
        return None
    if code.ending is None:
        return OtpReason.EXPIRED if code.digest is not None else None
    return OtpReason.USED if code.ending is CodeEnding.USED else OtpReason.EXHAUSTED


def answered(request: CodeRequest, subscription_id: SubscriptionId, code_id: str) -> CodeRequest:
    """Return the request after a person followed its link and got the code ``code_id``."""
    return replace(request, state=RequestState.SENT, subscription_id=subscription_id, code_id=code_id)


def declined(request: CodeRequest) -> CodeRequest:
    """Return the request after a person followed its link and declined the code."""
    return replace(request, state=RequestState.CANCELLED)


def opened(request: CodeRequest | None, now: datetime) -> CodeRequest:
    """Return the request if it can still be answered; raise ``CodeRequestGone`` if it is settled, old or missing."""
    if request is None or request.state is not RequestState.PENDING or now >= request.expires_at:
        raise CodeRequestGone
    return request
