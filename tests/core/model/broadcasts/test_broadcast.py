"""How a broadcast's recipients are counted, whatever becomes of their messages."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.broadcasts.broadcast import (
    Broadcast,
    BroadcastAudience,
    RecipientState,
    checked_audience,
    moved,
    read_audience,
)
from core.model.ids import AppId, JobId
from core.model.people.person import MessengerName

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TAGS = st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), max_size=5).map(tuple)


def a_broadcast(total: int) -> Broadcast:
    """Make a broadcast whose recipients all wait."""
    return Broadcast(
        job_id=JobId("1" * 24),
        app_id=AppId("a" * 24),
        draft=b"",
        audience=BroadcastAudience(),
        created_at=NOW,
        next_at=NOW,
        total=total,
    )


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(RecipientState)), max_size=60))
def test_the_counts_are_those_of_the_recipients(moves: list[tuple[int, RecipientState]]) -> None:
    """However they move: every one is counted once."""
    states, job = [RecipientState.WAITING] * 5, a_broadcast(5)
    for who, state in moves:
        job = moved(job, states[who], state)
        states[who] = state
    counted = Counter(states)
    assert (job.waiting, job.posted) == (counted[RecipientState.WAITING], counted[RecipientState.POSTED])
    assert (job.sent, job.failed) == (counted[RecipientState.SENT], counted[RecipientState.FAILED])
    assert (job.skipped, job.withdrawn) == (counted[RecipientState.SKIPPED], counted[RecipientState.CANCELLED])


@given(
    st.builds(
        BroadcastAudience,
        permission=st.one_of(st.none(), st.just("news")),
        tags=TAGS,
        tags_all=TAGS,
        tags_any=TAGS,
        exclude_tags=TAGS,
        exclude_permissions=TAGS,
        channels=st.lists(st.sampled_from(MessengerName), unique=True).map(tuple),
    )
)
def test_an_audience_is_kept_as_it_was_said(audience: BroadcastAudience) -> None:
    """There and back, and good as it is."""
    assert read_audience(audience.to_json()) == checked_audience(audience)


@pytest.mark.parametrize(
    ("audience", "named"),
    [
        (BroadcastAudience(permission=""), "permission"),
        (BroadcastAudience(tags=('a"b',)), "tags"),
        (BroadcastAudience(exclude_tags=("",)), "exclude_tags"),
        (BroadcastAudience(tags=("a",) * 21), "tags"),
        (BroadcastAudience(tags=tuple(f"a{n}" for n in range(11)), tags_all=tuple(f"b{n}" for n in range(10))), "tags"),
    ],
)
def test_names_that_no_tag_has(audience: BroadcastAudience, named: str) -> None:
    """They are refused by the field's name."""
    with pytest.raises(Invalid, match=named):
        checked_audience(audience)
