"""WhatsApp in bad weather: late and huge batches, statuses out of order, no money, no token, and ``kill -9``."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bots.whatsapp.incoming import name_of
from core.entropy import SystemEntropy
from core.model.ids import BotName
from core.model.messages.receipt import Receipt, Stage
from core.seal import Seal
from daemon.master_key import load_master_key
from daemon.webhooks import hook_address, verify_token
from emulator import Fault
from emulator.whatsapp.webhook import signature_of
from tests.stories.handsets import APP_SECRET, BOTS, PHONE_NUMBER_ID, TOKENS, Handset
from tests.stories.process import DaemonProcess, create_app, daemon_process
from tests.stories.test_whatsapp import envelope, opened, post, sent, whatsapp
from tests.stories.town import Town, emulated_telegram, town
from tests.waiting import PATIENCE, a_moment, patience

Json = dict[str, Any]

BOT = BOTS["whatsapp"]
NAME = BotName("wa")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town with Telegram and WhatsApp."""
    async with town(tmp_path, messengers=("telegram", "whatsapp")) as built:
        yield built


@pytest.fixture
def handset(here: Town) -> Handset:
    """Return WhatsApp as people have it on their phones."""
    return here.handset("whatsapp")


async def until_worked_on(here: Town) -> None:
    """Wait until everything that WhatsApp posted was worked on."""
    async with patience():
        while await here.daemon.services.inbox.left_over(NAME):
            await a_moment()


async def until_down(here: Town) -> str:
    """Wait until the bot is down, and return why."""
    async with patience():
        while (await health(here))["bots"]["wa"]["up"]:
            await a_moment()
    return str((await health(here))["bots"]["wa"]["why"])


async def health(here: Town) -> Json:
    """Ask how the daemon is."""
    async with here.browser.get(f"{here.url}/health") as answer:
        told: Json = await answer.json()
        return told


async def test_what_comes_hours_late_is_not_answered(here: Town, handset: Handset) -> None:
    """Meta repeats for seven days what it could not bring: no answer, and no login."""
    anna = here.visitor()
    await handset.ask(anna, (await here.create())["links"]["whatsapp"])
    session = await here.create()
    for text in (session["code"], "help", "no"):
        value = whatsapp(here).text_value(anna, BOT, text, timestamp_offset=-7 * 3600.0)
        assert await post(here, envelope(value)) == 200
    await until_worked_on(here)
    assert len(sent(here)) == 1
    assert not await opened(here, session)


async def receipt_of(here: Town, wamid: str) -> Receipt | None:
    """Return what is known of one of our messages, once everything was worked on."""
    await until_worked_on(here)
    return await here.daemon.services.store.read(lambda unit: unit.receipts.by_message(NAME, name_of(wamid)))


def status_value(here: Town, wamid: str, status: str, at: int) -> Json:
    """Return a status of one of our messages."""
    value = whatsapp(here).text_value(here.visitor(), BOT, "x")
    told: Json = {"id": wamid, "status": status, "timestamp": str(1763700000 + at), "recipient_id": "16505551234"}
    if status == "failed":
        told["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
    return {"messaging_product": "whatsapp", "metadata": value["metadata"], "statuses": [told]}


@pytest.mark.parametrize(
    ("order", "stage"),
    [
        (("sent", "delivered", "read"), Stage.READ),
        (("read", "delivered", "sent"), Stage.READ),
        (("delivered", "sent"), Stage.DELIVERED),
        (("failed", "sent"), Stage.FAILED),
        (("read", "read", "sent", "read"), Stage.READ),
    ],
)
@pytest.mark.parametrize("is_batch", [True, False], ids=["together", "apart"])
async def test_statuses_only_go_forward(
    here: Town,
    order: tuple[str, ...],
    stage: Stage,
    is_batch: bool,  # noqa: FBT001 - pytest fills it in
) -> None:
    """In whatever order they come, in one body or in several; no message need be known for it."""
    values = [status_value(here, "wamid.ours", name, at) for at, name in enumerate(order)]
    for body in [envelope(*values)] if is_batch else [envelope(value) for value in values]:
        assert await post(here, body) == 200
    known = await receipt_of(here, "wamid.ours")
    assert known is not None
    assert known.stage is stage
    assert (await health(here))["status"] == "ok"


async def test_our_messages_leave_receipts(here: Town, handset: Handset) -> None:
    """Sent, delivered, and read by who answers."""
    anna = here.visitor()
    session = await here.create()
    question = await handset.ask(anna, session["links"]["whatsapp"])
    await handset.tap(anna, str(session["match_number"]))
    async with patience():
        while (known := await receipt_of(here, question.id)) is None or known.stage is not Stage.READ:
            await a_moment()


@pytest.mark.parametrize("how", ["a failed status", "a revoked token", "a refused call"])
async def test_trouble_that_only_the_operator_can_mend_is_told(
    here: Town, handset: Handset, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No money or no token: an error in the log, down in health and metrics; Telegram goes on."""
    anna = here.visitor()
    session = await here.create()
    await handset.open(anna, (await here.create())["links"]["whatsapp"])
    match how:
        case "a failed status":
            handset.app.fail_next(BOT, 131042)
        case "a revoked token":
            handset.app.revoke(BOT)
        case _:
            fault = Fault("status", status=403, body='{"error": {"code": 131031, "message": "Account locked"}}')
            here.telegram.add_fault(fault, method="messages")
    handset.app.send_text(anna, BOT, session["code"])
    why = await until_down(here)
    assert {"a failed status": "131042", "a revoked token": "190", "a refused call": "131031"}[how] in why
    assert TOKENS["whatsapp"] not in why
    assert (await health(here))["status"] == "degraded"
    async with here.browser.get(f"{here.url}/metrics") as answer:
        metrics = await answer.text()
    assert 'gatepost_bot_up{bot="wa",messenger="whatsapp"} 0.0' in metrics
    assert 'gatepost_bot_up{bot="tg",messenger="telegram"} 1.0' in metrics
    (record,) = [record for record in caplog.records if record.getMessage() == "bot is down"]
    assert record.levelno == logging.ERROR
    assert "token" in await here.poll(await here.log_in(anna))


async def test_a_huge_batch_is_taken_at_once_and_worked_on(here: Town, handset: Handset) -> None:
    """A thousand updates, well over a megabyte: answered before Meta grows impatient, and no code in it is lost."""
    people = [here.visitor(first_name=f"Anna {number}") for number in range(150)]
    sessions = [await here.create() for _ in people]
    handset.app.hold()
    for person in people:
        handset.app.send_text(person, BOT, "hello")
    handset.app.release()
    values = [
        handset.app.text_value(person, BOT, f"{session['code']} {'x' * 1500}")
        for person, session in zip(people, sessions, strict=True)
    ]
    for number in range(850):
        value = handset.app.text_value(people[0], BOT, "hello " * 250)
        value["contacts"][0] |= {"wa_id": f"7998{number:07}", "user_id": f"RU.{number}"}
        value["messages"][0] |= {"from": f"7998{number:07}", "from_user_id": f"RU.{number}"}
        values.insert(number, value)
    body = envelope(*values)
    assert 1024 * 1024 < len(body) < 3_000_000
    assert await post(here, body) == 200
    assert await here.daemon.services.inbox.left_over(NAME), "answered when all was worked on, not when it was kept"
    for person in people:
        question = await handset.app.wait_for_message(person, BOT, within=PATIENCE)
        assert question.inline_keyboard
    for session in sessions:
        assert await opened(here, session)
    assert len(sent(here)) == len(people)


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[tuple[Handset, DaemonProcess, aiohttp.ClientSession]]:
    """Return WhatsApp, a daemon in a process of its own that may be killed, and a browser."""
    async with (
        emulated_telegram() as (emulator, url),
        daemon_process(tmp_path, url) as daemon,
        aiohttp.ClientSession() as browser,
    ):
        daemon.config.write_text(f"""{daemon.config.read_text()}
[[bots]]
name = "wa"
messenger = "whatsapp"
token = "{TOKENS["whatsapp"]}"
app_secret = "{APP_SECRET}"
phone_number_id = "{PHONE_NUMBER_ID}"
api_base = "{url}"
""")
        await daemon.start()
        seal = Seal(load_master_key(tmp_path / "gatepost.key", SystemEntropy()), SystemEntropy())
        await emulator.whatsapp.subscribe(BOT, hook_address(daemon.url, seal, NAME), verify_token(seal, NAME))
        yield Handset("whatsapp", emulator), daemon, browser


async def test_killed_after_the_acknowledgement_nothing_is_lost(
    process: tuple[Handset, DaemonProcess, aiohttp.ClientSession],
) -> None:
    """``kill -9`` between the webhook's 200 and the answers: after the start everybody is asked, once."""
    handset, daemon, browser = process
    app = await create_app(daemon)
    people = [handset.emulator.add_person() for _ in range(20)]
    values = []
    for person in people:
        async with browser.post(f"{daemon.url}/api/v1/auth/session", json={"app_id": app["app_id"]}) as answer:
            code = (await answer.json())["code"]
        handset.app.send_text(person, BOT, "hello")
        values.append(handset.app.text_value(person, BOT, code))
    hanging = handset.emulator.add_fault(Fault("hang"), method="messages", count=None)
    body = envelope(*values)
    address = handset.app.number(BOT).callback_url
    headers = {"X-Hub-Signature-256": signature_of(APP_SECRET, body)}
    async with browser.post(address, data=body, headers=headers) as answer:
        assert answer.status == 200
    assert await handset.emulator.wait_for_fault(hanging)
    await daemon.kill()
    handset.emulator.clear_faults()
    await daemon.start()
    for person in people:
        question = await handset.app.wait_for_message(person, BOT, within=PATIENCE)
        assert question.inline_keyboard
    async with browser.post(address, data=body, headers=headers) as answer:
        assert answer.status == 200
    before = handset.newest(people[0]).number
    await handset.say(people[0], "help")
    assert handset.newest(people[0]).number > before
    calls = [call for call in handset.emulator.calls(messenger="whatsapp", method="messages") if call.status == 200]
    assert len(calls) == len(people) + 1
