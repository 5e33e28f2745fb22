"""A login's row and back. A row that no step of the machine writes is refused by name, not guessed at."""

from functools import lru_cache
from typing import Final

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
from storage.errors import ImpossibleRowError
from storage.statements import Row
from storage.tables.login import logins
from storage.values import from_ms, from_ms_or_none, to_ms

_PROMPT_COLUMNS: Final = frozenset({"prompt_message_id", "prompted_at", "prompt_nonce"})
COLUMNS: Final = tuple(column for column in logins.columns if column.name not in _PROMPT_COLUMNS)
"""What ``to_login`` reads, in the order in which it does: the table's own."""

_CHOICES: Final = 3
_REASONS: Final = {reason.value: reason for reason in CancelReason}
_STATES: Final = {Pending: "pending", Confirmed: "confirmed", Redeemed: "redeemed", Cancelled: "cancelled"}


def state_name(login: Login) -> str:
    """Return what the ``state`` column calls the login's state."""
    return _STATES[type(login)]


def asked_values(asked: Asked) -> dict[str, object]:
    """Return the columns that never change."""
    match, grant = asked.match, asked.grant
    return {
        "login_id": asked.login_id,
        "app_id": asked.app_id,
        "session_digest": asked.session_digest,
        "link_digest": asked.link_digest,
        "typed_digest": asked.typed_digest,
        "created_at": to_ms(asked.created_at),
        "expires_at": to_ms(asked.expires_at),
        "origin": asked.origin,
        "place_address_prefix": asked.place.address_prefix,
        "place_browser": asked.place.browser,
        "place_system": asked.place.system,
        "place_region": asked.place.region,
        "locale": asked.locale,
        "return_url": asked.return_url,
        "code_challenge": asked.code_challenge,
        "match_number": None if match is None else match.number,
        "match_choices": None if match is None else " ".join(map(str, match.choices)),
        "code_digest": None if grant is None else grant.digest,
        "site_state": None if grant is None else grant.state,
        "is_static": None if grant is None else grant.is_static,
    }


def state_values(login: Login) -> dict[str, object]:
    """Return the columns that say how far the login has come."""
    claim = login.claim
    values: dict[str, object] = {
        "state": _STATES[type(login)],
        "claimed_by": None if claim is None else claim.account_id,
        "opened_at": None if claim is None else to_ms(claim.opened_at),
        "confirmed_at": None,
        "person_id": None,
        "profile": None,
        "redeemed_at": None,
        "cancelled_at": None,
        "cancel_reason": None,
        "code_told_at": None,
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


def to_login(row: Row) -> Login:
    """Return the login that a row of ``COLUMNS`` holds, or raise ``ImpossibleRowError``.

    A confirmed login whose profile was swept up reads with an empty one: it can only be looked at any more.
    """
    state, claimed_by, opened_at, confirmed_at, person_id, profile, redeemed_at, cancelled_at, reason = row[15:24]
    asked = _asked(row)
    claim = None if claimed_by is None or opened_at is None else Claim(claimed_by, from_ms(opened_at))
    if state == "pending":
        return Pending(asked, claim)
    if state == "cancelled" and cancelled_at is not None and reason in _REASONS:
        return Cancelled(asked, claim, from_ms(cancelled_at), _REASONS[reason])
    if claim is not None and confirmed_at is not None and person_id is not None:
        if state == "confirmed":
            told_at = from_ms_or_none(row[27])
            return Confirmed(asked, claim, from_ms(confirmed_at), person_id, profile or b"", told_at)
        if state == "redeemed" and redeemed_at is not None:
            return Redeemed(asked, claim, from_ms(confirmed_at), person_id, from_ms(redeemed_at))
    raise ImpossibleRowError("logins", asked.login_id, f"state {state!r} with these columns set: {_set_columns(row)}")


def _asked(row: Row) -> Asked:
    return Asked(
        login_id=row[0],
        app_id=row[1],
        session_digest=row[2],
        link_digest=row[3],
        typed_digest=row[24] or b"",
        created_at=from_ms(row[4]),
        expires_at=from_ms(row[5]),
        origin=row[6],
        place=_place(row[7], row[8], row[9], row[25] or ""),
        locale=row[10],
        return_url=row[11],
        code_challenge=row[12],
        match=None if row[13] is None else _match(row[0], row[13], row[14]),
        grant=None if row[26] is None else CodeGrant(row[26], row[28], bool(row[29])),
    )


@lru_cache(maxsize=1024)
def _place(address_prefix: str, browser: str, system: str, region: str) -> RequestOrigin:
    """Return a place; the same object for the same place, since every waiting poll holds one."""
    return RequestOrigin(address_prefix, browser, system, region)


def _match(login_id: str, number: int, choices: str | None) -> Match:
    three = (choices or "").split()
    if len(three) != _CHOICES:
        raise ImpossibleRowError("logins", login_id, f"a match number with {len(three)} choices")
    return Match(number, (int(three[0]), int(three[1]), int(three[2])))


def _set_columns(row: Row) -> str:
    return ", ".join(column.name for column, value in zip(COLUMNS[15:24], row[15:24], strict=True) if value is not None)
