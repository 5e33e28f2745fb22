"""One-time codes: whatever is guessed in whatever order, one wins once, and nobody guesses more often than allowed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entropy import SystemEntropy, hex_id
from core.errors import Invalid
from core.model.ids import AppId, SubscriptionId
from core.model.messages.payloads import read_otp, write_otp
from core.model.otp.code import (
    CodeRequest,
    CodeTerms,
    GuessResult,
    OneTimeCode,
    answered,
    checked_terms,
    declined,
    guessable,
    judged,
    opened,
)
from core.model.otp.errors import CodeRequestGone, NoActiveCode
from core.otp.issuing import digits_digest, digits_of
from core.seal import Seal

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LIFE = timedelta(minutes=5)
SEAL = Seal(bytes(32), SystemEntropy())


def made(max_attempts: int) -> OneTimeCode:
    """Return a code whose digest is ``right``."""
    return OneTimeCode(
        code_id="0" * 24,
        app_id=AppId("a" * 24),
        subscription_id=SubscriptionId("s"),
        purpose="",
        is_test=False,
        digest=b"right",
        max_attempts=max_attempts,
        created_at=NOW,
        expires_at=NOW + LIFE,
        message_id=None,
    )


@given(max_attempts=st.integers(1, 10), guesses=st.lists(st.tuples(st.booleans(), st.integers(0, 360)), max_size=30))
def test_guesses_in_any_order(max_attempts: int, guesses: list[tuple[bool, int]]) -> None:
    """A plain list of what was guessed tells the same as the code's transitions."""
    code, wrong, is_over = made(max_attempts), 0, False
    for is_right, seconds in guesses:
        now = NOW + timedelta(seconds=seconds)
        if is_over or seconds >= 300:
            with pytest.raises(NoActiveCode):
                guessable(code, code, now)
            continue
        code, verdict = judged(guessable(code, code, now), b"right" if is_right else b"wrong")
        wrong += not is_right
        is_over = is_right or wrong == max_attempts
        expected = GuessResult.RIGHT if is_right else GuessResult.LAST_WRONG if is_over else GuessResult.WRONG
        assert (verdict, code.digest is None) == (expected, is_over)
    assert code.attempts <= max_attempts


def test_no_code_is_no_code() -> None:
    """Nothing can be guessed where there is nothing."""
    with pytest.raises(NoActiveCode):
        guessable(None, None, NOW)


@pytest.mark.parametrize("length", [4, 6, 8])
def test_codes_are_digits_that_only_the_master_key_tells(length: int) -> None:
    """All of a length, spread over all there are; another key makes others, and so does another id."""
    ids = [hex_id(SystemEntropy()) for _ in range(500)]
    codes = [digits_of(each, NOW, length, SEAL) for each in ids]
    assert all(len(code) == length and code.isdecimal() for code in codes)
    assert {code[0] for code in codes} == set("0123456789")
    other = Seal(bytes(31) + b"\1", SystemEntropy())
    assert [digits_of(each, NOW, length, other) for each in ids] != codes
    assert digits_digest(ids[0], NOW, codes[0], SEAL) != digits_digest(ids[1], NOW, codes[0], SEAL)


@pytest.mark.parametrize("purpose", ["x" * 33, "a\nb", "\u202e"])
def test_purposes_that_cannot_be_read(purpose: str) -> None:
    """They come back in events, where somebody may look at them."""
    with pytest.raises(Invalid):
        checked_terms(CodeTerms(purpose=purpose))


def test_a_request_is_answered_once() -> None:
    """By a yes or a no, within its time."""
    request = CodeRequest(
        digest=b"d", app_id=AppId("a"), terms=CodeTerms(), is_test=False, created_at=NOW, expires_at=NOW + LIFE
    )
    assert opened(request, NOW) is request
    over = (None, declined(request), answered(request, SubscriptionId("s"), "c"), replace(request, expires_at=NOW))
    for each in over:
        with pytest.raises(CodeRequestGone):
            opened(each, NOW)


@given(text=st.text(max_size=30) | st.from_regex(r"otp_[0-9A-Za-z]{15,17}\n?", fullmatch=True))
def test_links_are_read_as_they_were_written(text: str) -> None:
    """Whatever else a payload is, it is none of these."""
    request_id = read_otp(text)
    if request_id is not None:
        assert write_otp(request_id) == text
        assert len(request_id) == 16
