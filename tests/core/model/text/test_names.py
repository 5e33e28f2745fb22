"""Names that strangers give themselves (faults 1.4)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.text.names import NAME_LIMIT, presentable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna", "Anna"),
        ("Anna \ud83d", "Anna"),
        ("\x1b[2J\x1b]0;root\x07Anna", "[2J]0;rootAnna"),
        ("An\u202ena\u2066", "Anna"),
        ("Anna\x00\x9b", "Anna"),
        ("  Anna \n Maria\t", "Anna Maria"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u202e\x00", ""),
        ("x" * 10_000, "x" * NAME_LIMIT),
    ],
)
def test_a_name_is_made_presentable(name: str, shown: str) -> None:
    """What nobody can see or write is left out, what belongs to a name stays."""
    assert presentable(name) == shown


@given(st.text(st.characters(), max_size=300))
def test_whatever_a_name_was_it_can_be_kept_and_shown(name: str) -> None:
    """It is UTF-8, on one line, bounded, and stays as it is when it is made presentable once more."""
    once = presentable(name)
    once.encode()
    assert len(once) <= NAME_LIMIT
    assert not any(unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} for mark in once)
    assert presentable(once) == once
