"""Faults and outages as a MAX bot meets them, and the log of its calls."""

import asyncio

import aiohttp
import pytest

from emulator import Emulator, Fault
from emulator.max.app import MaxApp
from emulator.people import Person
from tests.emulator.max.conftest import TOKEN, MaxCaller


async def test_a_status_strikes_the_calls_it_names(emulator: Emulator, call: MaxCaller) -> None:
    """A status fault is worded as MAX words it, for this method only, and Retry-After comes only when asked for."""
    emulator.add_fault(Fault("status", status=429, description="Limit is: 10 calls per second"), method="get /me")
    emulator.add_fault(Fault("status"), messenger="telegram")
    assert await call.result("GET /subscriptions")
    assert await call.refusal("GET /me") == (429, "too.many.requests", "Limit is: 10 calls per second")
    emulator.add_fault(Fault("status", status=503, description="Down", retry_after=7), messenger="max")
    async with call.session.get(f"{call.base_url}/me", headers={"Authorization": TOKEN}) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "7")
        assert await response.json() == {"code": "internal.error", "message": "Down"}
    assert (await call.result("GET /me"))["is_bot"] is True


async def test_a_body_is_sent_as_it_is(emulator: Emulator, call: MaxCaller) -> None:
    """A status fault may carry any body, JSON or not, and garbage is a page of HTML with any status."""
    emulator.add_fault(Fault("status", status=200, body='{"success": false, "message": "No"}'))
    assert await call.call("GET /me") == (200, {"success": False, "message": "No"})
    emulator.add_fault(Fault("garbage", status=502))
    async with call.session.get(f"{call.base_url}/me", headers={"Authorization": TOKEN}) as response:
        assert (response.status, response.content_type) == (502, "text/html")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_can_be_lost(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person, when: str
) -> None:
    """A dropped connection leaves the message unsent or sent, as the fault says."""
    emulator.add_fault(Fault("drop", when="after" if when == "after" else "before"), method="POST /messages")
    with pytest.raises(aiohttp.ClientConnectionError):
        await call.send("Hi")
    assert (app.chat(known, "id123_bot").last_from_bot > 0) is (when == "after")
    assert [logged.status for logged in emulator.calls(method="POST /messages")] == [None]


async def test_a_delay_passes_with_the_clock(emulator: Emulator, call: MaxCaller) -> None:
    """A delayed call is answered once the clock has moved on."""
    rule = emulator.add_fault(Fault("delay", seconds=3600))
    delayed = asyncio.create_task(call.result("GET /me"))
    assert await emulator.wait_for_fault(rule)
    emulator.advance(3600)
    assert (await delayed)["is_bot"] is True


async def test_a_hanging_call_is_never_answered(emulator: Emulator, call: MaxCaller, app: MaxApp) -> None:
    """A hanging call gets no answer; clearing the faults closes its connection."""
    rule = emulator.add_fault(Fault("hang"))
    hanging = asyncio.create_task(call.send("Hi"))
    assert await emulator.wait_for_fault(rule)
    emulator.clear_faults()
    with pytest.raises(aiohttp.ClientConnectionError):
        await hanging
    assert app.bots()[0].last_number == 0


async def test_an_outage_refuses_everything(emulator: Emulator, call: MaxCaller) -> None:
    """In an outage every call gets the status, until it ends."""
    for status, words in ((503, "Service Unavailable"), (599, "Unknown Error")):
        emulator.outage(status)
        assert await call.refusal("GET /me") == (status, "internal.error", words)
    emulator.outage(None)
    assert (await call.result("GET /me"))["is_bot"] is True


async def test_calls_are_logged(emulator: Emulator, call: MaxCaller, known: Person) -> None:
    """The log shows query, body and answer of every call, and never the token."""
    sent = await call.send(f"Hi {known.first_name}")
    await call.result(f"GET /messages/{sent['body']['mid']}")
    posted, shown = emulator.calls(messenger="max", bot="id123_bot")
    assert posted.to_json()["parameters"] == {"query": {"user_id": str(call.user)}, "body": {"text": "Hi Anna"}}
    assert (posted.method, posted.status, posted.answer) == ("POST /messages", 200, {"message": sent})
    assert shown.method == "GET /messages/{mid}"
    assert shown.parameters["path"] == {"mid": sent["body"]["mid"]}
    assert TOKEN not in str([logged.to_json() for logged in emulator.calls()])
