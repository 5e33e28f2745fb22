"""Every kind of fault, as a bot meets it over HTTP."""

import asyncio

import aiohttp
import pytest

from emulator import Emulator, Fault
from emulator.people import Person
from emulator.telegram.model import Bot
from tests.emulator.conftest import Caller


async def test_a_status_strikes_the_calls_it_names(emulator: Emulator, caller: Caller, started: Person) -> None:
    """A status fault lets some calls through, strikes as many as it says, and only this method of this bot."""
    fault = Fault("status", status=429, description="Too Many Requests: retry after 7", retry_after=7)
    emulator.add_fault(fault, messenger="telegram", method="SendMessage", bot="gate_bot", skip=1, count=2)
    statuses = [(await caller.form("sendMessage", chat_id=started.id, text="Hi"))[0] for _ in range(4)]
    assert statuses == [200, 429, 429, 200]
    emulator.add_fault(fault, bot="other_bot")
    emulator.add_fault(fault, method="getMe")
    emulator.add_fault(fault, messenger="max")
    assert (await caller.form("sendMessage", chat_id=started.id, text="Hi"))[0] == 200
    status, answer = await caller.form("getMe")
    assert (status, answer["parameters"]) == (429, {"retry_after": 7})


async def test_a_body_is_sent_as_it_is(session: aiohttp.ClientSession, emulator: Emulator, caller: Caller) -> None:
    """A status fault may carry any body, and garbage is a page of HTML with any status."""
    emulator.add_fault(Fault("status", status=404, body="<h1>proxy</h1>"))
    emulator.add_fault(Fault("garbage", status=200))
    for status, beginning in ((404, "<h1>proxy</h1>"), (200, "<html>")):
        async with session.get(f"{caller.base_url}/bot{caller.token}/getMe") as response:
            assert response.status == status
            assert response.content_type == "text/html"
            assert (await response.text()).startswith(beginning)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_can_be_lost(emulator: Emulator, caller: Caller, started: Person, bot: Bot, when: str) -> None:
    """A dropped connection leaves the message unsent or sent, as the fault says; the log shows no answer."""
    emulator.add_fault(Fault("drop", when="after" if when == "after" else "before"))
    with pytest.raises(aiohttp.ClientConnectionError):
        await caller.form("sendMessage", chat_id=started.id, text="Hi")
    assert (emulator.chat(started, bot).last_from_bot > 0) is (when == "after")
    assert [call.status for call in emulator.calls(method="sendMessage")] == [None]


async def test_a_delay_passes_with_the_clock(emulator: Emulator, caller: Caller) -> None:
    """A delayed call is answered once the clock has moved on."""
    rule = emulator.add_fault(Fault("delay", seconds=3600))
    call = asyncio.create_task(caller.result("getMe"))
    assert await emulator.wait_for_fault(rule)
    assert (await caller.result("getMe"))["id"]
    assert not call.done()
    emulator.advance(3600)
    assert (await call)["id"]


async def test_a_hanging_call_is_never_answered(emulator: Emulator, caller: Caller) -> None:
    """A hanging call gets no answer; clearing the faults closes its connection."""
    rule = emulator.add_fault(Fault("hang"))
    call = asyncio.create_task(caller.form("getMe"))
    assert await emulator.wait_for_fault(rule)
    assert not call.done()
    emulator.clear_faults()
    with pytest.raises(aiohttp.ClientConnectionError):
        await call


async def test_updates_come_twice_or_out_of_order(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot
) -> None:
    """With duplicate each update of an answer comes twice, with out_of_order the newest first, unless empty."""
    emulator.add_fault(Fault("out_of_order"), method="getUpdates")
    emulator.add_fault(Fault("duplicate"), method="getUpdates")
    assert await caller.result("getUpdates") == []
    for text in ("one", "two"):
        emulator.send_text(started, bot, text)
    texts = [update["message"]["text"] for update in await caller.result("getUpdates")]
    assert texts == ["two", "two", "one", "one"]
    texts = [update["message"]["text"] for update in await caller.result("getUpdates")]
    assert texts == ["one", "two"]


async def test_an_outage_refuses_everything(emulator: Emulator, caller: Caller) -> None:
    """In an outage every call gets the status, until it ends."""
    emulator.outage(503)
    assert await caller.refusal("getMe") == (503, "Service Unavailable")
    emulator.outage(599)
    assert await caller.refusal("getMe") == (599, "Unknown Error")
    emulator.outage(None)
    assert (await caller.result("getMe"))["id"]


async def test_a_fault_lasts_until_cleared(emulator: Emulator, caller: Caller) -> None:
    """A fault without a count strikes until it is lifted by its id."""
    rule = emulator.add_fault(Fault("status", status=502), count=None)
    assert [(await caller.form("getMe"))[0] for _ in range(3)] == [502] * 3
    emulator.clear_faults(rule.id)
    assert (await caller.form("getMe"))[0] == 200
