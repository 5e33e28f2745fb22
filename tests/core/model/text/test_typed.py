"""What people type, as it is meant (faults 1.1)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.text.typed import digits_in, normal


@pytest.mark.parametrize(
    "typed",
    [
        " 482913 ",
        "482-913",
        "482 913",
        "482\u00a0913",
        "482\u2011913",
        "\u200e482913\u200f",
        "4\u200b8\u200b2\u200b9\u200b1\u200b3",
        "۴۸۲۹۱۳",
        "４８２９１３",
        "𝟜𝟠𝟚𝟡𝟙𝟛",
        "4\ufe0f\u20e38\ufe0f\u20e32\ufe0f\u20e39\ufe0f\u20e31\ufe0f\u20e33\ufe0f\u20e3",
        "482913\ud83d",
    ],
)
def test_digits_of_every_script_are_the_same(typed: str) -> None:
    """With spaces, hyphens and invisible marks in or around them."""
    assert digits_in(typed, 100) == "482913"


@given(st.text())
def test_what_is_plain_stays(typed: str) -> None:
    """Nothing invisible is left, and what is normal already is not changed by being made so again."""
    once = normal(typed, 1000)
    assert normal(once, len(once)) == once
    assert not any(unicodedata.category(mark) in {"Cf", "Cs"} for mark in once)
    assert all(mark.isascii() for mark in once if unicodedata.category(mark) in {"Nd", "Pd", "Zs"})


def test_it_reads_no_more_than_it_is_told() -> None:
    """A text of any length costs as much as its beginning."""
    assert normal("1" * 10_000_000, 5) == "11111"
