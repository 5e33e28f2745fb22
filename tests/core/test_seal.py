"""Seals open for the right key and context, and for nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entropy import SystemEntropy
from core.seal import DigestKeys, Seal, SealBrokenError

KEY = bytes(range(32))


@given(st.binary(max_size=500), st.text(max_size=20))
def test_what_was_sealed_opens(plain: bytes, context: str) -> None:
    """A seal returns what was put in."""
    seal = Seal(KEY, SystemEntropy())
    assert seal.open(seal.seal(plain, context), context) == plain


@given(st.binary(max_size=60))
def test_anything_else_is_refused(octets: bytes) -> None:
    """T22: random bytes, another context, another key and a flipped bit do not open."""
    seal = Seal(KEY, SystemEntropy())
    with pytest.raises(SealBrokenError):
        seal.open(octets, "x")
    sealed = seal.seal(b"secret", "x")
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for broken, context, opener in (
        (sealed, "y", seal),
        (flipped, "x", seal),
        (sealed, "x", Seal(bytes(32), SystemEntropy())),
    ):
        with pytest.raises(SealBrokenError):
            opener.open(broken, context)


def test_digests_differ_by_key_purpose_and_secret() -> None:
    """T22: a digest is stable, and says nothing without the key."""
    seal, other = Seal(KEY, SystemEntropy()), Seal(bytes(32), SystemEntropy())
    digests = {
        seal.digest("a", "session"),
        seal.digest("a", "link"),
        seal.digest("b", "session"),
        other.digest("a", "session"),
    }
    assert len(digests) == 4
    assert seal.digest("a", "session") in digests


def test_people_are_found_by_a_digest_that_only_the_key_makes() -> None:
    """T22: phones can be guessed, so without the key, or with another, nobody can look whether one is there."""
    seal, other = Seal(KEY, SystemEntropy()), Seal(bytes(32), SystemEntropy())
    digest = seal.finding_digest("+79991234567", "line")
    assert digest == Seal(KEY, SystemEntropy()).finding_digest("+79991234567", "line")
    assert digest not in {
        other.finding_digest("+79991234567", "line"),
        seal.finding_digest("+79991234567", "messenger user"),
        seal.finding_digest("+79991234568", "line"),
        seal.digest("+79991234567", "line"),
    }


def test_a_key_of_the_wrong_length_is_refused() -> None:
    """A cut-off key is no key."""
    with pytest.raises(ValueError, match="32 bytes"):
        Seal(b"short", SystemEntropy())


def test_a_successor_recognises_and_no_longer_derives_the_same() -> None:
    """Under a new master key secrets stay recognised; ids of before keep what was made of them, new ones get others."""
    changed_at = datetime(2026, 11, 21, tzinfo=UTC)
    former = Seal(KEY, SystemEntropy())
    new = former.successor(bytes(32), changed_at)
    assert new.kept is not None
    again = Seal(bytes(32), SystemEntropy(), DigestKeys.from_bytes(new.kept.to_bytes()))

    before, after = changed_at - timedelta(seconds=1), changed_at
    for seal in (new, again):
        assert seal.digest("secret", "x") == former.digest("secret", "x")
        assert seal.derived("id", "x", before) == former.derived("id", "x", before)
        assert seal.derived("id", "x", after) != former.derived("id", "x", after)
        assert seal.finding_digest("+79991234567", "line") != former.finding_digest("+79991234567", "line")
        with pytest.raises(SealBrokenError):
            seal.open(former.seal(b"x", "x"), "x")
