"""What an ``Idempotency-Key`` may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.sending.idempotency import checked_key

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]


@given(st.text(PRINTABLE, min_size=1, max_size=255).filter(lambda key: key == key.strip()))
def test_quoted_and_bare_are_one_key(key: str) -> None:
    """A string of RFC 8941 says the same as its characters do by themselves (faults 1.6)."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    assert checked_key(f'"{escaped}"') == key
    if not key.startswith('"'):
        assert checked_key(key) == key


@pytest.mark.parametrize("key", ["8e03978e-40d5-43e8", "a", "a.b:c+d/e=", "x" * 255])
def test_every_usual_key_is_taken(key: str) -> None:
    """One character is enough, and ids of all makes fit (faults 1.6)."""
    assert checked_key(key) == key == checked_key(f'"{key}"')


@pytest.mark.parametrize("key", ["", '""', "x" * 256, f'"{"x" * 256}"', "caf\u00e9", "a\tb", "\u0661"])
def test_what_is_no_key_is_refused(key: str) -> None:
    """Nothing, too much, or what is not printable ASCII (faults 1.6)."""
    with pytest.raises(Invalid):
        checked_key(key)
