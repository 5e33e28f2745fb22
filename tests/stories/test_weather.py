"""Telegram misbehaves, time passes, people block: normal weather."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.ids import BotName
from daemon.schedule import settle_prompts
from emulator import Fault
from emulator.telegram.model import Message
from tests.ports import free_port
from tests.stories.moved_clock import MovedClock
from tests.stories.town import BOT, Town, buttons, town
from tests.waiting import PATIENCE, patience


@pytest.fixture
def clock() -> MovedClock:
    """Return the clock of ``later``."""
    return MovedClock()


@pytest.fixture
async def later(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Return a town whose time can be moved."""
    async with town(tmp_path, clock) as built:
        await built.daemon.keepers.reached()
        yield built


async def settle(here: Town, question: Message) -> None:
    """Do what the calendar does every five seconds, until the question has lost its buttons."""
    async with patience():
        while question.inline_keyboard:
            await settle_prompts(here.daemon.services, here.daemon.keepers)


async def test_an_expired_login_loses_its_buttons_and_answers_expired(later: Town, clock: MovedClock) -> None:
    """T6: after five minutes the page hears ``expired``, the bot's message is edited, and old taps say so."""
    anna = later.visitor()
    session = await later.create()
    question = await later.ask(anna, session)
    clock.ahead = timedelta(minutes=5)
    assert (await later.poll(session, type="status"))["status"] == "expired"
    assert (await later.poll(session, type="full"))["status"] == "expired"
    right = next(button for button in buttons(question)[0] if button["text"] == str(session["match_number"]))
    await settle(later, question)
    assert not question.inline_keyboard
    assert "expired" in question.text
    tap = later.telegram.forge_tap(anna, BOT, right["callback_data"], message_id=question.id)
    answer = await later.telegram.wait_for_answer(tap)
    assert answer is not None
    assert answer["text"] == "Expired"
    said = await later.open(anna, session)
    assert "expired" in said.text


async def test_a_waiting_poll_ends_with_the_login(later: Town, clock: MovedClock) -> None:
    """A poll does not outwait its login."""
    session = await later.create()
    clock.ahead = timedelta(minutes=4, seconds=59)
    async with asyncio.timeout(8):  # a poll takes ten seconds
        state = await later.poll(session, type="status", poll="true")
    assert state["status"] in {"pending", "expired"}, "a hair before or after the end"
    clock.ahead = timedelta(minutes=5)
    assert (await later.poll(session, type="status", poll="true"))["status"] == "expired"


async def test_a_confirmed_login_waits_for_its_site_a_little_longer(later: Town, clock: MovedClock) -> None:
    """Confirmed in time, it can be fetched until five minutes after its expiry; then its profile is erased."""
    first, second = await later.log_in(later.visitor()), await later.log_in(later.visitor())
    clock.ahead = timedelta(minutes=9)
    assert "token" in await later.poll(first)
    clock.ahead = timedelta(minutes=11)
    await later.daemon.services.sweep.sweep()
    assert (await later.poll(second))["status"] == "expired"
    clock.ahead = timedelta(days=2)
    await later.daemon.services.sweep.sweep()
    assert later.count_logins() == 0


async def test_a_login_cancelled_on_the_site_takes_its_buttons_along(here: Town) -> None:
    """The person is told in the bot, within seconds, that the question is moot."""
    anna = here.visitor()
    session = await here.create()
    question = await here.ask(anna, session)
    async with here.browser.delete(f"{here.url}/api/v1/auth/session/{session['session_id']}") as answer:
        assert answer.status == 200
    await settle(here, question)
    assert not question.inline_keyboard
    assert "cancelled on the website" in question.text


async def test_telegram_down_at_the_first_start_stops_nothing_else(tmp_path: Path) -> None:
    """Before the bot was ever reached there is no link to give: 503 with a code; once it is up, logins work."""
    async with town(tmp_path, outage=502) as here:
        await until_health(here, "degraded")
        url = f"{here.url}/api/v1/auth/session"
        async with here.browser.post(url, json={"app_id": here.app.app_id}) as answer:
            assert answer.status == 503
            assert (await answer.json())["error"] == "BOTS_UNAVAILABLE"
        async with here.browser.get(f"{here.url}/.well-known/jwks.json") as answer:
            assert answer.status == 200
        here.telegram.outage(None)
        await here.daemon.keepers.reached()
        session = await here.log_in(here.visitor())
        assert "token" in await here.poll(session)


async def test_a_known_bot_has_links_though_telegram_is_down_at_the_start(tmp_path: Path) -> None:
    """A bot that was reached in an earlier run keeps its link."""
    async with town(tmp_path) as here:
        await here.daemon.keepers.reached()
    async with town(tmp_path, outage=502) as here:
        assert f"t.me/{BOT}?start=" in (await here.create())["links"]["telegram"]


async def test_an_outage_of_an_hour_is_survived(here: Town) -> None:
    """Links still work while Telegram is away, what people did is heard afterwards, and health tells all along."""
    anna = here.visitor()
    await here.log_in(anna)
    here.telegram.outage(502)
    here.telegram.telegram.release()
    await until_health(here, "degraded")
    session = await here.create()
    assert "telegram" in session["links"]
    before = here.telegram.chat(anna, BOT).last_from_bot
    here.telegram.open_link(anna, session["links"]["telegram"])
    here.telegram.outage(None)
    question = await here.telegram.wait_for_message(anna, BOT, after=before, within=PATIENCE)
    assert question.inline_keyboard
    await here.tap(anna, str(session["match_number"]))
    assert "token" in await here.poll(session)
    await until_health(here, "ok")


async def until_health(here: Town, verdict: str) -> None:
    """Ask for the daemon's health until it is as expected."""
    async with patience():
        while True:
            async with here.browser.get(f"{here.url}/health") as answer:
                if (await answer.json())["status"] == verdict:
                    return


async def test_a_busy_telegram_delays_the_question_and_loses_nothing(here: Town) -> None:
    """429 on the prompt: asked again after the pause, and the login goes through."""
    anna = here.visitor()
    await here.log_in(anna)
    here.telegram.add_fault(
        Fault("status", status=429, description="Too Many Requests", retry_after=1), method="sendMessage"
    )
    question = await here.open(anna, session := await here.create())
    assert question.inline_keyboard
    await here.tap(anna, str(session["match_number"]))
    assert "token" in await here.poll(session)


async def test_repeated_updates_have_one_effect(here: Town) -> None:
    """An update told twice is worked on once."""
    anna = here.visitor()
    await here.log_in(anna)
    here.telegram.add_fault(Fault("duplicate"), method="getUpdates", count=3)
    session = await here.create()
    question = await here.open(anna, session)
    await here.tap(anna, str(session["match_number"]))
    assert here.newest(anna).id == question.id
    assert "token" in await here.poll(session)


async def test_an_answer_lost_on_the_way_is_no_second_question(here: Town) -> None:
    """The connection drops after Telegram took the message: the person can answer all the same."""
    anna = here.visitor()
    await here.log_in(anna)
    here.telegram.add_fault(Fault("drop", when="after"), method="sendMessage")
    session = await here.create()
    await here.open(anna, session)
    await here.tap(anna, str(session["match_number"]))
    assert "token" in await here.poll(session)


async def test_coming_back_after_blocking_works(here: Town) -> None:
    """A person who blocked the bot can log in again by letting it in."""
    anna = here.visitor()
    await here.log_in(anna)
    here.telegram.block(anna, BOT)
    session = await here.create()
    question = await here.open(anna, session)
    assert question.inline_keyboard
    await here.tap(anna, str(session["match_number"]))
    assert "token" in await here.poll(session)


async def test_webhook_mode(tmp_path: Path) -> None:
    """T11: Telegram posts to us and the same login works; a post without the right secret is not heard."""
    port = free_port()
    address = {"public_url": f"http://127.0.0.1:{port}", "listen": f"127.0.0.1:{port}"}
    async with town(tmp_path, http=address, bot={"updates": "webhook"}) as here:
        await here.daemon.keepers.reached()
        anna = here.visitor()
        session = await here.log_in(anna)
        assert "token" in await here.poll(session)
        webhook = here.telegram.telegram.bot(BOT).webhook
        assert webhook is not None
        tap = {"update_id": 7, "message": {"message_id": 1, "date": 1, "text": "/stop"}}
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}):
            async with here.browser.post(webhook.url, json=tap, headers=headers) as answer:
                assert answer.status == 401
        known = here.daemon.services.inbox
        assert not await known.left_over(BotName("tg"))
