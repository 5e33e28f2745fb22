"""Any login at all comes back equal to what was kept."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import AccountId, LoginId, PersonId
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
from storage.revisions import bring_up_to_date
from storage.sqlite.file import connect
from storage.statements import Statements
from storage.unit import SqlUnit
from storage.vault import Vault
from tests.storage.builders import APP_ID, an_app
from tests.storage.key import SEAL

_TEXT = st.text(max_size=30)
_ID = st.text("0123456789abcdef", min_size=24, max_size=24)
_DIGEST = st.binary(min_size=1, max_size=32)
_TIME = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis wants bounds without a zone and adds it
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
_NUMBER = st.integers(10, 99)
_CLAIM = st.builds(Claim, _ID.map(AccountId), _TIME)
_ASKED = st.builds(
    Asked,
    login_id=_ID.map(LoginId),
    app_id=st.just(APP_ID),
    session_digest=_DIGEST,
    link_digest=_DIGEST,
    user_code_digest=_DIGEST,
    created_at=_TIME,
    expires_at=_TIME,
    origin=_TEXT,
    place=st.builds(RequestOrigin, _TEXT, _TEXT, _TEXT),
    locale=st.none() | _TEXT,
    return_url=st.none() | _TEXT,
    code_challenge=st.none() | _TEXT,
    match=st.none() | st.builds(Match, _NUMBER, st.tuples(_NUMBER, _NUMBER, _NUMBER)),
    grant=st.none() | st.builds(CodeGrant, _DIGEST, st.none() | _TEXT, st.booleans()),
)
_PERSON_ID = _ID.map(PersonId)


@st.composite
def _lives(draw: st.DrawFn) -> list[Login]:
    """Draw a login and the steps it goes through."""
    asked = draw(_ASKED)
    life: list[Login] = [Pending(asked)]
    claim = draw(st.none() | _CLAIM)
    if claim is not None:
        life.append(Pending(asked, claim))
        if draw(st.booleans()):
            yes = Confirmed(asked, claim, draw(_TIME), draw(_PERSON_ID), draw(st.binary()))
            life.append(yes)
            if draw(st.booleans()):
                life.append(replace(yes, code_told_at=draw(_TIME)))
            if draw(st.booleans()):
                life.append(Redeemed(asked, claim, yes.confirmed_at, yes.person_id, draw(_TIME)))
            return life
    if draw(st.booleans()):
        life.append(Cancelled(asked, claim, draw(_TIME), draw(st.sampled_from(CancelReason))))
    return life


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Statements]:
    """Open one database for all examples."""
    path: Path = tmp_path_factory.mktemp("round-trip") / "gatepost.db"
    with closing(connect(path, lock_timeout=1.0)) as connection:
        bring_up_to_date(connection, SEAL)
        made = Statements(connection)
        SqlUnit(made, Vault(SEAL)).apps.add(an_app())
        yield made


@given(life=_lives())
def test_every_step_of_every_login_reads_back_as_it_was_kept(statements: Statements, life: list[Login]) -> None:
    """Whatever a login holds, each of its states survives the database unchanged."""
    unit = SqlUnit(statements, Vault(SEAL))
    first = life[0]
    assert isinstance(first, Pending)
    unit.logins.forget(datetime(3000, 1, 1, tzinfo=UTC), 500)
    unit.logins.add(first)
    assert unit.logins.by_id(first.asked.login_id) == first
    for before, after in pairwise(life):
        assert unit.logins.swap(before, after)
        assert unit.logins.by_session(first.asked.session_digest) == after
        assert unit.logins.by_link(first.asked.link_digest) == after
