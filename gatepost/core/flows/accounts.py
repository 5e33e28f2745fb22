"""What accounts tell about themselves: that they exist, which language they want, whose phone they have.

Functions of a ``Unit``, so that other stories can use them inside their own transactions.
"""

from dataclasses import replace
from datetime import datetime

from gatepost.core.entropy import Entropy, hex_id
from gatepost.core.model.ids import AccountId, PersonId, Phone
from gatepost.core.model.person import Account, Person, Sender
from gatepost.core.ports import Unit


def find_or_add(unit: Unit, sender: Sender, now: datetime, entropy: Entropy) -> Account:
    """Return the sender's account, reachable again since they just spoke; make it and its person if they are new."""
    account = unit.people.account(sender.bot, sender.user_id)
    if account is None:
        return _add(unit, sender, now, entropy)
    if account.reachable and account.chat == sender.chat:
        return account
    seen = replace(
        account,
        chat=sender.chat,
        reachable=True,
        reachable_since=account.reachable_since if account.reachable else now,
    )
    unit.people.put_account(seen)
    return seen


def prove_phone(unit: Unit, account: Account, phone: Phone, now: datetime, entropy: Entropy) -> Account:
    """Record that the account proved the phone, and return it with the person it belongs to from now on.

    A phone proved by a second messenger joins its holder. Proved by a second account of the same messenger it
    changed hands: the former holder loses it, nobody is merged (``security``, T12 and T13). The same messenger
    account in another of our bots is the same human, and goes along.
    """
    person_id = _whose(unit, account, phone, entropy)
    for same in unit.people.accounts_of_user(account.messenger, account.user_id):
        unit.people.put_account(replace(same, person_id=person_id, phone=phone, phone_verified_at=now))
    if account.person_id != person_id and not unit.people.accounts_of(account.person_id):
        unit.people.remove(account.person_id)
    return replace(account, person_id=person_id, phone=phone, phone_verified_at=now)


def _add(unit: Unit, sender: Sender, now: datetime, entropy: Entropy) -> Account:
    known = unit.people.accounts_of_user(sender.messenger, sender.user_id)
    twin = known[0] if known else None
    person_id = twin.person_id if twin else PersonId(hex_id(entropy))
    if twin is None:
        unit.people.add(Person(person_id))
    account = Account(
        account_id=AccountId(hex_id(entropy)),
        person_id=person_id,
        bot=sender.bot,
        messenger=sender.messenger,
        user_id=sender.user_id,
        chat=sender.chat,
        language=twin.language if twin else None,
        phone=twin.phone if twin else None,
        phone_verified_at=twin.phone_verified_at if twin else None,
        reachable_since=now,
    )
    unit.people.add_account(account)
    return account


def _whose(unit: Unit, account: Account, phone: Phone, entropy: Entropy) -> PersonId:
    """Return the person who holds the phone from now on, making the store agree."""
    holder = unit.people.by_phone(phone)
    if holder is not None and holder.person_id != account.person_id:
        if not _has_rival(unit, holder.person_id, account):
            return holder.person_id
        _take_phone_away(unit, holder)
    person = unit.people.by_id(account.person_id)
    if person is not None and person.phone not in {None, phone} and _has_others(unit, account):
        newcomer = Person(PersonId(hex_id(entropy)), phone)
        unit.people.add(newcomer)
        return newcomer.person_id
    if person is None or person.phone != phone:
        unit.people.put(Person(account.person_id, phone))
    return account.person_id


def _has_rival(unit: Unit, person_id: PersonId, account: Account) -> bool:
    """Tell whether the person has another account of the same messenger."""
    return any(
        other.messenger is account.messenger and other.user_id != account.user_id
        for other in unit.people.accounts_of(person_id)
    )


def _has_others(unit: Unit, account: Account) -> bool:
    """Tell whether the account's person has accounts that are another messenger's or another user's."""
    mine = (account.messenger, account.user_id)
    return any((other.messenger, other.user_id) != mine for other in unit.people.accounts_of(account.person_id))


def _take_phone_away(unit: Unit, holder: Person) -> None:
    unit.people.put(replace(holder, phone=None))
    for account in unit.people.accounts_of(holder.person_id):
        unit.people.put_account(replace(account, phone=None, phone_verified_at=None))
