"""A login's row and back: what the site asked for is mapped by name, how far the login has come depends on its state.

A row that no step of the machine writes is refused by name, not guessed at.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from core.model.ids import AccountId, PersonId
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
)
from storage.errors import ImpossibleRowError, UnreadableError
from storage.rows import Composite, Converter, RowMapper, from_ms, from_ms_or_none, to_ms
from storage.statements import Row
from storage.tables.login import logins

_CHOICES: Final = 3
_REASONS: Final = {reason.value: reason for reason in CancelReason}
_STATES: Final = {Pending: "pending", Confirmed: "confirmed", Redeemed: "redeemed", Cancelled: "cancelled"}
_PROMPT: Final = ("prompt_message_id", "prompted_at", "prompt_nonce")
"""The columns of the question that is put to the person: no part of the login's state, and read apart."""


class _Progress(NamedTuple):
    """The columns that say how far a login has come, as they are kept; which of them are set depends on ``state``."""

    state: str
    claimed_by: AccountId | None
    opened_at: int | None
    confirmed_at: int | None
    person_id: PersonId | None
    profile: bytes | None
    redeemed_at: int | None
    cancelled_at: int | None
    cancel_reason: str | None
    code_told_at: int | None


_NOTHING_YET: Final = dict.fromkeys(_Progress._fields)


@lru_cache(maxsize=1024)
def _read_place(address_prefix: str, browser: str, system: str, region: str | None) -> RequestOrigin:
    """Return a place; the same object for the same place, since every waiting poll holds one."""
    return RequestOrigin(address_prefix, browser, system, region or "")


def _write_place(place: RequestOrigin) -> tuple[str, str, str, str]:
    return (place.address_prefix, place.browser, place.system, place.region)


def _read_match(number: int | None, choices: str | None) -> Match | None:
    if number is None:
        return None
    three = (choices or "").split()
    if len(three) != _CHOICES:
        raise UnreadableError(f"a match number with {len(three)} choices")
    return Match(number, (int(three[0]), int(three[1]), int(three[2])))


def _write_match(match: Match | None) -> tuple[int | None, str | None]:
    return (None, None) if match is None else (match.number, " ".join(map(str, match.choices)))


def _read_grant(
    digest: bytes | None, state: str | None, is_static: int | None, is_test: int | None
) -> CodeGrant | None:
    return None if digest is None else CodeGrant(digest, state, bool(is_static), bool(is_test))


def _write_grant(grant: CodeGrant | None) -> tuple[object, ...]:
    return (None,) * 4 if grant is None else (grant.digest, grant.state, grant.is_static, grant.is_test)


ASKED: Final = RowMapper(
    logins,
    Asked,
    {
        "user_code_digest": Converter(null=b""),
        "place": Composite(
            ("place_address_prefix", "place_browser", "place_system", "place_region"), _read_place, _write_place
        ),
        "match": Composite(("match_number", "match_choices"), _read_match, _write_match),
        "grant": Composite(("code_digest", "site_state", "is_static", "is_test"), _read_grant, _write_grant),
    },
    apart=(*_Progress._fields, *_PROMPT),
)
COLUMNS: Final = (*ASKED.columns, *(logins.c[name] for name in _Progress._fields))
"""What ``read_login`` reads: what the site asked for, and then how far the login has come."""


def state_name(login: Login) -> str:
    """Return what the ``state`` column calls the login's state."""
    return _STATES[type(login)]


def state_values(login: Login) -> dict[str, object]:
    """Return the columns that say how far the login has come; those that are no part of its state are ``None``."""
    claim = login.claim
    values: dict[str, object] = {
        **_NOTHING_YET,
        "state": _STATES[type(login)],
        "claimed_by": None if claim is None else claim.account_id,
        "opened_at": None if claim is None else to_ms(claim.opened_at),
    }
    match login:
        case Confirmed():
            values["confirmed_at"] = to_ms(login.confirmed_at)
            values["person_id"] = login.person_id
            values["profile"] = login.profile
            values["code_told_at"] = None if login.code_told_at is None else to_ms(login.code_told_at)
        case Redeemed():
            values["confirmed_at"] = to_ms(login.confirmed_at)
            values["person_id"] = login.person_id
            values["redeemed_at"] = to_ms(login.redeemed_at)
        case Cancelled():
            values["cancelled_at"] = to_ms(login.cancelled_at)
            values["cancel_reason"] = login.reason.value
        case Pending():
            pass
    return values


def read_login(row: Row) -> Login:
    """Return the login that a row of ``COLUMNS`` holds, or raise ``ImpossibleRowError``.

    A confirmed login whose profile was swept up reads with an empty one: it can only be looked at any more.
    """
    asked = ASKED.read(row)
    progress = _Progress._make(row[len(ASKED.columns) : len(COLUMNS)])
    state, claimed_by, opened_at, reason = (
        progress.state,
        progress.claimed_by,
        progress.opened_at,
        progress.cancel_reason,
    )
    claim = None if claimed_by is None or opened_at is None else Claim(claimed_by, from_ms(opened_at))
    if state == "pending":
        return Pending(asked, claim)
    if state == "cancelled" and progress.cancelled_at is not None and reason in _REASONS:
        return Cancelled(asked, claim, from_ms(progress.cancelled_at), _REASONS[reason])
    confirmed_at, person_id = progress.confirmed_at, progress.person_id
    if claim is not None and confirmed_at is not None and person_id is not None:
        if state == "confirmed":
            told_at = from_ms_or_none(progress.code_told_at)
            return Confirmed(asked, claim, from_ms(confirmed_at), person_id, progress.profile or b"", told_at)
        if state == "redeemed" and progress.redeemed_at is not None:
            return Redeemed(asked, claim, from_ms(confirmed_at), person_id, from_ms(progress.redeemed_at))
    raise ImpossibleRowError("logins", asked.login_id, _fault(progress))


def _fault(progress: _Progress) -> str:
    columns = ", ".join(name for name, value in progress._asdict().items() if value is not None)
    return f"state {progress.state!r} with these columns set: {columns}"
