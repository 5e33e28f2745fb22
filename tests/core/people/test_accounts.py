"""Whose phone is it: people, their accounts, and numbers that move."""

from datetime import UTC, datetime

import pytest

from core.model.ids import BotName, Phone
from core.model.people.person import Account, MessengerName, Sender
from core.ports.store import Store, Unit
from tests.core.conftest import ACCOUNTS

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PHONE, OTHER = Phone("+79991234567"), Phone("+79997654321")


def sender(user_id: str, messenger: MessengerName = MessengerName.TELEGRAM, bot: str = "") -> Sender:
    """Return somebody who writes to the messenger's bot."""
    return Sender(
        bot=BotName(bot or messenger.value), messenger=messenger, user_id=user_id, chat=user_id, first_name="Somebody"
    )


async def prove(store: Store, who: Sender, phone: Phone) -> Account:
    """Let somebody prove a phone, and return their account."""

    def work(unit: Unit) -> Account:
        return ACCOUNTS.prove_phone(unit, ACCOUNTS.find_or_add(unit, who, NOW), phone, NOW)

    return await store.write(work)


async def current(store: Store, who: Sender) -> Account:
    """Return somebody's account as it is now."""
    account = await store.read(lambda unit: unit.people.account(who.bot, who.user_id))
    assert account is not None
    return account


async def test_a_second_messenger_with_the_same_phone_is_the_same_person(store: Store) -> None:
    """T13: proved on both sides, they join; ``_id`` is the one of whoever held the phone first."""
    first = await prove(store, sender("1"), PHONE)
    second = await prove(store, sender("77", MessengerName.MAX), PHONE)
    assert second.person_id == first.person_id
    assert second.phone_verified_at == NOW


async def test_the_same_account_in_two_bots_is_one_person(store: Store) -> None:
    """A messenger account is the same human in every bot of ours, before and after the phone is proved."""
    first = await prove(store, sender("1", bot="one"), PHONE)
    second = await prove(store, sender("1", bot="two"), PHONE)
    assert second.person_id == first.person_id
    assert (await current(store, sender("1", bot="one"))).phone == PHONE


async def test_both_bots_of_a_user_follow_when_the_number_changes(store: Store) -> None:
    """A new number proved in one bot counts in the other, also when that makes them join another person."""
    await prove(store, sender("1", bot="one"), PHONE)
    await prove(store, sender("1", bot="two"), PHONE)
    other = await prove(store, sender("77", MessengerName.MAX), OTHER)
    joined = await prove(store, sender("1", bot="one"), OTHER)
    twin = await current(store, sender("1", bot="two"))
    assert joined.person_id == twin.person_id == other.person_id
    assert twin.phone == OTHER
    assert await store.read(lambda unit: unit.people.by_phone(PHONE)) is None


async def test_equal_ids_of_two_messengers_are_two_users(store: Store) -> None:
    """Telegram's 77 and MAX's 77 have nothing to do with each other."""
    telegram = await prove(store, sender("77"), PHONE)
    max_account = await prove(store, sender("77", MessengerName.MAX), PHONE)
    assert max_account.person_id == telegram.person_id
    moved = await prove(store, sender("77"), OTHER)
    assert moved.person_id != max_account.person_id


async def test_a_number_that_changed_hands_makes_no_merger(store: Store) -> None:
    """T12: a second account of the same messenger is a new person; the former holder must prove a phone anew."""
    former, now = sender("1"), sender("2")
    before = await prove(store, former, PHONE)
    after = await prove(store, now, PHONE)
    assert after.person_id != before.person_id
    assert (await current(store, former)).phone is None
    holder = await store.read(lambda unit: unit.people.by_phone(PHONE))
    assert holder is not None
    assert holder.person_id == after.person_id


async def test_a_person_with_a_new_number_stays_who_they_are(store: Store) -> None:
    """One account that proves another number keeps its ``_id``."""
    before = await prove(store, sender("1"), PHONE)
    after = await prove(store, sender("1"), OTHER)
    assert after.person_id == before.person_id
    assert await store.read(lambda unit: unit.people.by_phone(PHONE)) is None


async def test_one_messenger_with_a_new_number_leaves_the_others_in_place(store: Store) -> None:
    """T13: where two messengers proved one phone and one of them proves another, they part."""
    await prove(store, sender("1"), PHONE)
    other = await prove(store, sender("77", MessengerName.MAX), PHONE)
    moved = await prove(store, sender("1"), OTHER)
    assert moved.person_id != other.person_id
    assert (await current(store, sender("77", MessengerName.MAX))).phone == PHONE


@pytest.mark.parametrize("times", [1, 3])
async def test_proving_the_same_again_changes_nothing(store: Store, times: int) -> None:
    """Repetitions are harmless."""
    first = await prove(store, sender("1"), PHONE)
    for _ in range(times):
        assert (await prove(store, sender("1"), PHONE)).person_id == first.person_id
