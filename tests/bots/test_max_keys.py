"""MAX gives its updates no ids: by what the same one is known again, and no other is taken for it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bots.test_max_heard import (
    ANNA,
    EVERY_KIND,
    MS,
    bot_started,
    bot_stopped,
    key,
    message_callback,
    message_created,
)

Json = dict[str, Any]


@pytest.mark.parametrize("update", EVERY_KIND, ids=lambda update: update["update_type"])
def test_the_same_update_has_the_same_key(update: Json) -> None:
    """However its fields are ordered, and whatever new ones it gains."""
    turned = dict(reversed(list(update.items())))
    assert key(turned) == key(update)
    assert key({**update, "something_new": 1}) == key(update)


identities = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            ["bot_started", "message_created", "message_callback", "bot_stopped", "dialog_removed"]
        ),
        "timestamp": st.integers(MS, MS + 3),
        "user_id": st.integers(1, 3),
        "id": st.text("ab 1", min_size=1, max_size=3),
        "payload": st.text("ab 1", max_size=2),
    }
)


def _build(identity: Json) -> tuple[Json, tuple[object, ...]]:
    """Return an update and what makes it the one it is."""
    kind, stamp, who = identity["kind"], identity["timestamp"], {**ANNA, "user_id": identity["user_id"]}
    match kind:
        case "message_created":
            body = {"mid": identity["id"], "seq": 1, "text": "hello"}
            return {**message_created(body=body), "timestamp": stamp}, (kind, stamp, identity["id"])
        case "message_callback":
            update = message_callback(callback_id=identity["id"], payload=identity["payload"], user=who)
            return {**update, "timestamp": stamp}, (kind, stamp, identity["id"], identity["payload"])
        case "bot_started":
            update = bot_started(user=who, payload=identity["payload"], timestamp=stamp)
            return update, (kind, stamp, identity["user_id"], identity["payload"])
        case _:
            return bot_stopped(kind, user=who, timestamp=stamp), (kind, stamp, identity["user_id"])


@given(identities, identities)
def test_different_updates_have_different_keys(one: Json, other: Json) -> None:
    """Kind, moment, and what it is about: where one of them differs, so does the key, and only there."""
    (first, first_is), (second, second_is) = _build(one), _build(other)
    assert (key(first) == key(second)) == (first_is == second_is)


def test_two_taps_on_one_keyboard_are_two() -> None:
    """MAX calls a callback's id the keyboard's: two taps below one message may share it."""
    first, second = message_callback(payload="y:1:17"), message_callback(payload="y:1:42")
    assert key(first) != key(second)
    assert key({**first, "timestamp": MS + 1}) != key(first)


def test_what_has_no_identity_is_known_by_all_it_says() -> None:
    """Kinds without message, callback or user differ where their bodies do."""
    one = {"update_type": "message_removed", "timestamp": MS, "message_id": "mid.1", "chat_id": -1, "user_id": 1}
    assert key(one) == key(dict(one))
    assert key(one) != key({**one, "message_id": "mid.2"})
