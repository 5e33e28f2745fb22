"""One bot's lane over a real store, with a messenger whose answers the tests give."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest

from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.lanes.lane import Lane
from core.lanes.leases import Batch, Dependencies, Leases
from core.model.apps.app import App
from core.model.ids import BotName, MessageId, SubscriptionId
from core.model.messages.bot import Capabilities
from core.model.messages.content import Content
from core.model.messages.message import Message
from core.model.sending.breaker import Breaker, BreakerState
from core.model.sending.outbox_message import MessageState, OutboxMessage, Outcome
from core.model.text.text import from_plain
from core.ports.messengers import ChatBusy, Messenger, Revoked, TryLater
from core.ports.store import Store
from core.seal import Seal
from core.sending.outbox import OUTBOX, Outbox
from core.sending.settlement import Settlement
from core.sending.submission import SendRequest, Submission
from storage.repositories.outbox import SqlOutbox
from tests.core.conftest import SETTLEMENT, SetClock
from tests.core.subscribed import NOON, SHOP, join
from tests.waiting import a_moment, patience

BOT = BotName("telegram")
Answers = Callable[[str, str], Awaitable[None]]
"""What the messenger does about a text for a chat: nothing, or an error."""


async def _well(_chat: str, _text: str) -> None:
    """Accept everything."""


@dataclass
class Post:
    """A messenger that keeps what reached it."""

    capabilities: Capabilities
    answer: Answers = _well
    turns: int = 0
    got: list[tuple[str, str]] = field(default_factory=list)

    async def turn(self) -> None:
        """Grant a turn at once."""
        self.turns += 1

    async def deliver(self, chat: str, message: Message) -> str:
        """Keep the message, then answer as the test wants."""
        self.got.append((chat, message.text))
        number = len(self.got)
        await self.answer(chat, message.text)
        return f"m{number}"

    @property
    def texts(self) -> list[str]:
        """What was written, in order."""
        return [text for _, text in self.got]


@dataclass
class Only:
    """The bots, of which there is one."""

    post: Post
    is_reached: bool = True

    def names(self) -> tuple[BotName]:
        """List the only bot."""
        return (BOT,)

    def messenger(self, bot: BotName) -> Messenger | None:
        """Return the only messenger."""
        return cast("Messenger", self.post) if self.is_reached and bot == BOT else None


@dataclass
class House:
    """One app with one bot."""

    dependencies: Dependencies
    bots: Only

    @property
    def post(self) -> Post:
        """The bot's messenger."""
        return self.bots.post

    @property
    def submission(self) -> Submission:
        """What apps write by."""
        dependencies = self.dependencies
        return Submission(store=dependencies.store, clock=dependencies.clock, outbox=dependencies.outbox)

    async def write(self, subscription_id: SubscriptionId, text: str, *, is_test: bool = False) -> MessageId:
        """Write to somebody."""
        wish = SendRequest(content=Content(from_plain(text)), subscription_id=subscription_id, is_test=is_test)
        (accepted,) = await self.submission.to_subscribers(SHOP, wish)
        assert accepted.message_id is not None
        return accepted.message_id

    async def ended(self, *message_ids: MessageId) -> list[MessageState]:
        """Wait until all have come to their end, and return how."""
        async with patience():
            return [(await self.submission.wait(message_id, 20)).state for message_id in message_ids]


@pytest.fixture
async def house(store: Store, seal: Seal) -> House:
    """Return a house whose bot may send thirty a second, and three a second into one chat."""
    await store.write(
        lambda unit: unit.apps.add(App(app_id=SHOP, slug="shop", name="Shop", bots=(BOT,), created_at=NOON))
    )
    bots = Only(Post(Capabilities(sends_per_second=30.0, chat_gap=0.3)))
    dependencies = Dependencies(
        store=store,
        clock=SystemClock(),
        outbox=Outbox(seal=seal, entropy=SystemEntropy()),
        settlement=SETTLEMENT,
        messengers=bots,
    )
    return House(dependencies, bots)


@asynccontextmanager
async def sending(house: House) -> AsyncIterator[Lane]:
    """Let the lane run while the block lasts."""
    lane = Lane(BOT, house.dependencies)
    running = asyncio.create_task(lane.run())
    try:
        yield lane
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something to become so."""
    async with patience():
        while not is_so():
            await a_moment()


async def test_a_stop_waits_for_answers(house: House) -> None:
    """What is on its way when the daemon stops is answered and settled, and not sent again after the next start."""

    async def answer_late(_chat: str, _text: str) -> None:
        await asyncio.sleep(0.3)

    house.post.answer = answer_late
    written = [
        await house.write(await join(house.dependencies.store, f"u{number}"), f"{number}") for number in range(5)
    ]
    async with sending(house):
        await until(lambda: len(house.post.got) == 5)
    assert await house.ended(*written) == [MessageState.SENT] * 5
    async with sending(house):
        await asyncio.sleep(0.2)
    assert sorted(house.post.texts) == ["0", "1", "2", "3", "4"]


async def test_a_stop_does_not_wait_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not answer in time is left to the next start."""
    monkeypatch.setattr("core.lanes.lane._LAST_ANSWERS_SECONDS", 0.1)

    async def never_answer(_chat: str, _text: str) -> None:
        await asyncio.Event().wait()

    house.post.answer = never_answer
    await house.write(await join(house.dependencies.store, "u"), "0")
    async with asyncio.timeout(5), sending(house):
        await until(lambda: len(house.post.got) == 1)


async def test_a_chat_gets_its_messages_in_order(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each at its own slot, not a poll later, whatever came first to the lane; and hardly more than once put off."""
    monkeypatch.setattr("core.lanes.lane._POLL_SECONDS", 3600.0)
    anna = await join(house.dependencies.store, "anna")
    written = []
    for number in range(8):
        written.append(await house.write(anna, f"{number}"))
        await asyncio.sleep(0.002)  # what is of the same millisecond has no order
    loop = asyncio.get_running_loop()
    began, commits = loop.time(), house.dependencies.store.commits
    async with sending(house):
        assert await house.ended(*written) == [MessageState.SENT] * 8
    assert house.post.texts == [f"{number}" for number in range(8)]
    assert 7 * 0.3 <= loop.time() - began < 7 * 1.0
    assert house.dependencies.store.commits - commits < 30


async def test_many_for_one_chat_are_not_rewritten_all_the_time(house: House) -> None:
    """Hundreds that wait for one chat cost about what is sent, not hundreds of commits a second."""
    house.post.capabilities = replace(house.post.capabilities, chat_gap=1.0)
    anna = await join(house.dependencies.store, "anna")
    wish = SendRequest(content=Content(from_plain("x")), subscription_id=anna)
    await house.submission.to_many(SHOP, [wish] * 100)
    await house.submission.to_many(SHOP, [wish] * 100)
    async with sending(house):
        await until(lambda: len(house.post.got) == 2)
        commits = house.dependencies.store.commits
        await until(lambda: len(house.post.got) == 4)
        assert house.dependencies.store.commits - commits < 12


async def test_a_busy_chat_holds_up_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A messenger that wants one chat left alone is well: that chat is, and all others get theirs meanwhile."""
    monkeypatch.setattr("core.lanes.lane._POLL_SECONDS", 3600.0)

    async def answer(chat: str, _text: str) -> None:
        if chat == "busy" and [to for to, _ in house.post.got].count("busy") == 1:
            raise ChatBusy(2.0, "131056 too many to this one")

    house.post.answer = answer
    busy, well = [await join(house.dependencies.store, each) for each in ("busy", "well")]
    loop = asyncio.get_running_loop()
    async with sending(house) as lane:
        first = await house.write(busy, "first")
        await until(lambda: bool(house.post.got))
        refused_at = loop.time()
        second = await house.write(busy, "second")
        assert await house.ended(await house.write(well, "other")) == [MessageState.SENT]
        assert loop.time() - refused_at < 2.0
        assert lane.breaker == Breaker()
        assert await house.ended(first, second) == [MessageState.SENT] * 2
        assert loop.time() - refused_at >= 2.0
    assert house.post.texts == ["first", "other", "first", "second"]


async def test_a_blip_stops_nobody_for_long(house: House) -> None:
    """Many that were on their way when the messenger stumbled are one failure, and all go on soon."""
    is_down = asyncio.Event()

    async def answer(_chat: str, _text: str) -> None:
        if not is_down.is_set():
            await is_down.wait()
            raise TryLater(0.1, "HTTP 502")

    house.post.answer = answer
    written = [
        await house.write(await join(house.dependencies.store, f"u{number}"), f"{number}") for number in range(8)
    ]
    async with sending(house) as lane:
        await until(lambda: len(house.post.got) == 8)
        is_down.set()
        await until(lambda: lane.outcomes[Outcome.LATER] == 8)
        assert lane.breaker.state is BreakerState.CLOSED
        assert await house.ended(*written) == [MessageState.SENT] * 8


async def test_what_was_taken_up_when_the_gate_shut_goes_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The messenger shuts the bot out while a further message is being taken up: that one is no probe."""
    is_refused = asyncio.Event()
    running: list[Lane] = []

    async def answer(_chat: str, _text: str) -> None:
        await is_refused.wait()
        raise Revoked("401")

    take = Leases.take

    async def take_and_refuse(self: Leases, messenger: Messenger, room: int) -> Batch:
        batch = await take(self, messenger, room)
        if house.post.got:
            is_refused.set()
            await until(lambda: running[0].breaker.state is BreakerState.OPEN)
        return batch

    monkeypatch.setattr(Leases, "take", take_and_refuse)
    house.post.answer = answer
    ids = [await join(house.dependencies.store, f"u{number}") for number in range(4)]
    async with sending(house) as lane:
        running.append(lane)
        await house.write(ids[0], "first")
        await until(lambda: len(house.post.got) == 1)
        await house.submission.to_many(
            SHOP, [SendRequest(content=Content(from_plain("more")), subscription_id=each) for each in ids[1:]]
        )
        await until(lambda: lane.outcomes[Outcome.LATER] == 1)
        await asyncio.sleep(0.3)
        assert (lane.breaker.state, house.post.texts) == (BreakerState.OPEN, ["first"])
        waiting = await house.dependencies.store.read(
            lambda unit: unit.lanes.due(BOT, house.dependencies.clock.now(), 10)
        )
        assert [message.attempts for message in waiting] == [0, 0, 0]


async def test_a_bug_in_what_follows_sends_nothing_twice(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is kept as sent, and the bug is told to the log."""

    def follow(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Settlement, "settled", follow)
    async with sending(house) as lane:
        written = await house.write(await join(house.dependencies.store, "u"), "x")
        assert await house.ended(written) == [MessageState.SENT]
        assert lane._leases.held == set()
    assert house.post.texts == ["x"]
    assert "a bug in settling messages" in caplog.text


async def test_a_message_that_cannot_be_settled_is_left_to_its_lease(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not held for ever, and the lane goes on with the others."""
    swap = SqlOutbox.swap
    store = house.dependencies.store
    first, second = [await join(store, each) for each in ("first", "second")]

    def swap_some(self: SqlOutbox, before: OutboxMessage, after: OutboxMessage) -> bool:
        if (after.message_id, after.state) == (stuck, MessageState.SENT):
            raise ZeroDivisionError
        return swap(self, before, after)

    monkeypatch.setattr(SqlOutbox, "swap", swap_some)
    stuck = await house.write(first, "stuck")
    async with sending(house) as lane:
        await until(lambda: len(house.post.got) == 1 and not lane._leases.held)
        assert await house.ended(await house.write(second, "well")) == [MessageState.SENT]
    kept = await store.read(lambda unit: unit.outbox.by_id(stuck))
    assert kept is not None
    assert (kept.state, kept.leased_until is not None) == (MessageState.SENDING, True)
    assert "a message could not be settled" in caplog.text


async def test_tests_need_no_bot(house: House) -> None:
    """They wait for no turn, no chat and no messenger, and are no sign of where a person reads."""
    anna = await join(house.dependencies.store, "anna")
    house.bots.is_reached = False
    async with sending(house):
        waiting = await house.write(anna, "real")
        tests = [await house.write(anna, f"{number}", is_test=True) for number in range(5)]
        assert await house.ended(*tests) == [MessageState.SENT] * 5
        assert (house.post.turns, house.post.got) == (0, [])
        kept = await house.dependencies.store.read(lambda unit: unit.outbox.by_id(waiting))
        assert kept is not None
        assert await house.dependencies.store.read(lambda unit: unit.lanes.last_taken(SHOP, kept.person_id)) is None
        house.bots.is_reached = True
        house.dependencies.store.bells.ring(OUTBOX)
        assert await house.ended(waiting) == [MessageState.SENT]
        assert await house.dependencies.store.read(lambda unit: unit.lanes.last_taken(SHOP, kept.person_id)) is not None


async def test_tests_are_no_probes(house: House) -> None:
    """While the bot is shut out they are settled, and it stays shut out."""

    async def answer(_chat: str, _text: str) -> None:
        raise Revoked("401")

    house.post.answer = answer
    anna = await join(house.dependencies.store, "anna")
    async with sending(house) as lane:
        await house.write(anna, "real")
        await until(lambda: lane.outcomes[Outcome.LATER] == 1)
        before = lane.breaker
        assert await house.ended(await house.write(anna, "test", is_test=True)) == [MessageState.SENT]
        assert lane.breaker == before


async def test_nobody_is_held_up_when_nothing_is_left(house: House) -> None:
    """A breaker that tripped over a message that came to its end is no outage any more once its time is over."""
    clock = SetClock()
    clock.time = house.dependencies.clock.now()
    house.dependencies = replace(house.dependencies, clock=clock)

    async def answer(_chat: str, _text: str) -> None:
        raise Revoked("401")

    house.post.answer = answer
    written = await house.write(await join(house.dependencies.store, "anna"), "real")
    async with sending(house) as lane:
        await until(lambda: lane.outcomes[Outcome.LATER] == 1)
        assert lane.is_held_up
        clock.time += timedelta(days=2)
        assert await house.ended(written) == [MessageState.EXPIRED]
        await until(lambda: not lane.is_held_up)
        assert lane.breaker.state is BreakerState.OPEN
