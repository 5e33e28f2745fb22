"""Logins come back as they were kept, and a step happens once."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.ids import LoginId
from core.model.login.login import Cancelled, CancelReason, Confirmed, Login, Pending, Redeemed, SentPrompt, redeem
from storage.errors import ImpossibleRowError
from storage.unit import SqlUnit
from tests.storage.builders import MINUTE, NOW, a_claim, asked, claimed, confirmed


def _added(unit: SqlUnit, *steps: Login) -> Login:
    """Keep the first step's login and take it through the others."""
    first = Pending(steps[0].asked)
    unit.logins.add(first)
    before: Login = first
    for after in steps:
        assert unit.logins.swap(before, after)
        before = after
    return before


def _cancelled(before: Pending) -> Cancelled:
    return Cancelled(before.asked, before.claim, NOW, CancelReason.NOT_ME)


def test_a_login_is_found_by_each_of_its_three_names(unit: SqlUnit) -> None:
    """A login is found by its id, its session and its link, and by nothing else."""
    login = Pending(asked(1))
    unit.logins.add(login)
    assert unit.logins.by_id(login.asked.login_id) == login
    assert unit.logins.by_session(login.asked.session_digest) == login
    assert unit.logins.by_link(login.asked.link_digest) == login
    assert unit.logins.by_session(login.asked.link_digest) is None
    assert unit.logins.by_id(LoginId("f" * 24)) is None


def test_a_swap_from_what_is_no_longer_so_changes_nothing(unit: SqlUnit) -> None:
    """Whoever comes second finds another state or another holder, loses, and leaves no trace."""
    first = Pending(asked(1))
    unit.logins.add(first)
    assert unit.logins.swap(first, claimed(first, 1))
    assert not unit.logins.swap(first, claimed(first, 2))
    assert not unit.logins.swap(claimed(first, 2), confirmed(claimed(first, 2)))
    assert unit.logins.by_id(first.asked.login_id) == claimed(first, 1)
    yes = confirmed(claimed(first, 1))
    assert [unit.logins.swap(claimed(first, 1), yes) for _ in range(2)] == [True, False]
    assert [unit.logins.swap(yes, redeem(yes, None, yes.confirmed_at)) for _ in range(2)] == [True, False]


def test_a_swap_of_an_unknown_login_loses(unit: SqlUnit) -> None:
    """A login that was forgotten cannot be confirmed."""
    login = claimed(Pending(asked(1)))
    assert not unit.logins.swap(login, confirmed(login))


def test_redeeming_erases_the_profile(unit: SqlUnit, path: Path) -> None:
    """Once redeemed, the row holds no profile."""
    yes = confirmed(claimed(Pending(asked(1))))
    _added(unit, claimed(Pending(asked(1))), yes)
    assert unit.logins.swap(yes, Redeemed(yes.asked, yes.claim, yes.confirmed_at, yes.person_id, NOW))
    assert _profiles(path) == [None]


def test_cancelling_erases_the_profile(unit: SqlUnit, path: Path) -> None:
    """No state but the confirmed one holds a profile, however it was left."""
    yes = confirmed(claimed(Pending(asked(1))))
    _added(unit, claimed(Pending(asked(1))), yes)
    assert unit.logins.swap(yes, Cancelled(yes.asked, yes.claim, NOW, CancelReason.BY_SITE))
    assert _profiles(path) == [None]


def test_an_account_s_waiting_logins_are_its_own_pending_ones(unit: SqlUnit) -> None:
    """What waits for an account is claimed by it, pending and not expired, oldest first."""
    late, early = claimed(Pending(asked(7))), claimed(Pending(asked(3)))
    _added(unit, late)
    _added(unit, early)
    _added(unit, claimed(Pending(asked(4)), number=2))
    _added(unit, claimed(Pending(asked(5, expires_at=NOW))))
    _added(unit, _cancelled(claimed(Pending(asked(6)))))
    unit.logins.add(Pending(asked(8)))
    assert unit.logins.waiting_for(a_claim().account_id, NOW) == [early, late]


def test_prompts_of_logins_that_ended_elsewhere_are_listed(unit: SqlUnit) -> None:
    """A prompt is stale if its login was cancelled or expired, or it was put long ago; the list comes by pages."""
    logins: list[Login] = [
        _cancelled(claimed(Pending(asked(1)))),
        claimed(Pending(asked(2, expires_at=NOW))),
        claimed(Pending(asked(3))),
        confirmed(claimed(Pending(asked(4, expires_at=NOW - MINUTE)))),
    ]
    for number, login in enumerate(logins, start=1):
        _added(unit, login)
        unit.logins.put_prompt(login.asked.login_id, SentPrompt("0a1b2c3d", NOW))
        unit.logins.note_prompt(login.asked.login_id, "0a1b2c3d", f"message {number}")
    _added(unit, claimed(Pending(asked(5, expires_at=NOW))))
    over = unit.logins.over_with_prompt(NOW, NOW - MINUTE, None, 10)
    assert [message_id for _, message_id in over] == ["message 1", "message 2"]
    assert over[0][0] == _cancelled(claimed(Pending(asked(1))))
    assert unit.logins.over_with_prompt(NOW, NOW - MINUTE, None, 1) == over[:1]
    assert unit.logins.over_with_prompt(NOW, NOW - MINUTE, over[0][0].asked.login_id, 10) == over[1:]
    unanswered = unit.logins.over_with_prompt(NOW, NOW, None, 10)
    assert [message_id for _, message_id in unanswered] == ["message 1", "message 2", "message 3"]


def test_a_settled_prompt_is_no_longer_listed_and_stays_known(unit: SqlUnit) -> None:
    """Only what asks by now can be settled; that a question was put, and when, is not forgotten."""
    login = _added(unit, _cancelled(Pending(asked(1))))
    login_id = login.asked.login_id
    unit.logins.put_prompt(login_id, SentPrompt("0a1b2c3d", NOW))
    unit.logins.note_prompt(login_id, "ffffffff", "of an older question")
    assert unit.logins.prompt(login_id) == SentPrompt("0a1b2c3d", NOW)
    unit.logins.note_prompt(login_id, "0a1b2c3d", "12")
    assert not unit.logins.settle_prompt(login_id, "11")
    assert unit.logins.settle_prompt(login_id, "12")
    assert unit.logins.over_with_prompt(NOW, NOW - MINUTE, None, 10) == []
    assert unit.logins.prompt(login_id) == SentPrompt("0a1b2c3d", NOW)


def test_profiles_nobody_fetched_are_erased_after_their_time(unit: SqlUnit, path: Path) -> None:
    """The sweep erases only what expired before, once; the login itself still reads."""
    old, new = (confirmed(claimed(Pending(asked(number, NOW + number * MINUTE)))) for number in (1, 2))
    _added(unit, old)
    _added(unit, new)
    assert unit.logins.erase_profiles(NOW + 2 * MINUTE, NOW, 500) == 1
    assert unit.logins.erase_profiles(NOW + 2 * MINUTE, NOW, 500) == 0
    assert _profiles(path) == [None, b"sealed profile"]
    seen = unit.logins.by_id(old.asked.login_id)
    assert isinstance(seen, Confirmed)
    assert seen.profile == b""


def test_logins_are_forgotten_after_their_time(unit: SqlUnit) -> None:
    """What expired before is deleted, what expires then or later stays."""
    for number in (1, 2, 3):
        unit.logins.add(Pending(asked(number, NOW + number * MINUTE)))
    assert unit.logins.forget(NOW + 2 * MINUTE, 500) == 1
    assert unit.logins.by_session(b"session 1") is None
    assert unit.logins.by_session(b"session 2") is not None


def test_times_are_kept_to_the_millisecond(unit: SqlUnit) -> None:
    """What is finer than a millisecond is cut off, never rounded into the future."""
    login = Pending(asked(1, NOW + timedelta(microseconds=999)))
    unit.logins.add(login)
    found = unit.logins.by_id(login.asked.login_id)
    assert found is not None
    assert found.asked.expires_at == NOW


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("state = 'confirmed'", "state 'confirmed'"),
        ("state = 'redeemed', claimed_by = 'x', opened_at = 1, confirmed_at = 1, person_id = 'p'", "state 'redeemed'"),
        ("state = 'cancelled', cancelled_at = 1, cancel_reason = 'whim'", "cancel_reason"),
        ("state = 'lost'", "state 'lost'"),
        ("match_number = 12, match_choices = '12'", "a match number with 1 choices"),
    ],
)
def test_an_impossible_row_names_itself_and_no_secret(unit: SqlUnit, path: Path, fault: str, named: str) -> None:
    """A row that no step writes raises, with the table, the id and the fault, and without what is in it."""
    unit.logins.add(Pending(asked(1)))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"UPDATE logins SET profile = 'secret', {fault}")  # noqa: S608 - the test's own words
    with pytest.raises(ImpossibleRowError, match=f"logins {1:024x}: .*{named}") as raised:
        unit.logins.by_session(b"session 1")
    assert "secret" not in str(raised.value)
    assert "session" not in str(raised.value)


def _profiles(path: Path) -> list[bytes | None]:
    with closing(sqlite3.connect(path)) as other:
        return [profile for (profile,) in other.execute("SELECT profile FROM logins ORDER BY login_id")]
