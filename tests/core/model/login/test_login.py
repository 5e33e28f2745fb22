"""The login's state machine: every state meets every verb."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from core import errors
from core.model.ids import AccountId, AppId, LoginId, PersonId
from core.model.login import login as logins
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
from core.model.login.login import (
    Asked,
    Cancelled,
    CancelReason,
    Claim,
    CodeGrant,
    Confirmed,
    Login,
    Match,
    Pending,
    Redeemed,
    RequestOrigin,
    Status,
    Yes,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANNA, BORIS = AccountId("a" * 24), AccountId("b" * 24)
PERSON = PersonId("c" * 24)
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def asked(**changes: object) -> Asked:
    """Return what a site asked a minute ago, with four minutes left."""
    fields: dict[str, Any] = {
        "login_id": LoginId("d" * 24),
        "app_id": AppId("e" * 24),
        "session_digest": b"s" * 32,
        "link_digest": b"l" * 32,
        "user_code_digest": b"t" * 32,
        "created_at": NOW - timedelta(minutes=1),
        "expires_at": NOW + timedelta(minutes=4),
        "origin": "https://shop.example.com",
        "place": RequestOrigin(),
        "match": Match(42, (17, 42, 88)),
    }
    return Asked(**{**fields, **changes})


LATE = {"created_at": NOW - timedelta(minutes=20), "expires_at": NOW - timedelta(minutes=15)}
CLAIM = Claim(ANNA, NOW)
GRANT = CodeGrant(b"c" * 32, "state")

STATES: dict[str, Login] = {
    "pending": Pending(asked()),
    "claimed": Pending(asked(), CLAIM),
    "expired": Pending(asked(**LATE), CLAIM),
    "confirmed": Confirmed(asked(), CLAIM, NOW, PERSON, b"sealed"),
    "outlived": Confirmed(asked(**LATE), CLAIM, NOW, PERSON, b"sealed"),
    "redeemed": Redeemed(asked(), CLAIM, NOW, PERSON, NOW),
    "cancelled": Cancelled(asked(), CLAIM, NOW, CancelReason.DECLINED),
    "with a code": Confirmed(asked(grant=GRANT), CLAIM, NOW, PERSON, b"sealed"),
    "code told": Confirmed(asked(grant=GRANT), CLAIM, NOW, PERSON, b"sealed", NOW),
    "code outlived": Confirmed(asked(grant=GRANT), CLAIM, NOW - logins.AUTHORIZATION_CODE_LIFETIME, PERSON, b"sealed"),
}

VERBS: dict[str, Callable[[Login], Login]] = {
    "claim": lambda login: logins.claim(login, ANNA, NOW),
    "claim as another": lambda login: logins.claim(login, BORIS, NOW),
    "confirm": lambda login: logins.confirm(login, Yes(ANNA, 42, PERSON, b"sealed"), NOW),
    "confirm as another": lambda login: logins.confirm(login, Yes(BORIS, 42, PERSON, b"sealed"), NOW),
    "confirm a wrong number": lambda login: logins.confirm(login, Yes(ANNA, 17, PERSON, b"sealed"), NOW),
    "confirm without a number": lambda login: logins.confirm(login, Yes(ANNA, None, PERSON, b"sealed"), NOW),
    "refuse": lambda login: logins.refuse(login, ANNA, CancelReason.NOT_ME, NOW),
    "refuse as another": lambda login: logins.refuse(login, BORIS, CancelReason.NOT_ME, NOW),
    "cancel": lambda login: logins.cancel(login, NOW),
    "redeem": lambda login: logins.redeem(login, None, NOW),
    "tell code": lambda login: logins.tell_code(login, NOW),
}

NO_CODE = {"tell code": LoginExpired}
Outcome = type[Login] | type[errors.GatepostError]

TABLE: dict[str, dict[str, Outcome]] = {
    "pending": {
        "claim": Pending,
        "claim as another": Pending,
        "confirm": LoginNotFound,
        "confirm as another": LoginNotFound,
        "confirm a wrong number": LoginNotFound,
        "confirm without a number": LoginNotFound,
        "refuse": LoginNotFound,
        "refuse as another": LoginNotFound,
        "cancel": Cancelled,
        "redeem": LoginPending,
        "tell code": LoginPending,
    },
    "claimed": {
        "claim": Pending,
        "claim as another": ClaimedByAnother,
        "confirm": Confirmed,
        "confirm as another": ClaimedByAnother,
        "confirm a wrong number": WrongNumber,
        "confirm without a number": WrongNumber,
        "refuse": Cancelled,
        "refuse as another": ClaimedByAnother,
        "cancel": Cancelled,
        "redeem": LoginPending,
        "tell code": LoginPending,
    },
    **{
        state: {
            **dict.fromkeys(VERBS, refusal),
            **{verb: LoginExpired for verb in VERBS if verb.endswith("as another")},
            **own,
        }
        for state, refusal, own in (
            ("expired", LoginExpired, {}),
            ("confirmed", LoginConfirmed, {"redeem": Redeemed, **NO_CODE}),
            ("outlived", LoginConfirmed, {"redeem": LoginExpired, **NO_CODE}),
            ("redeemed", LoginConfirmed, NO_CODE),
            ("cancelled", LoginCancelled, {"cancel": Cancelled}),
            ("with a code", LoginConfirmed, {"redeem": Redeemed, "tell code": Confirmed}),
            ("code told", LoginConfirmed, {"redeem": Redeemed, **NO_CODE}),
            ("code outlived", LoginConfirmed, {"redeem": LoginExpired, **NO_CODE}),
        )
    },
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_meets_every_verb(state: str, verb: str) -> None:
    """Each verb does to each state what the table says: the next state, or one refusal."""
    expected = TABLE[state][verb]
    if issubclass(expected, errors.GatepostError):
        with pytest.raises(expected):
            VERBS[verb](STATES[state])
    else:
        after = VERBS[verb](STATES[state])
        assert type(after) is expected
        assert after.asked is STATES[state].asked


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("pending", Status.PENDING),
        ("claimed", Status.PENDING),
        ("expired", Status.EXPIRED),
        ("confirmed", Status.CONFIRMED),
        ("outlived", Status.EXPIRED),
        ("redeemed", Status.CONFIRMED),
        ("cancelled", Status.CANCELLED),
        ("with a code", Status.CONFIRMED),
        ("code outlived", Status.EXPIRED),
    ],
)
def test_status_is_what_the_contract_calls_it(state: str, status: Status) -> None:
    """Each state reads as one of the contract's four words."""
    assert logins.status(STATES[state], NOW) is status


def test_the_first_claim_stands() -> None:
    """T5: opening the link again changes neither who holds the login nor since when."""
    first = logins.claim(STATES["pending"], ANNA, NOW)
    again = logins.claim(first, ANNA, NOW + timedelta(seconds=30))
    assert again == first == Pending(STATES["pending"].asked, Claim(ANNA, NOW))


def test_a_confirmed_login_outlives_its_session_by_the_grace() -> None:
    """Who confirmed in the last second can still be let in five minutes later, and not a moment more."""
    confirmed = STATES["confirmed"]
    last = confirmed.asked.expires_at + logins.REDEEM_GRACE
    assert isinstance(logins.redeem(confirmed, None, last - timedelta(milliseconds=1)), Redeemed)
    with pytest.raises(LoginExpired):
        logins.redeem(confirmed, None, last)


def test_without_numbers_a_plain_yes_confirms_and_a_number_does_not() -> None:
    """A login with no number to show takes no number."""
    plain = Pending(asked(match=None), CLAIM)
    assert isinstance(logins.confirm(plain, Yes(ANNA, None, PERSON, b""), NOW), Confirmed)
    with pytest.raises(WrongNumber):
        logins.confirm(plain, Yes(ANNA, 42, PERSON, b""), NOW)


@pytest.mark.parametrize(
    ("challenge", "verifier", "refusal"),
    [
        (CHALLENGE, VERIFIER, None),
        (None, None, None),
        (CHALLENGE, None, CodeVerifierRequired),
        (CHALLENGE, "w" * 43, CodeVerifierMismatch),
        (CHALLENGE, CHALLENGE, CodeVerifierMismatch),
        (None, VERIFIER, CodeVerifierMismatch),
    ],
)
def test_only_the_verifier_of_the_challenge_redeems(
    challenge: str | None, verifier: str | None, refusal: type[errors.GatepostError] | None
) -> None:
    """T3: PKCE binds redemption to whoever started; a missing, wrong or needless verifier is refused."""
    confirmed = Confirmed(asked(code_challenge=challenge), CLAIM, NOW, PERSON, b"sealed")
    if refusal is None:
        assert isinstance(logins.redeem(confirmed, verifier, NOW), Redeemed)
    else:
        with pytest.raises(refusal):
            logins.redeem(confirmed, verifier, NOW)
