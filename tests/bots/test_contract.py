"""What the house expects of every messenger's adapter, tried on each against its emulated platform."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

import bots
from core.model.messages.message import (
    Blocked,
    Choice,
    Heard,
    Message,
    Pressed,
    Said,
    SharedContact,
    Started,
    Unblocked,
    Update,
    UrlButton,
)
from core.model.messages.receipt import Receipt
from core.model.people.person import Sender
from core.ports.messengers import Refused, Revoked, TryLater, Unreachable
from emulator import Fault
from tests.bots.contract import Line
from tests.waiting import PATIENCE, a_moment, patience

BOTS = Path(bots.__file__).parent
QUESTION = Message(text="Log in?", choices=((Choice("Yes", "y:1"), Choice("No", "n:1")),))


class Ear:
    """Keeps what the adapter hands over; ``fail`` makes the next keeping fail. Receipts are kept apart."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._heard: asyncio.Queue[Heard | None] = asyncio.Queue()
        self.keys: list[str] = []
        self.fail = 0
        self.failed = asyncio.Event()

    async def take(self, updates: Sequence[Update]) -> None:
        """Keep what was told, as the listener does."""
        if self.fail:
            self.fail -= 1
            self.failed.set()
            raise TryLater(0.01, "the store is busy")
        for update in updates:
            heard = self._line.messenger.translate(update)
            if not isinstance(heard, Receipt):
                self.keys.append(update.key)
                self._heard.put_nowait(heard)

    async def next(self) -> Heard | None:
        """Return what is heard next."""
        async with patience():
            return await self._heard.get()

    @property
    def silent(self) -> bool:
        """Tell whether nothing more was heard."""
        return self._heard.empty()


@asynccontextmanager
async def listening(line: Line) -> AsyncIterator[Ear]:
    """Connect, and listen until the block ends, coming back after trouble as the keeper does."""
    ear = Ear(line)
    line.hook.take = ear.take
    await line.messenger.connect()

    async def run() -> None:
        while True:
            with suppress(TryLater):
                await line.messenger.run(ear.take, lambda: None)

    task = asyncio.create_task(run())
    try:
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def started(line: Line, ear: Ear) -> Sender:
    """Open the bot for the first time, and return who that was."""
    line.handset.app.open_link(line.person, line.link("c0de"))
    heard = await ear.next()
    assert isinstance(heard, Started | Said)
    return heard.sender


def say(line: Line, text: str) -> None:
    """Let the person write."""
    line.handset.app.send_text(line.person, line.handset.bot, text)


async def test_a_deep_link_is_heard_once(line: Line) -> None:
    """The code arrives with who opened it, and is not heard again."""
    async with listening(line) as ear:
        line.handset.app.open_link(line.person, line.link("c0de"))
        heard = await ear.next()
        assert isinstance(heard, Started | Said)
        assert (heard.code if isinstance(heard, Started) else heard.text.rpartition(" ")[2]) == "c0de"
        assert heard.sender.first_name.startswith("Anna")
        assert heard.sender.bot == line.messenger.bot
        assert heard.sender.at is not None
        say(line, "hello")
        assert isinstance(await ear.next(), Said)
        assert ear.silent


async def test_a_link_without_a_usable_code_is_a_bare_start(line: Line) -> None:
    """A payload that the platform drops still starts a conversation."""
    if not line.too_long:
        return
    async with listening(line) as ear:
        line.handset.app.open_link(line.person, line.link(line.too_long))
        heard = await ear.next()
        assert isinstance(heard, Started)
        assert heard.code is None


async def test_a_tap_is_heard_with_its_data_and_can_be_answered(line: Line) -> None:
    """The person sees that the tap was heard and, where messages can be changed, another message in its place."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        message_id = await line.messenger.send(sender.chat, QUESTION)
        tap = line.handset.app.tap(line.person, line.handset.bot, "Yes")
        heard = await ear.next()
        assert isinstance(heard, Pressed)
        assert (heard.data, heard.message_id, heard.sender.user_id) == ("y:1", message_id, sender.user_id)
        await line.messenger.respond(heard, "Done", Message(text="You are in."))
        answer = await line.handset.app.wait_for_answer(tap)
        assert answer in ({"text": "Done"}, {"read": True}) or answer["text"] == "Done"
        shown = line.handset.newest(line.person)
        assert shown.text == "You are in."
        assert not shown.inline_keyboard


async def test_a_late_answer_and_an_edit_of_nothing_new_are_no_errors(line: Line) -> None:
    """Old taps and repeated edits are normal weather."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        message_id = await line.messenger.send(sender.chat, QUESTION)
        line.handset.app.tap(line.person, line.handset.bot, "No")
        heard = await ear.next()
        assert isinstance(heard, Pressed)
        line.platform.advance(600)
        ending = Message(text="Over.")
        await line.messenger.respond(heard, "Done", ending)
        await line.messenger.respond(heard, "Done", ending)
        await line.messenger.edit(sender.chat, message_id, ending)
        await line.messenger.edit(sender.chat, "999999", ending)


async def test_the_own_contact_is_vouched_for(line: Line) -> None:
    """A contact shared by the button is the sender's own."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        await line.messenger.send(sender.chat, Message(text="Your phone?", ask_contact="Share"))
        line.handset.app.share_contact(line.person, line.handset.bot)
        heard = await ear.next()
        assert isinstance(heard, SharedContact)
        assert (heard.phone.removeprefix("+"), heard.is_own) == (line.person.phone, True)
        await line.messenger.send(sender.chat, Message(text="Thanks", contact_done=True))
        assert not getattr(line.handset.chat(line.person), "reply_keyboard", None)


async def test_links_can_be_offered(line: Line) -> None:
    """A message can carry a button that opens a page."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        button = UrlButton("Back to the shop", "https://shop.example.com/")
        await line.messenger.send(sender.chat, Message(text="Done.", url_button=button))
        shown = line.handset.newest(line.person)
        assert shown.inline_keyboard == [[{"text": button.label, "url": button.url}]]


@pytest.mark.parametrize("text", ['<b>1</b> & 2 > "1" &amp; <', "*a* _b_ ~c~ `d` [e](https://f.example)", "a\n\nb"])
async def test_texts_arrive_as_they_are(line: Line, text: str) -> None:
    """T28: nothing in a text becomes markup."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        await line.messenger.send(sender.chat, Message(text=text))
        assert line.handset.newest(line.person).text.replace("\u2060", "") == text


async def test_blocking_is_heard_and_sending_is_unreachable(line: Line) -> None:
    """A person who blocked the bot cannot be written to until they let it in again (WhatsApp tells nobody)."""
    if line.handset.messenger == "whatsapp":
        return
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.handset.app.block(line.person, line.handset.bot)
        assert isinstance(await ear.next(), Blocked)
        with pytest.raises(Unreachable):
            await line.messenger.send(sender.chat, QUESTION)
        line.handset.app.unblock(line.person, line.handset.bot)
        heard = await ear.next()
        while isinstance(heard, Blocked):
            heard = await ear.next()
        assert isinstance(heard, Unblocked | Started)
        assert await line.messenger.send(sender.chat, QUESTION)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=502),
        Fault("status", status=500),
        Fault("garbage", status=502),
        Fault("garbage", status=200),
        Fault("garbage", status=404),
        Fault("garbage", status=403),
        Fault("garbage", status=400),
        Fault("drop"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
async def test_a_platform_that_misbehaves_is_tried_later(line: Line, fault: Fault) -> None:
    """5xx, HTML for JSON and lost connections: sending says so, and listening goes on afterwards."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.add_fault(fault, method=line.sending)
        # Where messages cost money, what may have been sent is not sent again.
        with pytest.raises(Refused if line.messenger.capabilities.is_metered and fault.kind != "status" else TryLater):
            await line.messenger.send(sender.chat, QUESTION)
        if line.repeats_after == 0:
            line.platform.add_fault(fault, method=line.receiving)
        say(line, "still there?")
        assert isinstance(await ear.next(), Said)


async def test_too_many_is_tried_later(line: Line) -> None:
    """429 carries the pause that the platform asks for, in seconds, where it asks for one."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.add_fault(
            Fault("status", status=429, description="Too Many Requests", retry_after=7), method=line.sending
        )
        with pytest.raises(TryLater) as later:
            await line.messenger.send(sender.chat, QUESTION)
        assert later.value.after == line.pauses.get("asked", later.value.after)


async def test_what_the_platform_does_not_accept_is_refused(line: Line) -> None:
    """A call that can never work is not to be repeated; a chat that is not there is unreachable."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        with pytest.raises(Refused):
            await line.messenger.send(sender.chat, Message(text=""))
        with pytest.raises(Unreachable):
            await line.messenger.send("+12025550100" if line.handset.messenger == "whatsapp" else "12345", QUESTION)


async def test_a_failing_keeper_loses_nothing(line: Line) -> None:
    """What could not be kept is told again."""
    async with listening(line) as ear:
        await started(line, ear)
        ear.fail = 1
        say(line, "keep this")
        await asyncio.wait_for(ear.failed.wait(), PATIENCE)
        while line.repeats_after and ear.silent:
            line.platform.advance(line.repeats_after)
            await a_moment()
        heard = await ear.next()
        assert isinstance(heard, Said)
        assert heard.text == "keep this"


async def test_repetitions_carry_the_same_key(line: Line) -> None:
    """An update told twice can be recognised."""
    async with listening(line) as ear:
        line.platform.add_fault(Fault("duplicate"), method=line.receiving)
        line.handset.app.open_link(line.person, line.link("twice"))
        assert await ear.next() == await ear.next()
        assert ear.keys[-1] == ear.keys[-2]


async def test_unknown_updates_mean_nothing(line: Line) -> None:
    """Kinds of updates that we do not know, or that are not for us, are passed over."""
    for body in line.meaningless:
        assert line.messenger.translate(Update(line.messenger.bot, "1", body)) is None


async def test_a_broken_update_is_an_error_and_nothing_worse(line: Line) -> None:
    """What cannot be parsed raises, so that the listener can name it and go on."""
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError)):
        line.messenger.translate(Update(line.messenger.bot, "1", line.broken))


async def test_a_revoked_token_is_told_apart(line: Line) -> None:
    """Only the operator can help; and the token is not in the words."""
    if line.handset.messenger == "telegram":
        line.platform.add_fault(Fault("status", status=401, description="Unauthorized"), count=None)
    else:
        line.handset.app.revoke(line.handset.bot)
    with pytest.raises(Revoked) as revoked:
        await line.messenger.connect()
    assert line.secret not in str(revoked.value)


def where(task: asyncio.Task[object]) -> str:
    """Return the file whose code a task runs."""
    return str(getattr(task.get_coro(), "cr_code", None))


async def test_cancelling_leaves_nothing_behind(line: Line) -> None:
    """Nothing runs on after the listener was cancelled."""
    async with listening(line) as ear:
        await started(line, ear)
    await asyncio.sleep(0)
    assert not [task for task in asyncio.all_tasks() if str(BOTS) in where(task)]


async def test_the_token_is_in_no_log_line(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    """T38: whatever goes wrong, no log line and no error text holds the token."""
    caplog.set_level(logging.DEBUG)
    async with listening(line) as ear:
        sender = await started(line, ear)
        for fault in (Fault("garbage", status=200), Fault("status", status=401), Fault("drop"), Fault("status")):
            line.platform.add_fault(fault, method=line.sending)
            with pytest.raises((TryLater, Revoked, Refused)) as trouble:
                await line.messenger.send(sender.chat, QUESTION)
            assert line.secret not in repr(trouble.value)
    assert line.secret not in caplog.text
