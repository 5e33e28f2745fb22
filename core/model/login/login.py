"""A login as a state machine of values.

``Pending`` becomes ``Confirmed`` becomes ``Redeemed``; ``Pending`` may become ``Cancelled`` instead. Expiry is not a
state but a reading of the clock. Each transition is one pure function that returns the next value or refuses; the
storage then swaps the old value for the new one, which only one caller can win.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from core.entropy import Entropy, below
from core.model.apps.app import App
from core.model.ids import AccountId, AppId, LoginId, PersonId
from core.model.login.errors import (
    ClaimedByAnother,
    CodeVerifierMismatch,
    CodeVerifierRequired,
    LoginCancelled,
    LoginConfirmed,
    LoginExpired,
    LoginNotFound,
    LoginPending,
    WrongNumber,
)

AUTHORIZATION_CODE_LIFETIME: Final = timedelta(seconds=300)
"""How long an authorization code (RFC 6749) may be used (``projects-api`` section 3)."""
REDEEM_GRACE: Final = timedelta(minutes=5)
"""How long after its expiry a confirmed login may still be redeemed: the person did their part in time."""
ANSWER_WINDOW: Final = timedelta(seconds=60)
"""How long a question in a chat may be answered; later the person is asked anew (``security``, T6)."""


class Status(StrEnum):
    """What the site dialect calls the state of a login (``sites-api`` section 2.2)."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CancelReason(StrEnum):
    """Who ended a login, and how."""

    DECLINED = "declined"
    NOT_ME = "not_me"
    WRONG_NUMBER = "wrong_number"
    BY_SITE = "by_site"


@dataclass(frozen=True, slots=True)
class Match:
    """The number shown on the page, 10 to 99, and the three among which the person picks it in the bot."""

    number: int
    choices: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a login was asked from: an address prefix (never the whole address), browser, system, and city or country.

    Each may be empty.
    """

    address_prefix: str = ""
    browser: str = ""
    system: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """How a login of the project dialect ends: in an authorization code, kept as its ``digest``, sent with ``state``.

    ``is_static`` = it began with a permanent link, so that no server polls. ``is_test`` = the site began it with its
    test key, which alone may end it: a test key that got lost opens no login of real people.
    """

    digest: bytes
    state: str | None = None
    is_static: bool = False
    is_test: bool = False


def lifetime(app: App, grant: CodeGrant | None) -> timedelta:
    """Return how long a person has to confirm a login of the app's that ends so.

    Unless the app says otherwise 5 minutes (``sites-api`` section 10), with a grant 30 (``projects-api`` section 3).
    """
    return timedelta(minutes=app.login_minutes if grant is None else app.code_login_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a site asked for: the part of a login that never changes.

    ``origin`` is what the person is shown as the site (scheme and host); ``code_challenge`` is RFC 7636's, S256.
    ``grant`` is ``None`` in the site dialect, whose logins end with the session id; ``return_url`` is then where the
    authorization code goes, ``None`` where the site is only notified.
    """

    login_id: LoginId
    app_id: AppId
    session_digest: bytes
    link_digest: bytes
    user_code_digest: bytes
    created_at: datetime
    expires_at: datetime
    origin: str
    place: RequestOrigin
    locale: str | None = None
    return_url: str | None = None
    code_challenge: str | None = None
    match: Match | None = None
    grant: CodeGrant | None = None


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """The newest question put to a person about a login: when, and the mark in its buttons, 8 hex characters.

    ``message_id`` is the message that asks it; ``None`` while that is not known, or once it asks no more.
    """

    nonce: str
    at: datetime
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The one messenger account that opened the link first, and when."""

    account_id: AccountId
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """Waiting for a person to open the link (no claim yet) or to answer the prompt."""

    asked: Asked
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The person said yes; ``profile`` is sealed and waits for the one who redeems.

    ``code_told_at`` is when the authorization code was handed to the poll.
    """

    asked: Asked
    claim: Claim
    confirmed_at: datetime
    person_id: PersonId
    profile: bytes
    code_told_at: datetime | None = None

    @property
    def redeemable_until(self) -> datetime:
        """When it is too late to redeem."""
        if self.asked.grant is not None:
            return self.confirmed_at + AUTHORIZATION_CODE_LIFETIME
        return self.asked.expires_at + REDEEM_GRACE

    def is_redeemable(self, now: datetime) -> bool:
        """Tell whether there is something to redeem: it is not too late, and the person was not erased since."""
        return bool(self.profile) and now < self.redeemable_until


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The token was handed out; the profile is erased."""

    asked: Asked
    claim: Claim
    confirmed_at: datetime
    person_id: PersonId
    redeemed_at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Over for good."""

    asked: Asked
    claim: Claim | None
    cancelled_at: datetime
    reason: CancelReason


@dataclass(frozen=True, slots=True)
class Yes:
    """A person's answer: ``picked`` is the number they tapped, ``None`` where none is shown; ``profile`` is sealed."""

    account_id: AccountId
    picked: int | None
    person_id: PersonId
    profile: bytes


Login = Pending | Confirmed | Redeemed | Cancelled


def draw_match(entropy: Entropy) -> Match:
    """Draw three different numbers from 10 to 99; the first is the one to show, their order in the bot is by size."""
    numbers: list[int] = []
    while len(numbers) < 3:  # noqa: PLR2004 - three choices, as the prompt says
        number = 10 + below(entropy, 90)
        if number not in numbers:
            numbers.append(number)
    low, middle, high = sorted(numbers)
    return Match(numbers[0], (low, middle, high))


def status(login: Login, now: datetime) -> Status:
    """Return the login's public state at ``now``."""
    match login:
        case Pending(asked=asked):
            return Status.EXPIRED if now >= asked.expires_at else Status.PENDING
        case Confirmed():
            return Status.CONFIRMED if login.is_redeemable(now) else Status.EXPIRED
        case Redeemed():
            return Status.CONFIRMED
        case Cancelled():
            return Status.CANCELLED


def claim(login: Login, account_id: AccountId, now: datetime) -> Pending:
    """Return the login as held by the account that opened its link; opening it again changes nothing.

    Raises ``ClaimedByAnother``, ``LoginExpired``, ``LoginConfirmed`` or ``LoginCancelled``.
    """
    pending = _awaiting(login, account_id, now)
    return pending if pending.claim else Pending(pending.asked, Claim(account_id, now))


def confirm(login: Login, yes: Yes, now: datetime) -> Confirmed:
    """Return the login as confirmed by the account that holds it.

    Raises ``WrongNumber`` if the picked number is not the one on the page, or as ``held_by`` does.
    """
    pending = held_by(login, yes.account_id, now)
    if not is_right_number(pending, yes.picked):
        raise WrongNumber
    return Confirmed(pending.asked, _claim_of(pending), now, yes.person_id, yes.profile)


def is_right_number(login: Pending, picked: int | None) -> bool:
    """Tell whether ``picked`` answers the prompt of this login."""
    expected = login.asked.match
    return picked is None if expected is None else picked == expected.number


def refuse(login: Login, account_id: AccountId, reason: CancelReason, now: datetime) -> Cancelled:
    """Return the login as refused in the bot by the account that holds it; raises as ``held_by`` does."""
    pending = held_by(login, account_id, now)
    return Cancelled(pending.asked, pending.claim, now, reason)


def cancel(login: Login, now: datetime) -> Cancelled:
    """Return the login as given up by its site; cancelling twice changes nothing.

    Raises ``LoginExpired`` or ``LoginConfirmed``.
    """
    if isinstance(login, Cancelled):
        return login
    pending = _pending(login, now)
    return Cancelled(pending.asked, pending.claim, now, CancelReason.BY_SITE)


def redeem(login: Login, code_verifier: str | None, now: datetime) -> Redeemed:
    """Return the login as handed out, which happens once.

    Raises ``LoginPending``, ``LoginExpired``, ``LoginCancelled``, ``LoginConfirmed`` the second time, or as
    ``check_verifier`` does.
    """
    match login:
        case Pending(asked=asked):
            raise LoginExpired if now >= asked.expires_at else LoginPending
        case Cancelled():
            raise LoginCancelled
        case Redeemed():
            raise LoginConfirmed
        case Confirmed(asked=asked):
            if not login.is_redeemable(now):
                raise LoginExpired
            check_verifier(asked.code_challenge, code_verifier)
            return Redeemed(asked, login.claim, login.confirmed_at, login.person_id, now)


def tell_code(login: Login, now: datetime) -> Confirmed:
    """Return the login as one whose authorization code the poll got, which happens once.

    Raises ``LoginPending``, ``LoginCancelled``, or ``LoginExpired``, also the second time.
    """
    match login:
        case Pending(asked=asked):
            raise LoginExpired if now >= asked.expires_at else LoginPending
        case Cancelled():
            raise LoginCancelled
        case Confirmed(code_told_at=None, asked=Asked(grant=CodeGrant())) if login.is_redeemable(now):
            return replace(login, code_told_at=now)
        case _:
            raise LoginExpired


def check_verifier(code_challenge: str | None, code_verifier: str | None) -> None:
    """Raise ``CodeVerifierMismatch`` or ``CodeVerifierRequired`` unless the verifier hashes to the challenge.

    RFC 7636 section 4.6, S256; one without the other is refused too.
    """
    if code_challenge is None:
        if code_verifier is not None:
            raise CodeVerifierMismatch
        return
    if code_verifier is None:
        raise CodeVerifierRequired
    hashed = urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=")
    if not hmac.compare_digest(hashed, code_challenge.encode()):
        raise CodeVerifierMismatch


def _pending(login: Login, now: datetime) -> Pending:
    match login:
        case Pending(asked=asked):
            if now >= asked.expires_at:
                raise LoginExpired
            return login
        case Confirmed() | Redeemed():
            raise LoginConfirmed
        case Cancelled():
            raise LoginCancelled


def _awaiting(login: Login, account_id: AccountId, now: datetime) -> Pending:
    """Return the pending login unless another account holds it, which must not learn how the login ended."""
    if login.claim is not None and login.claim.account_id != account_id:
        raise ClaimedByAnother if status(login, now) is Status.PENDING else LoginExpired
    return _pending(login, now)


def held_by(login: Login, account_id: AccountId, now: datetime) -> Pending:
    """Return the pending login that the account holds: the first check before an answer counts.

    Raises ``LoginNotFound``, ``ClaimedByAnother``, ``LoginExpired``, ``LoginConfirmed`` or ``LoginCancelled``.
    """
    if login.claim is None:
        raise LoginNotFound
    return _awaiting(login, account_id, now)


def _claim_of(login: Pending) -> Claim:
    if login.claim is None:
        raise LoginNotFound
    return login.claim
