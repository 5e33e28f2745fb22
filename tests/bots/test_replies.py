"""Where messages cost money: who is answered, about what, and how often a day."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bots.talk.replies import DailyCount, Occasion, Replies
from bots.whatsapp.adapter import WhatsApp
from core.model.messages.message import Message, Update
from core.model.people.person import MessengerName, Sender
from core.ports.messengers import Refused, TryLater, Unreachable
from core.subscribers.membership import Membership
from emulator import Fault
from emulator.people import Person
from storage.sqlite.store import open_store
from tests.bots.contract import Line, whatsapp_line
from tests.core.conftest import ACCOUNTS, SUBSCRIPTIONS, SetClock
from tests.storage.key import SEAL
from tests.storage.migrated import lay_down

HELLO = Message(text="hello")


@dataclass
class Desk:
    """Replies over a real number, a store, and a clock that is set by hand."""

    line: Line
    replies: Replies
    clock: SetClock

    def allow(self, per_person: int, per_bot: int) -> None:
        """Set the day's budgets."""
        messenger = self.line.messenger
        assert isinstance(messenger, WhatsApp)
        messenger.capabilities = replace(
            messenger.capabilities, replies_per_person_per_day=per_person, replies_per_day=per_bot
        )

    def visitor(self) -> tuple[Person, Sender]:
        """Let somebody write, so that they may be answered."""
        person = self.line.platform.add_person(first_name="Anna")
        self.line.handset.app.send_text(person, self.line.handset.bot, "hello")
        sender = Sender(
            bot=self.line.messenger.bot,
            messenger=MessengerName.WHATSAPP,
            user_id=self.line.handset.app.bsuid(person, self.line.handset.bot),
            chat=f"+{person.phone}",
            first_name="Anna",
            phone=person.phone,
        )
        return person, sender

    async def say(self, sender: Sender, occasion: Occasion = Occasion.LOGIN) -> bool:
        """Answer, and tell whether that was allowed."""
        messenger = self.line.messenger
        return await self.replies.send(messenger, sender, HELLO, occasion) is not None

    def count_sent(self) -> int:
        """Return how many messages went out."""
        calls = self.line.platform.calls(messenger="whatsapp", method="messages")
        return sum(call.status == 200 for call in calls)


async def deaf(_updates: Sequence[Update]) -> None:
    """Take what is told and forget it."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Return a desk without budgets."""
    clock = SetClock()
    lay_down(tmp_path / "gatepost.db")
    async with whatsapp_line() as line, open_store(f"sqlite:///{tmp_path}/gatepost.db", SEAL) as store:
        line.hook.take = deaf
        subscribe = Membership(store=store, clock=clock, accounts=ACCOUNTS, subscriptions=SUBSCRIPTIONS)
        yield Desk(line, Replies(subscribe, DailyCount(clock)), clock)


async def test_strangers_are_answered_about_a_login_only(desk: Desk) -> None:
    """Whoever has never opened a login's link costs nothing; known people are answered."""
    _, sender = desk.visitor()
    assert not await desk.say(sender, Occasion.TALK)
    assert desk.count_sent() == 0
    assert await desk.say(sender)
    await desk.replies.subscribe.regain(sender)
    assert await desk.say(sender, Occasion.TALK)
    assert desk.count_sent() == 2


async def test_a_person_has_a_budget_a_day(desk: Desk) -> None:
    """Beyond it that person is not answered, others are; at midnight (UTC) it begins anew."""
    desk.allow(per_person=2, per_bot=0)
    (_, anna), (_, boris) = desk.visitor(), desk.visitor()
    assert [await desk.say(anna) for _ in range(3)] == [True, True, False]
    assert await desk.say(boris)
    desk.clock.time += timedelta(hours=11, minutes=59)
    assert not await desk.say(anna)
    desk.clock.time += timedelta(minutes=1)
    assert await desk.say(anna)
    assert desk.count_sent() == 4


async def test_a_bot_has_a_budget_a_day(desk: Desk) -> None:
    """However many people there are; what one person is refused does not count for all."""
    desk.allow(per_person=1, per_bot=2)
    visitors = [desk.visitor()[1] for _ in range(3)]
    assert [await desk.say(visitors[0]) for _ in range(3)] == [True, False, False]
    assert [await desk.say(sender) for sender in visitors[1:]] == [True, False]
    assert desk.count_sent() == 2


async def test_a_share_of_the_budget_is_kept_for_logins_that_somebody_waits_for(desk: Desk) -> None:
    """Faults 7.10: neither talk nor links that can be followed without end empty the day's budget for all."""
    desk.allow(per_person=8, per_bot=40)
    crowd = [desk.visitor()[1] for _ in range(20)]
    for sender in crowd:
        await desk.replies.subscribe.regain(sender)
    said = [await desk.say(sender, Occasion.TALK) for sender in crowd for _ in range(5)]
    assert sum(said) == 20
    followed = [await desk.say(sender, Occasion.LINK) for sender in crowd for _ in range(7)]
    assert sum(followed) == 10
    _, late = desk.visitor()
    assert await desk.say(late)


async def test_what_did_not_go_out_and_is_tried_again_costs_nothing(desk: Desk) -> None:
    """An outage, with a try every few seconds, does not use up the day's budget."""
    desk.allow(per_person=1, per_bot=1)
    _, sender = desk.visitor()
    desk.line.platform.add_fault(Fault("status", status=503), method="messages", count=3)
    for _ in range(3):
        with pytest.raises(TryLater):
            await desk.say(sender)
    assert await desk.say(sender)
    assert not await desk.say(sender)


async def test_what_may_have_gone_out_counts(desk: Desk) -> None:
    """A message that is refused for good is not given back: nobody can use that to be written to without end."""
    desk.allow(per_person=1, per_bot=0)
    person, sender = desk.visitor()
    desk.line.handset.app.block(person, desk.line.handset.bot)
    with suppress(Refused, Unreachable):
        await desk.say(sender)
    assert not await desk.say(sender)


def test_a_tally_counts_by_key_and_day() -> None:
    """From midnight to midnight, and asking counts nothing."""
    clock = SetClock()
    tally = DailyCount(clock)
    assert [tally.count("a"), tally.count("a"), tally.count("b"), tally.count("a", 0)] == [1, 2, 1, 2]
    clock.time += timedelta(days=1)
    assert tally.count("a", 0) == 0
    assert tally.count("a", 3) == 3


def test_a_crowd_does_not_wipe_out_what_counts() -> None:
    """Memory is bounded, and who has used up a budget does not get a new one by bringing a hundred thousand others."""
    tally = DailyCount(SetClock())
    tally.count("bot", 5000)
    for number in range(250_000):
        tally.count(f"person {number}")
    assert tally.count("bot", 0) == 5000
    for number in range(250_000):
        tally.count(f"other {number}", 0)
    assert tally.count("person 249999", 0) == 1
