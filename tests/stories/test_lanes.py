"""The lanes: who goes first, what an outage and a pause do to a bot, and what moved clocks do not."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.ids import AppId, BotName, MessageId
from core.model.messages.content import Content
from core.model.sending.breaker import FAILURES_ALLOWED
from core.model.sending.outbox_message import MessageState, Priority
from core.model.text.text import from_plain
from core.ports.store import Unit
from core.sending.outbox import OUTBOX, OutboxEntry
from core.sending.submission import PhoneRecipient
from emulator.faults import Fault
from tests.stories.handsets import BOTS
from tests.stories.moved_clock import MovedClock
from tests.stories.test_outbox import PHONE, log_in, send, settled, until, until_tried
from tests.stories.town import Json, Town, town
from tests.waiting import PATIENCE, a_moment, patience

MESSENGERS = ("telegram", "max", "whatsapp")
SECOND = "+79990000001"
PAUSE = Fault("status", status=429, description="Too Many Requests", retry_after=3600)
BLOCKED = Fault("status", status=403, description="Forbidden: bot was blocked by the user")


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with all three messengers."""
    async with town(tmp_path, clock, messengers=MESSENGERS) as built:
        await built.daemon.keepers.reached()
        yield built


async def post(here: Town, text: str, priority: Priority, app_id: AppId | None = None) -> MessageId:
    """Post to whoever has the phone, as a flow of ours does."""
    services = here.daemon.services

    def work(unit: Unit) -> MessageId:
        holder = unit.people.by_phone(PHONE)  # type: ignore[arg-type]
        assert holder is not None
        (account, *_) = unit.people.accounts_of(holder.person_id)
        now = services.clock.now()
        letter = OutboxEntry(content=Content(from_plain(text)), not_before=now, priority=priority)
        return services.outbox.to_account(unit, app_id or here.app.app_id, account, letter, now).message_id

    return await services.store.write(work)


async def health(here: Town) -> Json:
    """Ask the daemon how it is."""
    async with here.browser.get(f"{here.url}/health") as answer:
        told: Json = await answer.json()
        return told


async def attempts_of(here: Town, message_id: MessageId) -> int:
    """Return how often a message was tried."""
    return (await here.daemon.services.submission.find(here.app.app_id, message_id)).message.attempts


async def paused(here: Town) -> MessageId:
    """Have Telegram ask for a pause of an hour, and return the message that met it."""
    here.telegram.add_fault(PAUSE, messenger="telegram", method="sendMessage", count=1)
    first = await send(here, "first")
    await until_tried(here, first)
    return first


async def test_the_most_urgent_goes_first(here: Town, clock: MovedClock) -> None:
    """Codes for logging in before notifications, notifications before broadcasts, whoever came first."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    await paused(here)
    posted = [
        await post(here, f"site {priority.name}", priority)
        for priority in (Priority.BROADCAST, Priority.NOTIFICATION, Priority.LOGIN)
    ]
    clock.ahead += timedelta(hours=1, seconds=1)
    here.daemon.services.store.bells.ring(OUTBOX)
    began = []
    for message_id in posted:
        told = await settled(here, message_id, 20)
        began.append(told.attempts[-1][0].began_at)
    assert began == sorted(began, reverse=True)


async def test_an_outage_trips_the_breaker(here: Town, clock: MovedClock, caplog: pytest.LogCaptureFixture) -> None:
    """After some failures in a row all messages wait untouched; MAX goes on; then one tries, and all follow."""
    caplog.set_level(logging.INFO)
    anna, boris = here.visitor(phone=PHONE), here.visitor(phone=SECOND)
    await log_in(here, anna, "telegram")
    await log_in(here, boris, "max")
    failing = Fault("status", status=502)
    rule = here.telegram.add_fault(failing, messenger="telegram", method="sendMessage", count=None)
    first = await send(here, "first")
    for number in range(FAILURES_ALLOWED):
        async with patience():
            while rule.times <= number:
                clock.ahead += timedelta(minutes=1)
                here.daemon.services.store.bells.ring(OUTBOX)
                await a_moment()
    async with patience():
        while (await health(here))["bots"]["tg"]["outbox"]["breaker"] != "open":
            await a_moment()
    assert (await health(here))["status"] == "degraded"
    waiting = [await send(here, f"waiting {number}") for number in range(3)]
    other = await here.daemon.services.submission.to_phone(here.app.app_id, PhoneRecipient(SECOND), "by MAX")
    assert (await settled(here, other)).message.state is MessageState.SENT
    assert [await attempts_of(here, each) for each in waiting] == [0, 0, 0]
    async with here.browser.get(f"{here.url}/metrics") as answer:
        metrics = await answer.text()
    assert 'gatepost_outbox_breaker_open{bot="tg"} 1.0' in metrics
    assert 'gatepost_outbox_breaker_open{bot="max"} 0.0' in metrics
    assert f'gatepost_outbox_attempts_total{{bot="tg",outcome="later"}} {rule.times}.0' in metrics
    times = rule.times
    clock.ahead += timedelta(minutes=11)
    async with patience():
        while rule.times == times:
            await a_moment()
    await asyncio.sleep(0.1)
    assert rule.times == times + 1
    here.telegram.clear_faults()
    clock.ahead += timedelta(minutes=11)
    for message_id in (first, *waiting):
        clock.ahead += timedelta(seconds=2)
        assert (await settled(here, message_id, 20)).message.state is MessageState.SENT
    assert (await health(here))["bots"]["tg"]["outbox"]["breaker"] == "closed"
    told = [record.message for record in caplog.records if "breaker" in record.message]
    assert told == [
        "the bot's breaker has tripped; its messages wait",
        "the bot's breaker is closed again; its messages go on",
    ]


async def test_a_bot_that_is_shut_out_trips_it_at_once(here: Town, clock: MovedClock) -> None:
    """One message finds out; the person's other messenger does not get it, since nobody refused them."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram", "max")
    revoked = Fault("status", status=401, description="Unauthorized")
    rule = here.telegram.add_fault(revoked, messenger="telegram", method="sendMessage", count=1)
    first = await send(here, "first")
    await until_tried(here, first)
    second = await send(here, "second")
    async with patience():
        while (await health(here))["bots"]["tg"]["outbox"]["breaker"] != "open":
            await a_moment()
    assert (await attempts_of(here, second), rule.times) == (0, 1)
    clock.ahead += timedelta(minutes=11)
    for message_id in (first, second):
        told = await settled(here, message_id, 20)
        assert (told.message.state, told.message.bot) == (MessageState.SENT, "tg")
        clock.ahead += timedelta(seconds=2)


async def test_who_got_the_last_one_gets_the_next(here: Town) -> None:
    """If the app says so, where the last message arrived comes before the app's order."""
    apps = here.daemon.services.apps
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram", "max")
    here.telegram.add_fault(BLOCKED, messenger="telegram", method="sendMessage", count=1)
    assert (await settled(here, await send(here))).message.bot == "max"
    handset = here.handset("telegram")
    await handset.say(anna, "/start")
    assert (await settled(here, await send(here))).message.bot == "tg"
    here.telegram.add_fault(BLOCKED, messenger="telegram", method="sendMessage", count=1)
    assert (await settled(here, await send(here))).message.bot == "max"
    await handset.say(anna, "/start")
    await apps.change(replace(await apps.find(here.app.app_id), last_successful_first=True))
    assert (await settled(here, await send(here))).message.bot == "max"


async def test_a_clock_that_is_set_back_holds_nothing_up(here: Town, clock: MovedClock) -> None:
    """An hour back: what waited for its turn goes when it would have gone, and what comes now goes at once."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    clock.ahead = timedelta(hours=2)
    here.telegram.add_fault(
        Fault("status", status=429, description="Too Many Requests", retry_after=3),
        messenger="telegram",
        method="sendMessage",
        count=1,
    )
    first = await send(here, "first")
    await until_tried(here, first)
    clock.ahead = timedelta(hours=1)
    second = await send(here, "second")
    for message_id in (first, second):
        assert (await settled(here, message_id, 15)).message.state is MessageState.SENT
    assert await attempts_of(here, first) == 2


async def test_a_clock_that_leaps_sends_nothing_twice(here: Town, clock: MovedClock) -> None:
    """A day ahead while a message is on its way: its lease is over by the clock, and it is sent once all the same."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    here.telegram.add_fault(Fault("delay", seconds=2.0), messenger="telegram", method="sendMessage", count=1)
    message_id = await send(here, "only once", ttl=timedelta(days=3))
    async with patience():
        while await attempts_of(here, message_id) == 0:
            await a_moment()
    clock.ahead += timedelta(days=1)
    here.daemon.services.store.bells.ring(OUTBOX)
    told = await settled(here, message_id)
    assert (told.message.state, told.message.attempts, told.message.is_maybe_twice) == (MessageState.SENT, 1, False)
    said = [message.text for message in here.handset("telegram").chat(anna).messages.values()]
    assert said.count("only once") == 1


async def test_a_bot_that_is_no_more(here: Town, clock: MovedClock) -> None:
    """What waits for a bot that nobody runs ends like everything that is stale, and whoever waits is told."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    here.telegram.outage(502)
    message_id = await send(here)
    await until_tried(here, message_id)
    await here.daemon.services.store.write(lambda unit: _hand_over(unit, message_id, BotName("gone")))
    await here.daemon.services.expiry.expire()
    assert (await here.daemon.services.submission.find(here.app.app_id, message_id)).message.next_at is not None
    waiting = asyncio.create_task(here.daemon.services.submission.wait(message_id, 10))
    await asyncio.sleep(0)
    clock.ahead += timedelta(days=1, minutes=6)
    await here.daemon.services.expiry.expire()
    assert (await waiting).state is MessageState.EXPIRED


def _hand_over(unit: Unit, message_id: MessageId, bot: BotName) -> None:
    before = unit.outbox.by_id(message_id)
    assert before is not None
    assert unit.outbox.swap(before, replace(before, bot=bot))


async def test_a_window_that_closed_falls_to_the_next(here: Town) -> None:
    """WhatsApp brings answers only for a day; another messenger of theirs gets it, and they stay reachable."""
    apps = here.daemon.services.apps
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "whatsapp", "telegram")
    app = await apps.find(here.app.app_id)
    await apps.change(replace(app, bots=tuple(sorted(app.bots, key=lambda bot: bot != "wa"))))
    body = '{"error": {"code": 131047, "message": "Re-engagement message"}}'
    late = Fault("garbage", status=400, body=body)
    here.telegram.add_fault(late, messenger="whatsapp", method="messages", count=1)
    told = await settled(here, await send(here))
    assert (told.message.state, told.message.bot) == (MessageState.SENT, "tg")
    again = await settled(here, await send(here))
    assert again.message.bot == "wa"
    await until(here, again.message.message_id, MessageState.DELIVERED, MessageState.READ)


@pytest.mark.parametrize("code", [131026, 131047])
async def test_what_was_taken_and_then_not_brought_falls_to_the_next(here: Town, code: int) -> None:
    """WhatsApp may say only afterwards that it does not bring a message; then another messenger of theirs gets it."""
    apps = here.daemon.services.apps
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "whatsapp", "telegram")
    app = await apps.find(here.app.app_id)
    await apps.change(replace(app, bots=tuple(sorted(app.bots, key=lambda bot: bot != "wa"))))
    here.telegram.whatsapp.fail_next(BOTS["whatsapp"], code)
    before = here.handset("telegram").chat(anna).last_from_bot
    message_id = await send(here, "only once")
    said = await here.telegram.wait_for_message(anna, BOTS["telegram"], after=before, within=PATIENCE)
    assert said.text == "only once"
    told = await settled(here, message_id)
    assert (told.message.state, told.message.bot) == (MessageState.SENT, "tg")
    assert str(code) in told.attempts[0][0].why


async def test_refusals_are_counted(here: Town) -> None:
    """Faults 2.9: an operator sees in the metrics what was refused, by status and code, and how often."""
    for _ in range(3):
        async with here.browser.get(f"{here.url}/api/v1/auth/session/{'0' * 24}") as answer:
            assert answer.status == 404
    async with here.browser.get(f"{here.url}/metrics") as answer:
        told = await answer.text()
    assert 'gatepost_refused_requests_total{code="SESSION_NOT_FOUND",status="404"} 3.0' in told
