"""The line before a chat: slots in order, one gap apart, whoever comes, goes, or is called off."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lanes.chat_slots import FARTHEST, ChatSlots
from core.model.ids import AccountId, AppId, BotName, MessageId, PersonId
from core.model.sending.outbox_message import OutboxMessage, Priority
from tests.bots.test_pace import LeapingLoop

NOW = datetime(2026, 11, 21, tzinfo=UTC)
GAP = 0.5


def message(number: int, priority: Priority = Priority.NOTIFICATION) -> OutboxMessage:
    """Return the message that was written as the so-manieth."""
    return OutboxMessage(
        message_id=MessageId(f"{999 - number:024x}"),
        app_id=AppId("a" * 24),
        person_id=PersonId("p" * 24),
        content=b"sealed",
        priority=priority,
        created_at=NOW + timedelta(milliseconds=number),
        expires_at=NOW + timedelta(days=1),
        account_id=AccountId("c" * 24),
        bot=BotName("tg"),
    )


def claim(chats: ChatSlots, chat: str, gap: float, each: OutboxMessage) -> float:
    """Claim a chat for a message in a unit that is committed; return how many seconds it has to wait."""
    claims = chats.claims()
    wait = claims.claim(chat, gap, each)
    claims.keep()
    return wait


def run(story: Callable[[LeapingLoop], Coroutine[Any, Any, None]]) -> None:
    """Run a story in a loop whose time leaps."""
    loop = LeapingLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(story(loop))


Written = tuple[float, Priority, bool]
"""When a message comes, how urgent it is, and whether it is called off once it was put off."""


@settings(max_examples=100, deadline=None)
@given(
    written=st.lists(
        st.tuples(st.floats(0, 5).map(lambda at: round(at, 2)), st.sampled_from(list(Priority)), st.booleans()),
        min_size=1,
        max_size=25,
    )
)
def test_whoever_comes_goes_in_order(written: list[Written]) -> None:
    """One gap apart, each of a kind in its order, none left behind, and the chat is never idle for long."""
    written.sort(key=lambda each: each[0])

    async def story(loop: LeapingLoop) -> None:
        chats = ChatSlots()
        went: list[tuple[float, Priority, int]] = []
        due = [(at, number) for number, (at, _, _) in enumerate(written)]
        is_off = set()
        while due:
            at, number = due.pop(0)
            if number in is_off:
                continue
            await asyncio.sleep(max(0.0, at - loop.time()))
            _, priority, is_called_off = written[number]
            wait = claim(chats, "anna", GAP, message(number, priority))
            if wait == 0:
                went.append((loop.time(), priority, number))
                continue
            if is_called_off:
                is_off.add(number)
            due.append((loop.time() + wait + 0.001, number))
            due.sort()
        assert len(went) == len(written) - len(is_off)
        assert all(later[0] - sooner[0] >= GAP - 1e-6 for sooner, later in pairwise(went))
        assert loop.time() < 5 + (len(written) + 1) * (GAP + 0.002) + 20
        if not is_off:
            for priority in Priority:
                mine = [number for _, whose, number in went if whose == priority]
                assert mine == sorted(mine)

    run(story)


def test_slots_are_given_once_each() -> None:
    """Those who come together are put off by one gap more each, and whoever asks again in time keeps the place."""

    async def story(_loop: LeapingLoop) -> None:
        chats = ChatSlots()
        waits = [claim(chats, "anna", GAP, message(number)) for number in range(5)]
        assert waits == [0, GAP, 2 * GAP, 3 * GAP, 4 * GAP]
        assert [claim(chats, "anna", GAP, message(number)) for number in (3, 1)] == [3 * GAP, GAP]
        assert claim(chats, "boris", GAP, message(9)) == 0

    run(story)


def test_who_is_more_urgent_goes_before_all_who_wait() -> None:
    """A code does not stand behind a hundred broadcasts, and these go on in their order."""

    async def story(_loop: LeapingLoop) -> None:
        chats = ChatSlots()
        for number in range(100):
            claim(chats, "anna", GAP, message(number, Priority.BROADCAST))
        assert claim(chats, "anna", GAP, message(200, Priority.LOGIN)) == GAP
        await asyncio.sleep(GAP)
        assert claim(chats, "anna", GAP, message(1, Priority.BROADCAST)) == GAP
        assert claim(chats, "anna", GAP, message(200, Priority.LOGIN)) == 0
        assert claim(chats, "anna", GAP, message(2, Priority.BROADCAST)) == 2 * GAP

    run(story)


def test_who_is_called_off_keeps_nobody_waiting() -> None:
    """Slots that nobody came for are given to others, and nobody is told to come later than in a minute."""

    async def story(_loop: LeapingLoop) -> None:
        chats = ChatSlots()
        waits = [claim(chats, "anna", 2.0, message(number)) for number in range(100)]
        assert max(waits) == FARTHEST
        await asyncio.sleep(FARTHEST + 10)
        assert claim(chats, "anna", 2.0, message(99)) == 0

    run(story)


def test_the_lane_is_told_when_to_come_back() -> None:
    """At the earliest slot that is still to come."""

    async def story(loop: LeapingLoop) -> None:
        chats = ChatSlots()
        assert chats.next_slot(loop.time()) is None
        for number in range(3):
            claim(chats, "anna", GAP, message(number))
        assert chats.next_slot(loop.time()) == pytest.approx(GAP, abs=0.01)
        assert chats.next_slot(GAP + 0.1) == pytest.approx(2 * GAP, abs=0.01)
        assert chats.next_slot(2 * GAP + 0.1) is None

    run(story)


def test_lines_take_no_endless_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not remembered still goes, and what nobody waits for any more is forgotten."""
    monkeypatch.setattr("core.lanes.chat_slots._WAITING_REMEMBERED", 10)
    monkeypatch.setattr("core.lanes.chat_slots._CHATS_REMEMBERED", 10)
    monkeypatch.setattr("core.lanes.chat_slots._SLOTS_REMEMBERED", 10)

    async def story(_loop: LeapingLoop) -> None:
        chats = ChatSlots()
        for number in range(100):
            claim(chats, "anna", GAP, message(number))
        assert len(chats._lines["anna"].waiting) == 10
        assert len(chats._slots) == 10
        await asyncio.sleep(FARTHEST + 10)
        for number in range(100):
            assert claim(chats, f"chat {number}", GAP, message(number)) == 0
            await asyncio.sleep(1)
        assert len(chats._lines) <= 20
        assert claim(chats, "anna", GAP, message(50)) == 0

    run(story)
