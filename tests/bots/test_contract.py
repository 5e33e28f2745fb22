"""The contract that every messenger's adapter keeps, run over real HTTP against its emulated platform."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from gatepost.core.model.message import (
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
)
from gatepost.core.ports import Refused, Revoked, TryLater, Unreachable
from gatepost.emulator import Fault
from tests.bots.contract import LINES, Line
from tests.stories.town import BOT

QUESTION = Message(text="Log in?", choices=((Choice("Yes", "y:1"), Choice("No", "n:1")),))


@pytest.fixture(params=LINES)
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    """Return each adapter in turn, with its platform."""
    async with LINES[request.param]() as connected:
        yield connected


class Ear:
    """Keeps what the adapter hands over; ``fail`` makes the next keeping fail."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._heard: asyncio.Queue[Heard | None] = asyncio.Queue()
        self.keys: list[str] = []
        self.fail = 0

    async def take(self, updates: Sequence[Update]) -> None:
        """Keep what was told, as the listener does."""
        if self.fail:
            self.fail -= 1
            raise TryLater(0.01, "the store is busy")
        for update in updates:
            self.keys.append(update.key)
            self._heard.put_nowait(self._line.messenger.translate(update))

    async def next(self) -> Heard | None:
        """Return what is heard next."""
        async with asyncio.timeout(5):
            return await self._heard.get()

    @property
    def silent(self) -> bool:
        """Tell whether nothing more was heard."""
        return self._heard.empty()


@asynccontextmanager
async def listening(line: Line) -> AsyncIterator[Ear]:
    """Connect, and listen until the block ends, coming back after trouble as the keeper does."""
    ear = Ear(line)

    async def run() -> None:
        while True:
            with suppress(TryLater):
                await line.messenger.connect()
                await line.messenger.run(ear.take, lambda: None)

    task = asyncio.create_task(run())
    try:
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def started(line: Line, ear: Ear) -> Started:
    """Open the bot for the first time."""
    line.platform.open_link(line.person, line.link("c0de"))
    heard = await ear.next()
    assert isinstance(heard, Started)
    return heard


async def test_a_deep_link_is_heard_once(line: Line) -> None:
    """The code arrives with who opened it, and is not heard again."""
    async with listening(line) as ear:
        heard = await started(line, ear)
        assert heard.code == "c0de"
        assert heard.sender.user_id == str(line.person.id)
        assert heard.sender.first_name == "Anna"
        line.platform.send_text(line.person, BOT, "hello")
        assert isinstance(await ear.next(), Said)
        assert ear.silent


async def test_a_link_without_a_usable_code_is_a_bare_start(line: Line) -> None:
    """A payload that the platform drops still starts a conversation."""
    async with listening(line) as ear:
        line.platform.open_link(line.person, line.link("a" * 65))
        assert (await ear.next()) == Started((await started(line, ear)).sender, None)


async def test_a_tap_is_heard_with_its_data_and_can_be_answered(line: Line) -> None:
    """The person sees the note, and the message in place of the question."""
    async with listening(line) as ear:
        sender = (await started(line, ear)).sender
        message_id = await line.messenger.send(sender.chat, QUESTION)
        tap = line.platform.tap(line.person, BOT, "Yes")
        heard = await ear.next()
        assert isinstance(heard, Pressed)
        assert (heard.data, heard.message_id) == ("y:1", message_id)
        await line.messenger.respond(heard, "Done", Message(text="You are in."))
        answer = await line.platform.wait_for_answer(tap)
        assert answer is not None
        assert answer["text"] == "Done"
        shown = line.platform.chat(line.person, BOT).messages[int(message_id)]
        assert shown.text == "You are in."
        assert not shown.inline_keyboard


async def test_a_late_answer_and_an_edit_of_nothing_new_are_no_errors(line: Line) -> None:
    """Old taps and repeated edits are normal weather."""
    async with listening(line) as ear:
        sender = (await started(line, ear)).sender
        message_id = await line.messenger.send(sender.chat, QUESTION)
        line.platform.tap(line.person, BOT, "No")
        heard = await ear.next()
        assert isinstance(heard, Pressed)
        line.platform.advance(600)
        ending = Message(text="Over.")
        await line.messenger.respond(heard, "Done", ending)
        await line.messenger.edit(sender.chat, message_id, ending)
        await line.messenger.edit(sender.chat, "999999", ending)


async def test_the_own_contact_is_vouched_for(line: Line) -> None:
    """A contact shared by the button is the sender's own."""
    async with listening(line) as ear:
        sender = (await started(line, ear)).sender
        await line.messenger.send(sender.chat, Message(text="Your phone?", ask_contact="Share"))
        line.platform.share_contact(line.person, BOT)
        heard = await ear.next()
        assert isinstance(heard, SharedContact)
        assert (heard.phone, heard.is_own) == (line.person.phone, True)
        await line.messenger.send(sender.chat, Message(text="Thanks", contact_done=True))
        assert line.platform.chat(line.person, BOT).reply_keyboard is None


async def test_blocking_is_heard_and_sending_is_unreachable(line: Line) -> None:
    """A person who blocked the bot cannot be written to until they let it in again."""
    async with listening(line) as ear:
        sender = (await started(line, ear)).sender
        line.platform.block(line.person, BOT)
        assert isinstance(await ear.next(), Blocked)
        with pytest.raises(Unreachable):
            await line.messenger.send(sender.chat, QUESTION)
        line.platform.unblock(line.person, BOT)
        assert isinstance(await ear.next(), Unblocked)
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
        sender = (await started(line, ear)).sender
        line.platform.add_fault(fault, method="sendMessage")
        with pytest.raises(TryLater):
            await line.messenger.send(sender.chat, QUESTION)
        line.platform.add_fault(fault, method="getUpdates")
        line.platform.send_text(line.person, BOT, "still there?")
        assert isinstance(await ear.next(), Said)


async def test_too_many_is_tried_later_as_asked(line: Line) -> None:
    """429 carries the pause that the platform asks for, in seconds."""
    async with listening(line) as ear:
        sender = (await started(line, ear)).sender
        line.platform.add_fault(
            Fault("status", status=429, description="Too Many Requests", retry_after=7), method="sendMessage"
        )
        with pytest.raises(TryLater) as later:
            await line.messenger.send(sender.chat, QUESTION)
        assert later.value.after == 7


async def test_what_the_platform_does_not_accept_is_refused(line: Line) -> None:
    """A call that can never work is not to be repeated; a chat that is not there is unreachable."""
    async with listening(line) as ear:
        sender = (await started(line, ear)).sender
        with pytest.raises(Refused):
            await line.messenger.send(sender.chat, Message(text=""))
        with pytest.raises(Unreachable):
            await line.messenger.send("12345", QUESTION)


async def test_a_failing_keeper_loses_nothing(line: Line) -> None:
    """What could not be kept is told again."""
    async with listening(line) as ear:
        await started(line, ear)
        ear.fail = 1
        line.platform.send_text(line.person, BOT, "keep this")
        heard = await ear.next()
        assert isinstance(heard, Said)
        assert heard.text == "keep this"


async def test_repetitions_carry_the_same_key(line: Line) -> None:
    """An update told twice can be recognised."""
    async with listening(line) as ear:
        await started(line, ear)
        line.platform.add_fault(Fault("duplicate"), method="getUpdates")
        line.platform.send_text(line.person, BOT, "twice")
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
    line.platform.add_fault(Fault("status", status=401, description="Unauthorized"), count=None)
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
    assert not [task for task in asyncio.all_tasks() if "/gatepost/bots/" in where(task)]


async def test_the_token_is_in_no_log_line(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    """T38: whatever goes wrong, no log line and no error text holds the token."""
    caplog.set_level(logging.DEBUG)
    async with listening(line) as ear:
        sender = (await started(line, ear)).sender
        for fault in (Fault("garbage", status=200), Fault("status", status=401), Fault("drop"), Fault("status")):
            line.platform.add_fault(fault, method="sendMessage")
            with pytest.raises((TryLater, Revoked, Refused)) as trouble:
                await line.messenger.send(sender.chat, QUESTION)
            assert line.secret not in repr(trouble.value)
    assert line.secret not in caplog.text
