"""MAX misbehaves, forgers knock, tokens end, processes die: what was heard is answered, what was not sent is not."""

import asyncio
import bisect
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.model.ids import BotName
from daemon.messengers import Settings
from daemon.run import running
from emulator import Emulator, Fault
from emulator.max.model import user
from emulator.people import Person
from tests.bots.test_max_heard import bot_started
from tests.stories.handsets import BOTS, TOKENS, Handset
from tests.stories.process import DaemonProcess, create_app, daemon_process
from tests.stories.test_max import code_in, finish, log_in
from tests.stories.town import Json, Town, emulated_telegram, site_app, town, town_settings
from tests.waiting import PATIENCE, a_moment, patience

BOT: Final = BOTS["max"]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town whose people have Telegram and MAX."""
    async with town(tmp_path, messengers=("telegram", "max")) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
def handset(here: Town) -> Handset:
    """Return MAX as people have it."""
    return here.handset("max")


@pytest.mark.parametrize("headers", [{}, {"X-Max-Bot-Api-Secret": "guess"}])
async def test_a_forged_webhook_is_not_heard(here: Town, handset: Handset, headers: dict[str, str]) -> None:
    """T11: whoever knows the path but not the secret gets a 401, and nothing happens."""
    anna = here.visitor()
    hello = await handset.open(anna, f"https://max.ru/{BOT}")
    session = await here.create()
    (subscription,) = handset.app.subscriptions(BOT)
    forged = {**bot_started(user=user(anna), payload=code_in(session)), "timestamp": handset.app.platform.now_ms()}
    async with here.browser.post(subscription.url, json=forged, headers=headers) as answer:
        assert answer.status == 401
    assert not await here.daemon.services.inbox.left_over(BotName("max"))
    assert not (await here.poll(session, type="status")).get("messenger_opened")
    assert (await handset.say(anna, "hello")).number > hello.number
    assert len([message for message in handset.chat(anna).messages.values() if message.sender is None]) == 2


async def test_a_replayed_webhook_has_no_second_effect(here: Town, handset: Handset) -> None:
    """The very same request again, secret and all: taken, and nothing follows."""
    anna = here.visitor()
    await log_in(here, anna)
    session = await here.create()
    before = handset.newest(anna).number
    (subscription,) = handset.app.subscriptions(BOT)
    start = {**bot_started(user=user(anna), payload=code_in(session)), "timestamp": handset.app.platform.now_ms()}
    for _ in range(3):
        headers = {"X-Max-Bot-Api-Secret": subscription.secret}
        async with here.browser.post(subscription.url, json=start, headers=headers) as answer:
            assert answer.status == 200
    question = await handset.next_message(anna, before)
    await finish(here, anna, session)
    await handset.say(anna, "hello")
    said = [each for each in handset.chat(anna).messages.values() if each.sender is None and each.number > before]
    assert [each.id for each in said][:1] == [question.id]
    assert len(said) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("garbage", status=502),
        Fault("status", status=429, description="Limit is: 10 calls per second"),
        Fault("drop"),
        Fault("drop", when="after"),
    ],
    ids=["HTML in a 502", "429 without a pause", "dropped before", "dropped after"],
)
async def test_a_question_that_did_not_go_out_is_asked_again(here: Town, handset: Handset, fault: Fault) -> None:
    """The person waits some seconds longer and logs in; a question that came twice does no harm."""
    anna = here.visitor()
    await log_in(here, anna)
    here.telegram.add_fault(fault, messenger="max", method="POST /messages")
    session = await here.create()
    await handset.ask(anna, session["links"]["max"])
    before = handset.newest(anna).number
    if fault.when == "after":
        await handset.next_message(anna, before)
    await finish(here, anna, session)


async def test_a_tap_that_max_does_not_want_answered_counts_all_the_same(here: Town, handset: Handset) -> None:
    """``success: false`` in a 200: the message is edited instead, and the login is confirmed."""
    anna = here.visitor()
    session = await here.create()
    question = await handset.ask(anna, session["links"]["max"])
    no = Fault("status", status=200, body='{"success": false, "message": "Callback not found"}')
    here.telegram.add_fault(no, messenger="max", method="POST /answers")
    handset.app.tap(anna, BOT, str(session["match_number"]))
    chat = handset.chat(anna)
    while question.inline_keyboard:
        before = chat.revision
        await handset.app.wait_for_change(anna, BOT, revision=before)
        assert chat.revision > before, "the message kept its buttons"
    assert "token" in await here.poll(session)


async def test_a_question_that_max_does_not_want_is_not_insisted_on(here: Town, handset: Handset) -> None:
    """``success: false`` for a message: given up, without an end of the bot; the link opened again works."""
    anna = here.visitor()
    await log_in(here, anna)
    no = Fault("status", status=200, body='{"success": false, "message": "no"}')
    rule = here.telegram.add_fault(no, messenger="max", method="POST /messages")
    session = await here.create()
    handset.app.open_link(anna, session["links"]["max"])
    assert await here.telegram.wait_for_fault(rule)
    await handset.ask(anna, session["links"]["max"])
    await finish(here, anna, session)


async def log_in_patiently(here: Town, person: Person) -> None:
    """Log in for the first time while many others do."""
    handset, session = here.handset("max"), await here.create()
    newest = 0
    for step in ("open", "share", "wait"):
        if step == "open":
            handset.app.open_link(person, session["links"]["max"])
        elif step == "share":
            handset.app.share_contact(person, BOT)
        said = await handset.app.wait_for_message(person, BOT, after=newest, within=PATIENCE)
        newest = said.number
    tap = handset.app.tap(person, BOT, str(session["match_number"]))
    assert await handset.app.wait_for_answer(tap, within=PATIENCE)
    assert "token" in await here.poll(session)


async def test_twenty_people_at_once_stay_within_the_rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten calls a second in all, two into one dialog: MAX never has to say 429, and everybody gets in.

    Our own rate is so near to MAX's that a busy machine can make calls arrive closer together than MAX wants; it is
    held against MAX's where no machine interferes, in the test of a minute at full rate.
    """
    monkeypatch.setattr("gatepost.bots.max.CALLS_PER_SECOND", 7.0)
    async with town(tmp_path, messengers=("telegram", "max")) as here:
        await here.daemon.keepers.reached()
        here.handset("max").app.limits.is_on = True
        first = len(here.telegram.calls(messenger="max"))
        await asyncio.gather(*(log_in_patiently(here, here.visitor()) for _ in range(20)))
        calls = here.telegram.calls(messenger="max")[first:]
    assert {call.status for call in calls} == {200}
    moments = [call.at for call in calls]
    assert len(moments) >= 80
    most = max(bisect.bisect_left(moments, at + 1.0) - number for number, at in enumerate(moments))
    assert most <= 10


async def test_a_token_revoked_while_running(here: Town, handset: Handset, caplog: pytest.LogCaptureFixture) -> None:
    """The next message shows it: health, metrics and the log say so at once, and Telegram goes on."""
    anna = here.visitor()
    await log_in(here, anna)
    session = await here.create()
    handset.app.revoke(BOT)
    handset.app.open_link(anna, session["links"]["max"])
    async with patience():
        while (await health(here))["bots"]["max"]["up"]:
            await a_moment()
    told = await health(here)
    assert told["status"] == "degraded"
    assert told["bots"]["tg"]["up"] is True
    assert "token" in told["bots"]["max"]["why"]
    async with here.browser.get(f"{here.url}/metrics") as answer:
        metrics = await answer.text()
    assert 'gatepost_bot_up{bot="max",messenger="max"} 0.0' in metrics
    assert 'gatepost_bot_up{bot="tg",messenger="telegram"} 1.0' in metrics
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in errors] == ["bot is down"]
    assert TOKENS["max"] not in caplog.text
    assert "token" in await here.poll(await here.log_in(here.visitor()))


async def health(here: Town) -> Json:
    """Ask how the daemon is."""
    async with here.browser.get(f"{here.url}/health") as answer:
        told: Json = await answer.json()
        return told


@asynccontextmanager
async def run_of(settings: Settings, platforms: Emulator, folder: Path) -> AsyncIterator[Town]:
    """Run the daemon once, in a town that outlives it."""
    async with running(settings, SystemClock(), SystemEntropy()) as daemon, aiohttp.ClientSession() as browser:
        await daemon.keepers.reached()
        app = await site_app(daemon)
        yield Town(platforms, daemon, app, browser, f"http://127.0.0.1:{daemon.port}", folder)


async def test_polling_from_end_to_end_and_over_a_restart(tmp_path: Path) -> None:
    """A foreign webhook is removed first; what people do while the daemon is away is heard when it is back, once."""
    async with emulated_telegram() as (platforms, url), aiohttp.ClientSession() as stranger:
        foreign, headers = {"url": "https://old.example.com/hook"}, {"Authorization": TOKENS["max"]}
        async with stranger.post(f"{url}/subscriptions", json=foreign, headers=headers) as answer:
            assert answer.status == 200
        settings = town_settings(tmp_path, url, ("max",), bot={"updates": "polling"})
        anna, handset = platforms.add_person(), Handset("max", platforms)
        async with run_of(settings, platforms, tmp_path) as here:
            assert not platforms.max.subscriptions(BOT)
            await log_in(here, anna)
            session = await here.create()
            assert await platforms.max.wait_for_poll(BOT)
            marker = await here.daemon.services.store.read(lambda unit: unit.bots.marker(BotName("max")))
        polls = len(platforms.calls(messenger="max", method="GET /updates"))
        before = handset.newest(anna).number
        platforms.max.open_link(anna, session["links"]["max"])
        async with run_of(settings, platforms, tmp_path) as here:
            await handset.next_message(anna, before)
            again = platforms.calls(messenger="max", method="GET /updates")[polls]
            assert marker is not None
            assert again.parameters["query"]["marker"] == marker
            await finish(here, anna, session)
            asked = [each for each in handset.chat(anna).messages.values() if each.number > before]
            assert len([each for each in asked if each.sender is None]) == 1


@asynccontextmanager
async def max_process(folder: Path, url: str) -> AsyncIterator[DaemonProcess]:
    """Return a daemon as a process, with a MAX bot beside Telegram's."""
    async with daemon_process(folder, url) as daemon:
        with daemon.config.open("a") as config:
            config.write(
                f'[[bots]]\nname = "max"\nmessenger = "max"\ntoken = "{TOKENS["max"]}"\n'
                f'api_base = "{url}"\nterms_acknowledged = true\n'
            )
        yield daemon


async def start_logins(daemon: DaemonProcess, browser: aiohttp.ClientSession, app_id: str, count: int) -> list[Json]:
    """Start logins, one for each of so many visitors."""
    sessions = []
    for _ in range(count):
        body = {"app_id": app_id, "match": True}
        async with browser.post(f"{daemon.url}/api/v1/auth/session", json=body) as answer:
            sessions.append(await answer.json())
    return sessions


async def are_asked(platforms: Emulator, people: Sequence[Person]) -> None:
    """Wait until everybody got an answer of the bot."""
    for person in people:
        await platforms.max.wait_for_message(person, BOT, within=PATIENCE)


async def test_killed_between_taking_and_answering(tmp_path: Path) -> None:
    """``kill -9`` right after MAX was told 200: MAX will not repeat it, and yet everybody is asked and gets in."""
    async with (
        emulated_telegram() as (platforms, url),
        max_process(tmp_path, url) as daemon,
        aiohttp.ClientSession() as browser,
    ):
        await daemon.start()
        app_id = (await create_app(daemon))["app_id"]
        people = [platforms.add_person() for _ in range(5)]
        sessions = await start_logins(daemon, browser, app_id, 5)
        rule = platforms.add_fault(Fault("hang"), messenger="max", method="POST /messages", count=None)
        for person, session in zip(people, sessions, strict=True):
            platforms.max.open_link(person, session["links"]["max"])
        assert await platforms.max.wait_for_deliveries(BOT, times=5)
        await daemon.kill()
        platforms.clear_faults(rule.id)
        assert all(platforms.max.chat(person, BOT).last_from_bot == 0 for person in people)
        await daemon.start()
        await are_asked(platforms, people)
        handset = Handset("max", platforms)
        for person, session in zip(people, sessions, strict=True):
            await handset.share(person)
            await handset.tap(person, str(session["match_number"]))
            async with browser.get(f"{daemon.url}/api/v1/auth/session/{session['session_id']}") as answer:
                assert "token" in await answer.json()
