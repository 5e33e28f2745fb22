"""The code that people type by hand can be guessed at for a while only; whoever guesses holds up nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.talk.login import MISSES_A_DAY
from emulator.people import Person
from tests.stories.handsets import Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town

MESSENGERS = ("telegram", "max", "whatsapp")


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with all messengers, where answers on WhatsApp have no budget."""
    free = {"replies_per_person_per_day": 0, "replies_per_day": 0}
    async with town(tmp_path, clock, messengers=MESSENGERS, whatsapp_bot=free) as built:
        await built.daemon.keepers.reached()
        yield built


async def known(here: Town, handset: Handset, name: str) -> Person:
    """Let somebody log in, so that they are answered where answers cost money."""
    person, session = here.visitor(first_name=name), await here.create()
    await handset.ask(person, session["links"][handset.messenger])
    await handset.tap(person, str(session["match_number"]))
    return person


async def guess(handset: Handset, person: Person, times: int) -> None:
    """Type codes that nobody has; each is answered."""
    for number in range(times):
        said = await handset.say(person, f"0000-0000-{number:04}")
        assert "I do not know this code" in said.text


async def test_only_so_many_wrong_codes_are_looked_up(
    here: Town, handset: Handset, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T9, T32: then that person's codes are not looked at, right or wrong, until the next day; others' are."""
    monkeypatch.setattr("bots.talk.login.MISSES_A_DAY", 3)
    anna, boris = await known(here, handset, "Anna"), await known(here, handset, "Boris")
    await guess(handset, anna, 3)
    session = await here.create()
    assert "only understand" in (await handset.say(anna, session["code"])).text
    assert str(session["match_number"]) not in handset.labels(anna)
    await handset.say(boris, session["code"])
    assert str(session["match_number"]) in handset.labels(boris)
    clock.ahead += timedelta(days=1)
    here.telegram.advance(timedelta(days=1).total_seconds())
    session = await here.create()
    await handset.say(anna, session["code"])
    assert str(session["match_number"]) in handset.labels(anna)


async def test_twenty_a_day_are_forgiven(here: Town) -> None:
    """T9: nineteen are, and the right code counts; the twentieth is the last that is looked up."""
    assert MISSES_A_DAY == 20
    handset = here.handset("telegram")
    anna = await known(here, handset, "Anna")
    await guess(handset, anna, 19)
    session = await here.create()
    await handset.say(anna, session["code"])
    assert str(session["match_number"]) in handset.labels(anna)
    await guess(handset, anna, 1)
    session = await here.create()
    assert "only understand" in (await handset.say(anna, session["code"])).text
