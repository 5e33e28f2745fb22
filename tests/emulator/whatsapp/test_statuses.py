"""What becomes of a message after it was accepted: sent, delivered, read or failed, and what it costs."""

import asyncio

from emulator import Emulator, Fault
from emulator.people import Person
from tests.emulator.whatsapp.conftest import YES_NO, Business, Callback, text


async def test_statuses_follow_a_message(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """A message is sent, delivered, and read when the person acts; one status tells its price."""
    await subscribed.message()
    wamid = await business.sent(talking, **text(), biz_opaque_callback_data="session 1")
    user_id = emulator.whatsapp.bsuid(talking, business.number)
    value = await subscribed.value()
    assert value["contacts"][0]["user_id"] == user_id
    assert value["statuses"] == [
        {
            "id": wamid,
            "status": "sent",
            "timestamp": "1790000000",
            "recipient_id": "79991234567",
            "recipient_user_id": user_id,
            "biz_opaque_callback_data": "session 1",
            "pricing": {
                "billable": False,
                "pricing_model": "PMP",
                "type": "free_customer_service",
                "category": "service",
            },
        }
    ]
    delivered = await subscribed.status()
    assert (delivered["status"], "pricing" in delivered) == ("delivered", False)
    emulator.whatsapp.read(talking, business.number)
    assert (await subscribed.status())["status"] == "read"
    emulator.whatsapp.identity(talking).has_receipts = False
    await business.sent(talking, **text())
    emulator.whatsapp.send_text(talking, business.number, "Thanks")
    assert [(await subscribed.status())["status"] for _ in range(2)] == ["sent", "delivered"]
    assert (await subscribed.message())["text"]["body"] == "Thanks"


async def test_after_a_thousand_free_messages_each_costs(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """The price of the thousand-and-first service message of a month is the regular one."""
    await business.sent(talking, **text())
    business.number.delivered_in_month = 1000
    await business.sent(talking, **text())
    prices = [
        status["pricing"]["type"] for status in [await subscribed.status() for _ in range(4)] if "pricing" in status
    ]
    assert prices == ["free_customer_service", "regular"]
    emulator.advance(20 * 24 * 3600)
    emulator.whatsapp.send_text(talking, business.number, "Hello")
    await business.sent(talking, **text())
    while "pricing" not in (status := await subscribed.status()):
        continue
    assert status["pricing"]["type"] == "free_customer_service"


async def test_failures_come_as_statuses(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """A blocked number's message is accepted and fails with 131026, and so do others with any code on request."""
    emulator.whatsapp.block(talking, business.number)
    emulator.whatsapp.fail_next(business.number, 131047, 131042)
    user_id = emulator.whatsapp.bsuid(talking, business.number)
    for code in (131047, 131042, 131026):
        wamid = await business.sent(talking, **text())
        value = await subscribed.value()
        while "statuses" not in value:
            value = await subscribed.value()
        (status,) = value["statuses"]
        assert "contacts" not in value
        assert "recipient_user_id" not in status
        assert (status["id"], status["status"], status["recipient_id"]) == (wamid, "failed", "79991234567")
        (error,) = status["errors"]
        assert (error["code"], set(error)) == (code, {"code", "title", "message", "error_data", "href"})
    await business.messages(recipient=user_id, **text())
    assert (await subscribed.status())["recipient_user_id"] == user_id
    assert emulator.whatsapp.chat(talking, business.number).last_from_bot == 0


async def test_a_status_can_overtake_its_answer(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """With a delay after the call, statuses and even a tap come before the answer to the message."""
    rule = emulator.add_fault(Fault("delay", when="after", seconds=60), messenger="whatsapp", method="messages")
    sending = asyncio.create_task(business.sent(talking, **YES_NO))
    assert await emulator.wait_for_fault(rule)
    tap = emulator.whatsapp.tap(talking, business.number, "Yes")
    assert (await subscribed.status())["id"] == tap.message_id
    while "interactive" not in (message := await subscribed.message()):
        continue
    assert message["context"]["id"] == tap.message_id
    assert not sending.done()
    emulator.advance(60)
    assert await sending == tap.message_id
