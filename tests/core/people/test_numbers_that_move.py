"""WhatsApp names the number with each message, and its ids follow the number: who is who through all that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.model.ids import BotName, Phone
from core.model.people.person import Account, MessengerName, PhoneEvent, Sender
from core.people import accounts
from core.ports.store import Store
from core.subscribers.membership import Membership
from tests.core.conftest import ACCOUNTS, SUBSCRIPTIONS, SetClock

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NUMBER, OTHER = "79991234567", "79997654321"
BSUID, NEW_BSUID = "RU.13491208655302741918", "RU.99991208655302741918"


def whatsapp(user_id: str, phone: str | None, bot: str = "wa") -> Sender:
    """Return somebody who writes to our number."""
    return Sender(
        bot=BotName(bot),
        messenger=MessengerName.WHATSAPP,
        user_id=user_id,
        chat=f"+{phone}" if phone else user_id,
        first_name="Anna",
        phone=phone,
    )


def telegram(user_id: str = "1") -> Sender:
    """Return somebody who writes to the Telegram bot."""
    return Sender(bot=BotName("tg"), messenger=MessengerName.TELEGRAM, user_id=user_id, chat=user_id, first_name="Anna")


async def meet(store: Store, sender: Sender, now: datetime = NOW) -> Account:
    """Let somebody write."""
    return await store.write(lambda unit: ACCOUNTS.find_or_add(unit, sender, now))


async def prove_by_telegram(store: Store, phone: str, user_id: str = "1") -> Account:
    """Let somebody prove a phone in Telegram."""
    account = await meet(store, telegram(user_id))
    return await store.write(lambda unit: ACCOUNTS.prove_phone(unit, account, Phone(f"+{phone}"), NOW))


async def renumber(store: Store, new: Sender, *, keeps_number: bool = False) -> Account | None:
    """Let WhatsApp tell that somebody has a new id, and return whoever has it now."""
    story = Membership(store=store, clock=SetClock(), accounts=ACCOUNTS, subscriptions=SUBSCRIPTIONS)
    await story.renumber(new, BSUID, keeps_number=keeps_number)
    return await store.read(lambda unit: accounts.find(unit, new))


async def events(store: Store) -> list[PhoneEvent]:
    """List what happened, newest first."""
    return list(await store.read(lambda unit: unit.events.latest(10)))


async def test_the_messengers_word_is_proof(store: Store) -> None:
    """The number comes verified with the message; a day later it is verified anew."""
    first = await meet(store, whatsapp(BSUID, NUMBER))
    assert (first.phone, first.phone_verified_at) == (f"+{NUMBER}", NOW)
    hour = await meet(store, whatsapp(BSUID, NUMBER), NOW + timedelta(hours=1))
    assert hour.phone_verified_at == NOW
    day = await meet(store, whatsapp(BSUID, NUMBER), NOW + timedelta(days=1))
    assert day.phone_verified_at == NOW + timedelta(days=1)


async def test_a_number_without_an_id_and_an_id_without_a_number_are_one_account(store: Store) -> None:
    """Who was known by the number alone gets an id, and keeps it when a message tells only one of the two."""
    legacy = await meet(store, whatsapp(f"+{NUMBER}", NUMBER))
    known = await meet(store, whatsapp(BSUID, NUMBER))
    hidden = await meet(store, whatsapp(BSUID, None))
    again = await meet(store, whatsapp(f"+{NUMBER}", NUMBER))
    assert legacy.account_id == known.account_id == hidden.account_id == again.account_id
    assert again.user_id == BSUID
    assert hidden.phone == f"+{NUMBER}"


async def test_a_join_is_an_event(store: Store) -> None:
    """T13: who becomes somebody else by proving their phone in another messenger leaves a trace."""
    anna = await prove_by_telegram(store, NUMBER)
    stranger = await meet(store, whatsapp(BSUID, None))
    joined = await meet(store, whatsapp(BSUID, NUMBER))
    assert joined.person_id == anna.person_id
    (event,) = await events(store)
    assert (event.kind.value, event.person_id, event.former_person_id) == (
        "phone.joined",
        anna.person_id,
        stranger.person_id,
    )


async def test_a_told_change_of_number_keeps_the_person(store: Store) -> None:
    """The system message links old and new; the person keeps ``_id``, also when Telegram has proved the old number."""
    await prove_by_telegram(store, NUMBER)
    before = await meet(store, whatsapp(BSUID, NUMBER))
    changed = await renumber(store, whatsapp(NEW_BSUID, OTHER))
    assert changed is not None
    assert (changed.account_id, changed.person_id) == (before.account_id, before.person_id)
    assert (changed.user_id, changed.phone, changed.chat) == (NEW_BSUID, f"+{OTHER}", f"+{OTHER}")
    holder = await store.read(lambda unit: unit.people.by_phone(Phone(f"+{OTHER}")))
    assert holder is not None
    assert holder.person_id == before.person_id


async def test_a_change_to_somebody_elses_number_takes_nobody_over(store: Store) -> None:
    """A number that another account of WhatsApp holds changes hands; the two stay two."""
    boris = await meet(store, whatsapp("RU.2", OTHER))
    anna = await meet(store, whatsapp(BSUID, NUMBER))
    changed = await renumber(store, whatsapp(NEW_BSUID, OTHER))
    assert changed is not None
    assert changed.person_id == anna.person_id != boris.person_id
    (event,) = await events(store)
    assert (event.kind.value, event.former_person_id) == ("phone.moved", boris.person_id)


async def test_an_unknown_person_who_changed_is_nobody_new(store: Store) -> None:
    """News about somebody who never logged in makes no account."""
    told = await renumber(store, whatsapp(NEW_BSUID, OTHER))
    assert told is None
    assert await store.read(lambda unit: unit.people.by_phone(Phone(f"+{OTHER}"))) is None


async def test_ids_of_two_portfolios_are_not_held_against_each_other(store: Store) -> None:
    """One human has two BSUIDs in two of our numbers: the phone joins them, it does not go to and fro."""
    first = await meet(store, whatsapp(BSUID, NUMBER, bot="wa1"))
    second = await meet(store, whatsapp(NEW_BSUID, NUMBER, bot="wa2"))
    assert second.person_id == first.person_id
    again = await meet(store, whatsapp(BSUID, NUMBER, bot="wa1"), NOW + timedelta(days=2))
    assert (again.person_id, again.phone) == (first.person_id, f"+{NUMBER}")


async def test_two_ways_of_writing_one_number_are_one_person(store: Store) -> None:
    """Mexico, Argentina, Brazil: the same line by Telegram and WhatsApp, each replied to as it came."""
    for number, (by_telegram, by_whatsapp) in enumerate(
        (("525512345678", "5215512345678"), ("5491123456789", "541123456789"), ("5511987654321", "551187654321"))
    ):
        anna = await prove_by_telegram(store, by_telegram, str(number + 10))
        same = await meet(store, replace(whatsapp(f"XX.{number}", by_whatsapp)))
        assert same.person_id == anna.person_id
        assert same.chat == f"+{by_whatsapp}"


async def test_a_new_number_that_is_not_told_is_not_the_old_one(store: Store) -> None:
    """Who changed their number and hides the new one has no phone until they show it."""
    before = await meet(store, whatsapp(BSUID, NUMBER))
    changed = await renumber(store, whatsapp(NEW_BSUID, None))
    assert changed is not None
    assert (changed.person_id, changed.phone) == (before.person_id, None)
    assert await store.read(lambda unit: unit.people.by_phone(Phone(f"+{NUMBER}"))) is None


async def test_a_new_id_alone_leaves_the_number(store: Store) -> None:
    """Only the BSUID changed."""
    await meet(store, whatsapp(BSUID, NUMBER))
    changed = await renumber(store, whatsapp(NEW_BSUID, None), keeps_number=True)
    assert changed is not None
    assert changed.phone == f"+{NUMBER}"


async def test_news_of_a_new_number_that_come_late_free_the_old_one(store: Store) -> None:
    """T12: somebody wrote under their new id before we were told; who gets the old number is not the old account."""
    former = await meet(store, whatsapp(BSUID, NUMBER))
    now = await meet(store, whatsapp(NEW_BSUID, OTHER))
    await renumber(store, whatsapp(NEW_BSUID, OTHER))
    stranger = await meet(store, whatsapp("RU.3", NUMBER))
    assert len({former.person_id, now.person_id, stranger.person_id}) == 3
    left = await store.read(lambda unit: accounts.find(unit, whatsapp(BSUID, None)))
    assert left is not None
    assert (left.phone, left.reachable) == (None, False)
