"""Times as sites write them (RFC 3339)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.calendar.time_zones import read_moment


@given(st.text("0123456789", min_size=1, max_size=40), st.sampled_from("Tt"), st.sampled_from(["Z", "z", "+03:00"]))
def test_a_fraction_may_have_any_length(digits: str, between: str, offset: str) -> None:
    """It is cut to microseconds, with ``t`` and ``z`` in either case, before any offset (faults 1.5)."""
    read = read_moment(f"2026-12-24{between}10:00:00.{digits}{offset}", None, "at")
    hour = 7 if offset == "+03:00" else 10
    assert read == datetime(2026, 12, 24, hour, 0, 0, int(digits[:6].ljust(6, "0")), UTC)


@pytest.mark.parametrize(
    "text",
    [
        "\u0662\u0660\u0662\u0666-12-24T10:00:00Z",
        "2026-12-24T10:00:00.\u0661Z",
        "2026-12-24T10:00:00.Z",
        "2026-12-24T10:00:00.1Z\n",
        "2026-12-24T10:00:00,1Z",
        "2026-12-24T25:00:00.0000000Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """Digits of other scripts are none, and a point wants digits behind it (faults 1.5)."""
    with pytest.raises(Invalid):
        read_moment(text, None, "at")
