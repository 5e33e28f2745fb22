"""The rates are kept whatever comes: no window of a second ever sees more calls than allowed, and nobody is forgotten.

Time leaps here: a loop with nothing to do is at once where its next timer is.
"""

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.max.adapter import Max, MaxSettings
from bots.max.webhook import Webhook as MaxWebhook
from bots.pace import Pace
from bots.telegram.adapter import Telegram, TelegramSettings
from bots.whatsapp.adapter import WhatsApp, WhatsAppSettings
from core.model.ids import BotName
from core.ports.messengers import ChatBusy, TooMany, TryLater
from emulator.max.limits import Limits as MaxLimits
from emulator.telegram.limits import Limits as TelegramLimits
from emulator.whatsapp.limits import Limits as WhatsAppLimits

PER_SECOND, CHAT_PER_SECOND = 8.0, 2.0
LEAST_GAP, LEAST_CHAT_GAP = 1 / PER_SECOND - 1e-6, 1 / CHAT_PER_SECOND - 1e-6


class Leap(selectors.DefaultSelector):
    """A selector that does not wait but moves the time on."""

    ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Look once, and skip the time that would have been waited."""
        self.ahead += max(0.0, timeout or 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop in which waiting takes no time. Its clock stands still otherwise."""

    def __init__(self) -> None:
        self._leap = Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        """Return the time in seconds."""
        return self._leap.ahead

    def hold_up(self, seconds: float) -> None:
        """Be busy with something else: timers come late."""
        self._leap.ahead += seconds


def run(work: Callable[[LeapingLoop], Coroutine[Any, Any, None]]) -> None:
    """Run ``work`` in a loop whose time leaps."""
    loop = LeapingLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(work(loop))


@settings(max_examples=60, deadline=None)
@given(
    callers=st.lists(
        st.tuples(st.floats(0, 3), st.sampled_from([None, "anna", "boris", "clara"])), min_size=1, max_size=60
    ),
    stalls=st.lists(st.tuples(st.floats(0, 6), st.floats(0, 2)), max_size=4),
)
def test_the_rates_are_kept(callers: list[tuple[float, str | None]], stalls: list[tuple[float, float]]) -> None:
    """Whenever callers come, and however often the loop is held up, calls keep their distance, in each chat too."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        went: list[tuple[float, str | None]] = []

        async def call(comes_at: float, chat: str | None) -> None:
            await asyncio.sleep(comes_at)
            try:
                await pace.turn(chat)
            except TryLater:
                return
            went.append((loop.time(), chat))

        for at, seconds in stalls:
            loop.call_later(at, loop.hold_up, seconds)
        await asyncio.gather(*(call(at, chat) for at, chat in callers))
        times = [at for at, _ in went]
        assert all(later - sooner >= LEAST_GAP for sooner, later in pairwise(times))
        for chat in ("anna", "boris", "clara"):
            mine = [at for at, whose in went if whose == chat]
            assert all(later - sooner >= LEAST_CHAT_GAP for sooner, later in pairwise(mine))

    run(story)


def test_a_chat_that_waits_holds_up_no_other() -> None:
    """Ten messages for Anna stand in her line only; Boris is served between them."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        anna = [asyncio.create_task(pace.turn("anna")) for _ in range(10)]
        await asyncio.sleep(0)
        await pace.turn("boris")
        assert loop.time() < 0.3
        await asyncio.gather(*anna)
        assert loop.time() == pytest.approx(9 / CHAT_PER_SECOND)

    run(story)


def test_who_comes_first_goes_first() -> None:
    """The line keeps its order, and goes no slower than allowed."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        order: list[int] = []

        async def call(number: int) -> None:
            await pace.turn()
            order.append(number)

        await asyncio.gather(*(call(number) for number in range(40)))
        assert order == list(range(40))
        assert loop.time() == pytest.approx(39 / PER_SECOND)

    run(story)


@pytest.mark.parametrize(("chat", "rate", "kind"), [(None, PER_SECOND, TooMany), ("anna", CHAT_PER_SECOND, ChatBusy)])
def test_an_endless_line_is_not_formed(chat: str | None, rate: float, kind: type[TryLater]) -> None:
    """Who would have to wait for more than ten seconds is told to come back, and when; the others are served."""

    async def story(_loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        ended = await asyncio.gather(*(pace.turn(chat) for _ in range(200)), return_exceptions=True)
        refused = [each for each in ended if isinstance(each, TryLater)]
        assert 200 - len(refused) == pytest.approx(10 * rate, abs=2)
        assert all(10 < each.after < 12 and type(each) is kind for each in refused)
        await pace.turn(chat)

    run(story)


def test_a_full_chat_of_a_site_is_no_trouble_of_the_bot() -> None:
    """Who has a turn among all and finds the chat full is told that it is the chat."""

    async def story(_loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        ended = await asyncio.gather(*(pace.turn_in_chat("anna") for _ in range(50)), return_exceptions=True)
        refused = [each for each in ended if each is not None]
        assert refused
        assert all(type(each) is ChatBusy for each in refused)

    run(story)


def test_who_gives_up_leaves_the_line() -> None:
    """A caller that is cancelled takes nobody's turn, and the line moves on."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        tasks = [asyncio.create_task(pace.turn("anna")) for _ in range(10)]
        await asyncio.sleep(0.1)
        for task in tasks[1:9]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert tasks[9].done()
        assert not tasks[9].cancelled()
        assert loop.time() == pytest.approx(1 / CHAT_PER_SECOND)

    run(story)


def test_many_chats_take_no_endless_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats that were served are forgotten when there are too many; one that waits is not."""
    monkeypatch.setattr("bots.pace._CHATS_REMEMBERED", 10)

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(1000.0, CHAT_PER_SECOND)
        for number in range(100):
            await pace.turn(str(number))
            await asyncio.sleep(1)
        before = loop.time()
        await pace.turn("anna")
        for number in range(20):
            await pace.turn(str(number))
        await pace.turn("anna")
        assert loop.time() - before >= LEAST_CHAT_GAP
        assert len(pace._chats) <= 31

    run(story)


@settings(max_examples=60, deadline=None)
@given(
    talking=st.lists(st.floats(0, 3), max_size=30),
    of_sites=st.lists(st.floats(0, 3), max_size=30),
    stalls=st.lists(st.tuples(st.floats(0, 6), st.floats(0, 2)), max_size=4),
    slack=st.sampled_from([0.0, 0.1, 0.5]),
    loan=st.sampled_from([0.0, 0.5]),
)
def test_two_kinds_of_callers_share_one_budget(
    talking: list[float], of_sites: list[float], stalls: list[tuple[float, float]], slack: float, loan: float
) -> None:
    """Whoever calls when, no span of time sees more than its turns, and what may be caught up on or borrowed."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND, slack=slack, loan=loan)
        went: list[float] = []

        async def call(comes_at: float, turn: Callable[[], Coroutine[Any, Any, None]]) -> None:
            await asyncio.sleep(comes_at)
            await turn()
            went.append(loop.time())

        for at, seconds in stalls:
            loop.call_later(at, loop.hold_up, seconds)
        await asyncio.gather(
            *(call(at, pace.turn) for at in talking), *(call(at, pace.turn_of_sites) for at in of_sites)
        )
        assert len(went) == len(talking) + len(of_sites)
        for first, began in enumerate(went):
            for more, ended in enumerate(went[first:]):
                assert ended - began >= more * LEAST_GAP - slack - loan

    run(story)


def test_who_talks_waits_for_one_gap_at_most() -> None:
    """While sites send at full rate, a conversation goes at the next turn, and theirs move back by one."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        went: list[float] = []

        async def send_on() -> None:
            while loop.time() < 10:
                await pace.turn_of_sites()
                went.append(loop.time())

        lanes = [asyncio.create_task(send_on()) for _ in range(3)]
        for number in range(20):
            await asyncio.sleep(0.3 + number / 100)
            before = loop.time()
            await pace.turn(str(number))
            assert loop.time() - before <= 1 / PER_SECOND + 1e-6
            went.append(loop.time())
        await asyncio.gather(*lanes)
        assert len(went) == pytest.approx(10 * PER_SECOND, abs=4)

    run(story)


def test_a_loan_is_paid_back_by_what_sites_send() -> None:
    """Four who talk at once do not wait at all; the site's next message does, until the sum is right again."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND, loan=0.5)
        await pace.turn_of_sites()
        await asyncio.gather(*(pace.turn() for _ in range(4)))
        assert loop.time() == 0.0
        await pace.turn_of_sites()
        assert loop.time() == pytest.approx(5 / PER_SECOND)

    run(story)


def test_small_delays_do_not_add_up() -> None:
    """Who is always a little late still gets all the turns of a minute."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND, slack=0.1)
        count = 0
        while loop.time() < 60:
            await pace.turn_of_sites()
            count += 1
            loop.hold_up(0.02)
        assert count >= 60 * PER_SECOND * 0.99

    run(story)


def test_a_caller_who_is_called_and_gives_up_holds_up_nobody() -> None:
    """Being cancelled in the very moment of one's turn passes it on."""

    async def story(loop: LeapingLoop) -> None:
        pace = Pace(PER_SECOND, CHAT_PER_SECOND)
        await pace.turn_of_sites()
        first = asyncio.create_task(pace.turn_of_sites())
        second = asyncio.create_task(pace.turn_of_sites())
        await asyncio.sleep(0)
        loop.call_at(1 / PER_SECOND, first.cancel)
        await asyncio.gather(first, return_exceptions=True)
        assert first.cancelled()
        await second
        assert loop.time() == pytest.approx(1 / PER_SECOND)

    run(story)


class Counted:
    """What an emulated platform counts with."""

    def __init__(self) -> None:
        self.allowance: float | None = None
        self.counted_at = 0.0
        self.called_at: deque[float] = deque()
        self.sent_at: deque[float] = deque()


def telegram(session: aiohttp.ClientSession) -> tuple[Pace, Callable[[Any, Any, float], None], float]:
    """Return how our bot paces itself, how Telegram counts, and its rate."""
    counts = TelegramLimits(is_on=True)
    settings = TelegramSettings(bot=BotName("tg"), token="1:abc", api_base="http://127.0.0.1:9")
    return Telegram(settings, session)._pace, counts.count, 30.0


def max_(session: aiohttp.ClientSession) -> tuple[Pace, Callable[[Any, Any, float], None], float]:
    """Return how our bot paces itself, how MAX counts, and its rate."""
    counts = MaxLimits(is_on=True)

    def count(bot: Any, chat: Any, now: float) -> None:  # noqa: ANN401 - any of the platforms'
        counts.count_call(bot, now)
        counts.count_sending(chat, now)

    settings = MaxSettings(
        bot=BotName("max"), token="abc", api_base="http://127.0.0.1:9", webhook=MaxWebhook("https://x.example", "s")
    )
    return Max(settings, session, Forgetful())._pace, count, 10.0


def whatsapp(session: aiohttp.ClientSession) -> tuple[Pace, Callable[[Any, Any, float], None], float]:
    """Return how our number paces itself, how WhatsApp counts, and its rate."""
    settings = WhatsAppSettings(
        bot=BotName("wa"),
        token="abc",
        phone_number_id="1",
        app_secrets=(),
        verify_token="v",
        api_base="http://127.0.0.1:9",
        api_version="v26.0",
        replies_per_person_per_day=0,
        replies_per_day=0,
    )
    return WhatsApp(settings, session)._pace, WhatsAppLimits(is_on=True).count, 80.0


class Forgetful:
    """An adapter's note that nobody keeps."""

    async def recall(self) -> str | None:
        """Return nothing."""
        return None

    async def remember(self, note: str) -> None:
        """Forget it."""


@pytest.mark.parametrize("platform", [telegram, max_, whatsapp])
def test_a_minute_at_full_rate(
    platform: Callable[[aiohttp.ClientSession], tuple[Pace, Callable[[Any, Any, float], None], float]],
) -> None:
    """Sites get 95 % of what the platform allows, or all that conversations leave them, and it never says 429.

    Every turn is late by some milliseconds, every fortieth by twenty, and after half a minute people log in too.
    """

    async def story(loop: LeapingLoop) -> None:
        async with aiohttp.ClientSession() as session:
            pace, count, rate = platform(session)
        bot, went, talked = Counted(), 0, 0

        def call() -> None:
            count(bot, Counted(), loop.time())

        async def send_on() -> None:
            nonlocal went
            while loop.time() < 60:
                await pace.turn_of_sites()
                call()
                went += 1
                loop.hold_up(0.02 if went % 40 == 0 else 0.002)

        async def talk() -> None:
            nonlocal talked
            while loop.time() < 60:
                await asyncio.sleep(0.7)
                for _ in range(3):
                    before = loop.time()
                    await pace.turn(f"chat {talked}")
                    assert loop.time() - before <= 1 / rate + 0.05
                    call()
                    talked += 1

        sending = asyncio.create_task(send_on())
        await asyncio.sleep(30)
        half = went
        await talk()
        await sending
        assert half >= 30 * rate * 0.95
        assert went + talked >= 60 * rate * 0.95
        assert talked > 90

    run(story)
