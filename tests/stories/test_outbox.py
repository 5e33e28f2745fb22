"""What apps write to people: by the right messenger, in bad weather, never lost."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.ids import MessageId
from core.model.sending.errors import InvalidRecipient, MessageEmpty, MessageTooLong, RecipientNotFound
from core.model.sending.outbox_message import ARRIVED, MessageState, Outcome
from core.sending.outbox import LIFETIME, OUTBOX
from core.sending.submission import DeliveryStatus, PhoneRecipient
from emulator.faults import Fault
from emulator.people import Person
from tests.stories.handsets import BOTS, Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town
from tests.waiting import a_moment, patience

MESSENGERS = ("telegram", "max", "whatsapp")
PHONE = "+79991234567"


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with all three messengers."""
    async with town(tmp_path, clock, messengers=MESSENGERS) as built:
        await built.daemon.keepers.reached()
        yield built


async def log_in(here: Town, person: Person, *messengers: str) -> None:
    """Log a person in by each of the messengers."""
    for messenger in messengers:
        handset = here.handset(messenger)
        session = await here.create()
        await handset.ask(person, session["links"][messenger])
        await handset.tap(person, str(session["match_number"]))
        await here.poll(session)


async def send(here: Town, text: str = "Your order is ready.", ttl: timedelta = LIFETIME) -> MessageId:
    """Write to the person with the phone."""
    return await here.daemon.services.submission.to_phone(here.app.app_id, PhoneRecipient(PHONE), text, ttl)


async def settled(here: Town, message_id: MessageId, within: float = 10) -> DeliveryStatus:
    """Return what became of a message."""
    message = await here.daemon.services.submission.wait(message_id, within)
    assert message.next_at is None, message
    return await here.daemon.services.submission.find(here.app.app_id, message_id)


async def test_a_message_reaches_who_logged_in(here: Town, handset: Handset) -> None:
    """By phone number, in whatever messenger they used, as it was written."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, handset.messenger)
    before = handset.chat(anna).last_from_bot
    told = await settled(here, await send(here, "Order *17* is <ready> & waiting_"))
    assert told.message.state in ARRIVED  # WhatsApp tells by and by how far it came
    said = await handset.next_message(anna, before)
    assert said.text.replace("\u2060", "") == "Order *17* is <ready> & waiting_"


async def test_the_app_s_order_decides(here: Town) -> None:
    """Who has all three messengers hears by the first of the app's."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "whatsapp", "max", "telegram")
    told = await settled(here, await send(here))
    assert told.message.bot == "tg"


async def test_who_blocked_the_bot_is_reached_by_the_next(here: Town) -> None:
    """A permanent refusal tries the next messenger, at once; the log knows both attempts."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram", "max")
    fault = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
    here.telegram.add_fault(fault, messenger="telegram", method="sendMessage", count=1)
    told = await settled(here, await send(here))
    assert told.message.state is MessageState.SENT
    outcomes = [(attempt.bot, attempt.outcome) for attempt, _ in told.attempts]
    assert outcomes == [("tg", Outcome.UNREACHABLE), ("max", Outcome.SENT)]


async def test_what_may_have_been_sent_is_not_sent_again(here: Town, handset: Handset) -> None:
    """The messenger took it and its answer got lost: unknown, not repeated, and not by another messenger either."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, handset.messenger)
    method = {"telegram": "sendMessage", "max": "POST /messages", "whatsapp": "messages"}[handset.messenger]
    lost = Fault("drop", when="after")
    rule = here.telegram.add_fault(lost, messenger=handset.messenger, method=method, count=1)
    told = await settled(here, await send(here, "once"))
    assert rule.times == 1
    assert told.message.state is MessageState.UNKNOWN
    assert [attempt.outcome for attempt, _ in told.attempts] == [Outcome.UNSURE]
    said = [message.text for message in handset.chat(anna).messages.values()]
    assert said.count("once") == 1


async def test_nobody_takes_it(here: Town) -> None:
    """Every account refused for good: failed, with the last one's reason."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    fault = Fault("status", status=403, description="Forbidden: bot was blocked by the user")
    here.telegram.add_fault(fault, messenger="telegram", method="sendMessage", count=1)
    told = await settled(here, await send(here))
    assert told.message.state is MessageState.FAILED
    assert "blocked" in (told.message.reason or "")
    with pytest.raises(RecipientNotFound):
        await send(here)


@pytest.mark.parametrize("recipient", ["79991234567", "+7", "anna", "", "+799912345678901234"])
async def test_a_recipient_that_is_no_phone(here: Town, recipient: str) -> None:
    """It must be E.164 with its plus."""
    with pytest.raises(InvalidRecipient):
        await here.daemon.services.submission.to_phone(here.app.app_id, PhoneRecipient(recipient), "text")


async def test_texts_that_cannot_be_sent(here: Town) -> None:
    """Nothing, or more than the strictest messenger takes."""
    with pytest.raises(MessageEmpty):
        await send(here, " \n ")
    with pytest.raises(MessageTooLong):
        await send(here, "x" * 4001)


async def test_who_left_or_never_came(here: Town) -> None:
    """One answer for a stranger, for who only logged in elsewhere, and for who left."""
    with pytest.raises(RecipientNotFound):
        await send(here)
    anna, handset = here.visitor(phone=PHONE), here.handset("telegram")
    await log_in(here, anna, "telegram")
    other = here.daemon.services.apps.draft("other", "Other")
    await here.daemon.services.apps.create(other)
    with pytest.raises(RecipientNotFound):
        await here.daemon.services.submission.to_phone(other.app_id, PhoneRecipient(PHONE), "text")
    await handset.say(anna, "/stop")
    with pytest.raises(RecipientNotFound):
        await send(here)


async def test_too_many_pauses_the_lane_as_long_as_asked(here: Town, clock: MovedClock) -> None:
    """After a 429 with an hour to wait nothing is sent for an hour, and everything afterwards; MAX goes on."""
    anna, boris = here.visitor(phone=PHONE), here.visitor(phone="+79990000001")
    await log_in(here, anna, "telegram")
    await log_in(here, boris, "max")
    busy = Fault("status", status=429, description="Too Many Requests", retry_after=3600)
    rule = here.telegram.add_fault(busy, messenger="telegram", method="sendMessage", count=1)
    first = await send(here, "first")
    await until_tried(here, first)
    second = await send(here, "second")
    other = await here.daemon.services.submission.to_phone(here.app.app_id, PhoneRecipient("+79990000001"), "by MAX")
    assert (await settled(here, other)).message.state is MessageState.SENT
    clock.ahead += timedelta(minutes=59)
    here.daemon.services.store.bells.ring(OUTBOX)
    assert (await here.daemon.services.submission.find(here.app.app_id, second)).message.attempts == 0
    clock.ahead += timedelta(minutes=1, seconds=1)
    for message_id in (first, second):
        assert (await settled(here, message_id)).message.state is MessageState.SENT
    assert rule.times == 1


async def until_tried(here: Town, message_id: MessageId) -> None:
    """Wait until an attempt has ended."""
    async with patience():
        while not (told := await here.daemon.services.submission.find(here.app.app_id, message_id)).attempts or (
            told.attempts[-1][0].outcome is None
        ):
            await a_moment()


async def test_a_platform_that_is_down_for_a_day(here: Town, clock: MovedClock) -> None:
    """Messages wait and go out when it is back; the stale ones do not."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    here.telegram.outage(502)
    stale, lasting = await send(here, "a code"), await send(here, "an order", ttl=timedelta(days=3))
    await until_tried(here, stale)
    clock.ahead += timedelta(days=1, minutes=1)
    here.telegram.outage(None)
    assert (await settled(here, stale, 15)).message.state is MessageState.EXPIRED
    assert (await settled(here, lasting, 15)).message.state is MessageState.SENT
    chat = here.telegram.chat(anna, BOTS["telegram"])
    assert [text for text in (message.text for message in chat.messages.values()) if text == "a code"] == []


async def test_texts_are_erased_and_the_log_stays(here: Town, clock: MovedClock) -> None:
    """After thirty days nobody can read what was written; who, when and what came of it is there for a year."""
    anna = here.visitor(phone=PHONE)
    await log_in(here, anna, "telegram")
    told = await settled(here, await send(here))
    clock.ahead += timedelta(days=31)
    await here.daemon.services.sweep.sweep()
    kept = (await here.daemon.services.submission.find(here.app.app_id, told.message.message_id)).message
    assert (kept.content, kept.state) == (b"", MessageState.SENT)
    clock.ahead += timedelta(days=335)
    await here.daemon.services.sweep.sweep()
    assert await here.daemon.services.store.read(lambda unit: unit.outbox.by_id(kept.message_id)) is None


async def test_receipts_show_how_far_it_came(here: Town) -> None:
    """Where a messenger tells: delivered, then read."""
    anna, handset = here.visitor(phone=PHONE), here.handset("whatsapp")
    await log_in(here, anna, "whatsapp")
    told = await settled(here, await send(here))
    await until(here, told.message.message_id, MessageState.DELIVERED, MessageState.READ)
    handset.app.read(anna, handset.bot)
    await until(here, told.message.message_id, MessageState.READ)


async def until(here: Town, message_id: MessageId, *states: MessageState) -> None:
    """Wait until a message has come so far."""
    async with patience():
        while (await here.daemon.services.submission.find(here.app.app_id, message_id)).message.state not in states:
            await a_moment()
