"""Every kind of fault, as a business meets it at the Cloud API."""

import asyncio

import aiohttp
import pytest

from emulator import Emulator, Fault
from emulator.people import Person
from tests.emulator.whatsapp.conftest import Business, text


async def test_a_status_strikes_the_calls_it_names(emulator: Emulator, business: Business, talking: Person) -> None:
    """A status fault strikes one method of one number; its description may name Meta's code, else the status does."""
    fault = Fault("status", status=429, description="(#131056) Pair rate limit hit", retry_after=7)
    emulator.add_fault(fault, messenger="whatsapp", method="messages", bot=business.number.digits)
    emulator.add_fault(Fault("status", status=500), messenger="whatsapp", method="number")
    emulator.add_fault(Fault("status", status=429), messenger="telegram", method="messages")
    to = f"+{talking.phone}"
    assert await business.refusal(to=to, **text()) == (429, 131056)
    status, answer = await business.call("GET", business.number.phone_number_id)
    assert (status, answer["error"]["code"]) == (500, 131000)
    await business.sent(talking, **text())
    calls = emulator.calls(messenger="whatsapp", bot="79990000001", method="messages")
    assert [call.status for call in calls] == [429, 200]
    assert calls[1].parameters["text"] == {"body": "Hi"}


async def test_a_page_instead_of_json(emulator: Emulator, business: Business) -> None:
    """A status fault may carry any body, and garbage is a page of HTML."""
    emulator.add_fault(Fault("status", status=404, body="<h1>proxy</h1>"))
    emulator.add_fault(Fault("garbage", status=502))
    headers = {"Authorization": f"Bearer {business.number.token}"}
    for status, beginning in ((404, "<h1>proxy</h1>"), (502, "<!DOCTYPE html>")):
        url = f"{business.base_url}/v26.0/{business.number.phone_number_id}"
        async with business.session.get(url, headers=headers) as response:
            assert (response.status, response.content_type) == (status, "text/html")
            assert (await response.text()).startswith(beginning)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_can_be_lost(emulator: Emulator, business: Business, talking: Person, when: str) -> None:
    """A dropped connection leaves the message unsent or sent, as the fault says; the log shows no answer."""
    emulator.add_fault(Fault("drop", when="after" if when == "after" else "before"), messenger="whatsapp")
    with pytest.raises(aiohttp.ClientConnectionError):
        await business.sent(talking, **text())
    assert (emulator.whatsapp.chat(talking, business.number).last_from_bot > 0) is (when == "after")
    assert [call.status for call in emulator.calls(messenger="whatsapp")] == [None]


async def test_delays_and_hanging_calls(emulator: Emulator, business: Business, talking: Person) -> None:
    """A delayed call is answered once the clock has moved on, a hanging one never."""
    rule = emulator.add_fault(Fault("delay", seconds=3600), messenger="whatsapp")
    call = asyncio.create_task(business.sent(talking, **text()))
    assert await emulator.wait_for_fault(rule)
    emulator.advance(3600)
    assert await call
    rule = emulator.add_fault(Fault("hang"), messenger="whatsapp")
    call = asyncio.create_task(business.sent(talking, **text()))
    assert await emulator.wait_for_fault(rule)
    emulator.clear_faults()
    with pytest.raises(aiohttp.ClientConnectionError):
        await call


async def test_an_outage_refuses_everything(emulator: Emulator, business: Business) -> None:
    """In an outage every call gets the status, until it ends."""
    emulator.outage(503)
    status, answer = await business.call("GET", business.number.phone_number_id)
    assert (status, answer["error"]["code"]) == (503, 131016)
    emulator.outage(None)
    assert (await business.call("GET", business.number.phone_number_id))[0] == 200
