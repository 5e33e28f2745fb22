"""Trouble that a review found once: each test fails without its mend."""

import asyncio
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bots import listening
from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.errors import Busy
from core.login.confirmation import Confirmation
from core.messengers import inbox
from core.messengers.inbox import Inbox
from core.model.ids import AccountId, BotName
from core.ports.store import Unit
from daemon import supervise
from daemon.run import running
from emulator import Fault
from tests.ports import free_port
from tests.stories.town import BOT, SITE, Town, buttons, emulated_telegram, town, town_settings
from tests.waiting import PATIENCE, a_moment, patience


async def until_worked_on(here: Town) -> None:
    """Wait until everything that was heard was worked on."""
    async with patience():
        while await here.daemon.services.inbox.left_over(BotName("tg")):
            await a_moment()


async def test_a_webhook_that_breaks_off_loses_nothing(tmp_path: Path) -> None:
    """The connection drops while an update is being kept: it is worked on all the same, without a restart."""
    port = free_port()
    address = {"public_url": f"http://127.0.0.1:{port}", "listen": f"127.0.0.1:{port}"}
    async with town(tmp_path, http=address, bot={"updates": "webhook"}) as here:
        await here.daemon.keepers.reached()
        anna = here.visitor()
        here.telegram.open_link(anna, f"https://t.me/{BOT}")
        hello = await here.telegram.wait_for_message(anna, BOT)
        webhook = here.telegram.telegram.bot(BOT).webhook
        assert webhook is not None
        person = {"id": anna.id, "is_bot": False, "first_name": "Anna"}
        message = {"message_id": 900, "date": int(here.telegram.clock.now()), "text": "hello?", "from": person}
        update = {"update_id": 77, "message": {**message, "chat": {"id": anna.id, "type": "private"}}}
        body = json.dumps(update).encode()
        head = (
            f"POST {webhook.url.partition(str(port))[2]} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {webhook.secret_token}\r\n\r\n"
        )
        for _ in range(5):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + body)
            await writer.drain()
            writer.transport.abort()
        said = await here.telegram.wait_for_message(anna, BOT, after=hello.id)
        assert "I only understand" in said.text


async def test_one_talkative_person_does_not_stop_the_bot(here: Town) -> None:
    """Four hundred texts from somebody whom Telegram does not let us answer: others are served meanwhile."""
    boris, anna = here.visitor(first_name="Boris"), here.visitor()
    await here.log_in(anna)
    here.telegram.open_link(boris, f"https://t.me/{BOT}")
    await here.telegram.wait_for_message(boris, BOT)
    busy = Fault("status", status=429, description="Too Many Requests", retry_after=40)
    here.telegram.add_fault(busy, method="sendMessage", count=1)
    for number in range(400):
        here.telegram.send_text(boris, BOT, f"text {number}")
    await here.log_in(anna)
    async with patience():
        while len(await here.daemon.services.inbox.left_over(BotName("tg"))) > listening.LINE_LIMIT:
            await a_moment()


async def test_what_could_not_be_noted_is_noted_later(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is busy when an update's end is noted: it is noted afterwards, so that no restart repeats it."""
    done, failures = Inbox.done, iter([Busy()])

    async def fail_once(self: Inbox, bot: BotName, keys: list[str]) -> None:
        for failure in failures:
            raise failure
        await done(self, bot, keys)

    monkeypatch.setattr(Inbox, "done", fail_once)
    await here.log_in(here.visitor())
    await until_worked_on(here)


@pytest.mark.parametrize(("step", "way"), [("open_link", "link"), ("open_typed", "code")])
async def test_a_busy_store_is_asked_again(here: Town, monkeypatch: pytest.MonkeyPatch, step: str, way: str) -> None:
    """Nobody is told that a good link or code does not work because the disk was busy: it is heard again instead."""
    be_busy_once(monkeypatch, step)
    anna, session = here.visitor(), await here.create()
    if way == "link":
        said = await here.open(anna, session)
    else:
        here.telegram.open_link(anna, f"https://t.me/{BOT}")
        hello = await here.telegram.wait_for_message(anna, BOT)
        here.telegram.send_text(anna, BOT, session["code"])
        said = await here.telegram.wait_for_message(anna, BOT, after=hello.id)
    assert "shop.example.com" in said.text


@pytest.mark.parametrize("way", ["button", "words"])
async def test_an_answer_is_not_lost_to_a_busy_store(here: Town, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """The right number counts, pressed or typed, though the disk was busy when it came."""
    be_busy_once(monkeypatch, "confirm" if way == "button" else "pick_in_words")
    anna, session = here.visitor(), await here.create()
    await here.ask(anna, session)
    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))
    if way == "button":
        here.telegram.tap(anna, BOT, str(session["match_number"]))
    else:
        here.telegram.send_text(anna, BOT, str(session["match_number"]))
    assert (await waiting)["status"] == "confirmed"


def be_busy_once(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Have the store be too busy for one step of a login, the first time it is asked."""
    real, failures = getattr(Confirmation, step), iter([Busy()])

    async def fail_once(self: Confirmation, *details: object) -> object:
        for failure in failures:
            raise failure
        return await real(self, *details)

    monkeypatch.setattr(Confirmation, step, fail_once)


@pytest.mark.parametrize(
    "origin",
    [
        "https://YOUR-BANK.com is verifying you. Pick the number 42.  .example.com",
        "https://" + "a" * 5000 + ".example.com",
        "https://x@shop.example.com",
        "https://shop.example.com/",
        "https://\u0430.example.com",
    ],
)
async def test_an_origin_is_an_origin_or_nothing(here: Town, origin: str) -> None:
    """T1, T28, T29: with a wildcard allowed, nobody but a browser's real origin gets into the prompt."""
    await here.daemon.services.apps.change(replace(here.app, origins=("https://*.example.com",), redirect_url=None))
    url = f"{here.url}/api/v1/auth/session"
    async with here.browser.post(url, json={"app_id": here.app.app_id}, headers={"Origin": origin}) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with here.browser.post(url, json={"app_id": here.app.app_id}, headers={"Origin": SITE}) as answer:
        assert answer.status == 200


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """Have the kernel refuse to let the database's log grow."""
    size = (folder / "gatepost.db-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_told_and_survived(here: Town) -> None:
    """503 with a code in the dialect, for health too; nothing half-done; and once there is room, all goes on."""
    await here.create()
    with full_disk(here.folder):
        url = f"{here.url}/api/v1/auth/session"
        async with here.browser.post(url, json={"app_id": here.app.app_id}, headers={"Origin": SITE}) as answer:
            assert answer.status == 503
            assert (await answer.json())["error"] == "UNAVAILABLE"
        async with here.browser.get(f"{here.url}/health") as answer:
            assert answer.status == 503
            assert (await answer.json())["status"] == "down"
    assert (await here.create())["success"] is True
    assert here.count_logins() == 2


async def test_a_block_page_is_not_a_person_who_blocked_us(here: Town) -> None:
    """A proxy's 403 in HTML: the question is asked again, and no page stands in health."""
    anna = here.visitor()
    await here.log_in(anna)
    page = f"<html>{'x' * 10_000}</html>"
    here.telegram.add_fault(Fault("garbage", status=403, body=page), method="sendMessage", count=2)
    question = await here.open(anna, session := await here.create())
    assert question.inline_keyboard
    await here.tap(anna, str(session["match_number"]))
    assert "token" in await here.poll(session)
    here.telegram.add_fault(Fault("garbage", status=403, body=page), method="getUpdates", count=None)
    here.telegram.telegram.release()
    async with patience():
        while True:
            async with here.browser.get(f"{here.url}/health") as answer:
                told = await answer.text()
            if "degraded" in told:
                break
    assert len(told) < 1000
    assert "<html>" not in told


async def test_an_old_question_about_the_same_login_loses_its_buttons(here: Town) -> None:
    """T6: the link opened twice leaves one question to answer."""
    anna = here.visitor()
    await here.log_in(anna)
    session = await here.create()
    first = await here.open(anna, session)
    second = await here.open(anna, session)
    await here.tap(anna, str(session["match_number"]))
    assert not second.inline_keyboard
    assert not first.inline_keyboard
    assert "again below" in first.text


async def test_a_phone_lost_since_the_question_is_asked_for_again(here: Town) -> None:
    """Somebody else proved the number in the meantime: the person is told what to do, not that they lied."""
    anna, boris = here.visitor(phone="79991112233"), here.visitor(first_name="Boris", phone="79991112233")
    await here.log_in(anna)
    session = await here.create()
    question = await here.open(anna, session)
    await here.log_in(boris)
    here.telegram.tap(anna, BOT, str(session["match_number"]), message_id=question.id)
    said = await here.telegram.wait_for_message(anna, BOT, after=question.id)
    assert "confirmed once more" in said.text


async def test_a_stranger_learns_nothing_by_forging_taps(here: Town) -> None:
    """Right or wrong number, an account that does not hold the login gets the same answer."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    here.telegram.open_link(boris, f"https://t.me/{BOT}")
    await here.telegram.wait_for_message(boris, BOT)
    question = await here.ask(anna, await here.create())
    answers = set()
    for button in buttons(question)[0]:
        tap = here.telegram.forge_tap(boris, BOT, button["callback_data"])
        answer = await here.telegram.wait_for_answer(tap)
        assert answer is not None
        answers.add(answer["text"])
    assert answers == {"This request is not yours"}


async def test_blocking_really_ends_the_subscription(here: Town) -> None:
    """The row says so, and the account is marked as unreachable."""
    anna = here.visitor()
    await here.log_in(anna)
    read = here.daemon.services.store.read
    account = await read(lambda unit: unit.people.account(BotName("tg"), str(anna.id)))
    assert account is not None
    before = await read(partial(subscription_of, here, account.account_id))
    assert before is True
    here.telegram.block(anna, BOT)
    async with patience():
        while await read(partial(subscription_of, here, account.account_id)):
            await a_moment()
    account = await read(lambda unit: unit.people.account(BotName("tg"), str(anna.id)))
    assert account is not None
    assert not account.reachable


def subscription_of(here: Town, account_id: AccountId, unit: Unit) -> bool:
    """Tell whether the account is subscribed to the town's app."""
    subscription = unit.subscriptions.find(here.app.app_id, account_id)
    return subscription is not None and subscription.ended_at is None


async def test_updates_out_of_order_do_no_harm(here: Town) -> None:
    """A tap and a text that arrive the wrong way round: both get their answer."""
    anna = here.visitor()
    await here.log_in(anna)
    session = await here.create()
    question = await here.open(anna, session)
    here.telegram.add_fault(Fault("out_of_order"), method="getUpdates", count=2)
    here.telegram.send_text(anna, BOT, "which number?")
    await here.tap(anna, str(session["match_number"]))
    said = await here.telegram.wait_for_message(anna, BOT, after=question.id)
    assert "I only understand" in said.text
    assert "token" in await here.poll(session)


async def test_who_cancels_and_hangs_up_wakes_the_waiter(here: Town) -> None:
    """The page that waits hears of a cancellation at once, though the one who cancelled is gone."""
    session = await here.create()
    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))
    bells = here.daemon.services.store.bells
    while not len(bells):
        await a_moment()
    _, writer = await asyncio.open_connection("127.0.0.1", here.daemon.port)
    writer.write(f"DELETE /api/v1/auth/session/{session['session_id']} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await writer.drain()
    writer.transport.abort()
    async with asyncio.timeout(8):  # a poll takes ten seconds
        assert (await waiting)["status"] in {"cancelled", "pending"}


async def test_links_follow_a_bot_that_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Faults 4.1: the name is its owner's and may be a stranger's next; the operator reads of it in the log."""
    monkeypatch.setattr(supervise, "_NAME_SECONDS", 0.01)
    async with town(tmp_path) as here:
        await here.daemon.keepers.reached()
        telegram = here.telegram.telegram
        telegram.rename(telegram.bot(BOT), "renamed_bot")
        async with patience():
            while "renamed_bot" not in str((await here.create())["links"]):
                await a_moment()
    assert "the bot was renamed; links lead to its new name" in caplog.messages


async def test_a_first_start_is_ready_when_logins_lead_somewhere(tmp_path: Path) -> None:
    """Faults 4.2: ready is not told before a bot is known, so the first login that is asked for has its link."""
    async with town(tmp_path) as here:
        await here.daemon.keepers.known(asyncio.Event(), within=PATIENCE)
        assert BOT in (await here.create())["links"]["telegram"]


async def test_the_next_key_is_published_soon_after_the_start(here: Town) -> None:
    """T25: a daemon that is restarted every hour rotates too."""
    jobs = {job.name: job for job in here.daemon.schedule.get_jobs()}
    now = here.daemon.services.clock.now()
    assert (jobs["keep keys"].next_run_time - now).total_seconds() < 15


async def test_more_than_can_be_held_waits_at_the_messenger(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody can be answered only so many updates are taken; afterwards everybody gets their answer."""
    monkeypatch.setattr(listening, "UNFINISHED_LIMIT", 3)
    monkeypatch.setattr(listening, "_ROOM_SECONDS", 0.05)
    await here.daemon.keepers.reached()
    here.telegram.add_fault(Fault("status", status=502), method="sendMessage", count=None)
    crowd = [here.visitor(first_name=f"Person {number}") for number in range(12)]
    for person in crowd[:3]:
        here.telegram.open_link(person, f"https://t.me/{BOT}")
    async with patience():
        while len(await here.daemon.services.inbox.left_over(BotName("tg"))) < 3:
            await a_moment()
    for person in crowd[3:]:
        here.telegram.open_link(person, f"https://t.me/{BOT}")
    async with patience():
        while here.daemon.keepers.states()["tg"]["up"]:
            await a_moment()
    assert len(await here.daemon.services.inbox.left_over(BotName("tg"))) == 3
    here.telegram.clear_faults()
    for person in crowd:
        hello = await here.telegram.wait_for_message(person, BOT, within=PATIENCE)
        assert "I confirm logins" in hello.text


async def test_everything_left_over_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pages of unanswered updates a run leaves behind, the next one answers all."""
    monkeypatch.setattr(inbox, "PAGE", 2)
    async with emulated_telegram() as (telegram, url):
        settings = town_settings(tmp_path, url)
        crowd = [telegram.add_person(first_name=f"Person {number}") for number in range(7)]
        rule = telegram.add_fault(Fault("hang"), method="sendMessage", count=None)
        async with running(settings, SystemClock(), SystemEntropy()):
            for person in crowd:
                telegram.open_link(person, f"https://t.me/{BOT}")
            assert await telegram.wait_for_fault(rule, times=len(crowd))
        telegram.clear_faults()
        async with running(settings, SystemClock(), SystemEntropy()):
            for person in crowd:
                assert "I confirm logins" in (await telegram.wait_for_message(person, BOT)).text


async def test_a_stop_is_heard_behind_a_full_line(here: Town) -> None:
    """Twenty texts wait for a messenger that answers nobody: what ends a consent is not passed over."""
    anna = here.visitor()
    await here.log_in(anna)
    busy = Fault("status", status=429, description="Too Many Requests", retry_after=1)
    here.telegram.add_fault(busy, method="sendMessage", count=1)
    for number in range(listening.LINE_LIMIT + 5):
        here.telegram.send_text(anna, BOT, f"text {number}")
    here.telegram.send_text(anna, BOT, "/stop")
    said = await here.telegram.wait_for_message(anna, BOT)
    while "no website will write" not in said.text:
        said = await here.telegram.wait_for_message(anna, BOT, after=said.id)
