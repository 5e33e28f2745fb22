"""What accounts tell about themselves: that they exist, which language they want, whose phone they have.

Functions and methods over a ``Unit``, so that other stories can use them inside their own transactions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.entropy import hex_id, uuid4
from core.model.ids import AccountId, EventId, PersonId, Phone
from core.model.people.errors import NotAPhone
from core.model.people.person import (
    Account,
    MessengerName,
    Person,
    PhoneEvent,
    PhoneEventKind,
    Sender,
    UserIds,
)
from core.model.people.phone import line_of, parse_phone
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Unit
from core.webhooks.publisher import Publisher, event_of

_PROVED_LATELY: Final = timedelta(days=1)
"""How long a phone that a messenger vouches for with each message is not written down anew."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The story of an account that speaks, and of the phone it proves; sites are told of a phone that changed hands."""

    publisher: Publisher

    def find_or_add(self, unit: Unit, sender: Sender, now: datetime) -> Account:
        """Return the sender's account, reachable again since they just spoke; make it and its person if they are new.

        A phone that the messenger vouches for is proved by that.
        """
        phone = _parsed(sender.phone)
        account = find(unit, sender)
        account = self._add(unit, sender, now) if account is None else _seen(unit, account, sender, now)
        if phone is None or has_proved(account, phone, now, _PROVED_LATELY):
            return account
        return self.prove_phone(unit, account, phone, now)

    def prove_phone(self, unit: Unit, account: Account, phone: Phone, now: datetime) -> Account:
        """Record that the account proved the phone, and return it with the person it belongs to from now on.

        A phone proved by a second messenger joins its holder; proved by a second account of the same messenger it
        changed hands: the former holder loses it (``security``, T12). Either is an event. The same messenger account in
        another of our bots is the same human, and goes along.
        """
        person_id = self._new_holder(unit, account, line_of(phone), now)
        for same in _same_human(unit, account):
            unit.people.put_account(
                replace(same, person_id=person_id, phone=phone, phone_verified_at=now, contact_asked_at=None)
            )
        if account.person_id != person_id and not unit.people.accounts_of(account.person_id):
            unit.people.remove(account.person_id)
        return replace(account, person_id=person_id, phone=phone, phone_verified_at=now, contact_asked_at=None)

    def _add(self, unit: Unit, sender: Sender, now: datetime) -> Account:
        same = _of_user(unit, sender) if _ids_are_shared(sender.messenger) else ()
        twin = same[0] if same else None
        person_id = twin.person_id if twin else PersonId(hex_id(self.publisher.entropy))
        if twin is None:
            unit.people.add(Person(person_id))
        account = Account(
            account_id=AccountId(hex_id(self.publisher.entropy)),
            person_id=person_id,
            bot=sender.bot,
            messenger=sender.messenger,
            user_id=sender.user_id,
            chat=sender.chat,
            language=twin.language if twin else None,
            phone=twin.phone if twin else None,
            phone_verified_at=twin.phone_verified_at if twin else None,
            spoke_at=sender.at,
            told_language=sender.language,
            reachable_since=now,
        )
        unit.people.add_account(account)
        return account

    def _new_holder(self, unit: Unit, account: Account, line: Phone, now: datetime) -> PersonId:
        """Return the person who holds the line from now on, making the store agree."""
        holder = unit.people.by_phone(line)
        if holder is not None and holder.person_id != account.person_id:
            if not _has_rival(unit, holder.person_id, account):
                joined = self._event(PhoneEventKind.PHONE_JOINED, account, holder.person_id, account.person_id, now)
                unit.events.add(joined)
                return holder.person_id
            _take_line_away(unit, holder)
        mine = self._own_person(unit, account, line)
        if holder is not None and holder.person_id != mine:
            unit.events.add(self._event(PhoneEventKind.PHONE_MOVED, account, mine, holder.person_id, now))
            self._publish_moved(unit, holder.person_id, now)
        return mine

    def _publish_moved(self, unit: Unit, former: PersonId, now: datetime) -> None:
        """Tell the sites that may write to the former holder that the phone is not theirs any more."""
        for account in unit.people.accounts_of(former):
            for subscription in unit.subscriptions.alive_of(account.account_id):
                moved = event_of(WebhookEvent.PHONE_MOVED, subscription, account)
                self.publisher.publish(unit, subscription.app_id, now, moved)

    def _own_person(self, unit: Unit, account: Account, line: Phone) -> PersonId:
        """Return the account's own person, now with the line; a new one if the old one holds another with others."""
        person = unit.people.by_id(account.person_id)
        if person is not None and person.phone not in {None, line} and _has_others(unit, account):
            newcomer = Person(PersonId(hex_id(self.publisher.entropy)), line)
            unit.people.add(newcomer)
            return newcomer.person_id
        if person is None or person.phone != line:
            unit.people.put(Person(account.person_id, line))
        return account.person_id

    def _event(
        self, kind: PhoneEventKind, account: Account, new: PersonId, former: PersonId, now: datetime
    ) -> PhoneEvent:
        return PhoneEvent(
            event_id=EventId(str(uuid4(self.publisher.entropy))),
            kind=kind,
            at=now,
            messenger=account.messenger,
            person_id=new,
            former_person_id=former,
        )


def find(unit: Unit, sender: Sender) -> Account | None:
    """Return the sender's account; ``None`` if they have none."""
    return unit.people.account(sender.bot, sender.user_id) or _known_by_phone(unit, sender)


def has_proved(account: Account, phone: Phone, now: datetime, lately: timedelta) -> bool:
    """Tell whether the account has proved this very phone less than ``lately`` ago."""
    verified_at = account.phone_verified_at
    return account.phone == phone and verified_at is not None and now - verified_at < lately


def rename(unit: Unit, former: Account, sender: Sender) -> Account:
    """Let an account go on under the messenger's new id for it, which no account has yet; return it."""
    for same in _same_human(unit, former):
        if unit.people.account(same.bot, sender.user_id) is None:
            unit.people.put_account(replace(same, user_id=sender.user_id, chat=sender.chat))
    return replace(former, user_id=sender.user_id, chat=sender.chat)


def lose_phone(unit: Unit, account: Account, new_number: str | None) -> None:
    """Note that the account's phone is not theirs any more; its person gets ``new_number``'s line if that is free.

    ``new_number`` is ``None`` where the messenger does not tell it: then the person keeps the old line if another
    messenger proves it.
    """
    _forget_phone(unit, _same_human(unit, account))
    phone = _parsed(new_number)
    if phone is not None and unit.people.by_phone(line_of(phone)) is None:
        unit.people.put(Person(account.person_id, line_of(phone)))
    elif phone is None and not any(other.phone for other in unit.people.accounts_of(account.person_id)):
        unit.people.put(Person(account.person_id))


def _parsed(number: str | None) -> Phone | None:
    try:
        return None if number is None else parse_phone(number)
    except NotAPhone:
        return None


def _known_by_phone(unit: Unit, sender: Sender) -> Account | None:
    """Find the account by the phone that is, or was, all that we know it by: WhatsApp tells a BSUID only sometimes."""
    phone = _parsed(sender.phone)
    holder = unit.people.by_phone(line_of(phone)) if phone else None
    for account in unit.people.accounts_of(holder.person_id) if holder else ():
        if account.bot == sender.bot and (_is_number(account.user_id) or _is_number(sender.user_id)):
            return account
    return None


def _is_number(user_id: str) -> bool:
    return user_id.startswith("+")


def _seen(unit: Unit, account: Account, sender: Sender, now: datetime) -> Account:
    user_id = account.user_id if _is_number(sender.user_id) else sender.user_id
    is_news = sender.at is not None and (account.spoke_at is None or sender.at > account.spoke_at)
    language = sender.language or account.told_language
    is_same = (account.chat, account.user_id, account.told_language) == (sender.chat, user_id, language)
    if account.reachable and is_same and not is_news:
        return account
    seen = replace(
        account,
        user_id=user_id,
        chat=sender.chat,
        spoke_at=sender.at if is_news else account.spoke_at,
        told_language=language,
        reachable=True,
        reachable_since=account.reachable_since if account.reachable else now,
    )
    unit.people.put_account(seen)
    return seen


def _of_user(unit: Unit, who: Sender | Account) -> Sequence[Account]:
    return unit.people.accounts_of_user(who.messenger, who.user_id)


def _same_human(unit: Unit, account: Account) -> Sequence[Account]:
    """List the account in all bots of ours that know it; where ids mean nothing across bots, it alone."""
    return _of_user(unit, account) if _ids_are_shared(account.messenger) else (account,)


def _ids_are_shared(messenger: MessengerName) -> bool:
    return messenger.user_ids is not UserIds.PER_BOT


def _has_rival(unit: Unit, person_id: PersonId, account: Account) -> bool:
    """Tell whether the person has another account of the same messenger, where its ids can be compared."""
    return any(
        other.messenger is account.messenger
        and other.user_id != account.user_id
        and (other.bot == account.bot or account.messenger.user_ids is UserIds.UNIVERSAL)
        for other in unit.people.accounts_of(person_id)
    )


def _has_others(unit: Unit, account: Account) -> bool:
    """Tell whether the account's person has accounts that are another messenger's or another user's."""
    mine = (account.messenger, account.user_id)
    return any((other.messenger, other.user_id) != mine for other in unit.people.accounts_of(account.person_id))


def _take_line_away(unit: Unit, holder: Person) -> None:
    unit.people.put(replace(holder, phone=None))
    _forget_phone(unit, unit.people.accounts_of(holder.person_id))


def _forget_phone(unit: Unit, accounts: Sequence[Account]) -> None:
    for account in accounts:
        unit.people.put_account(replace(account, phone=None, phone_verified_at=None))


def language_of(account: Account) -> str:
    """Return the two letters of the language that the person chose, or the messenger told; English if neither did."""
    return (account.language or account.told_language or "en").lower()[:2]


def owner(unit: Unit, account_id: AccountId) -> Account:
    """Return the account of a subscription; it is there as long as the subscription is, else ``LookupError``."""
    account = unit.people.account_by_id(account_id)
    if account is None:
        raise LookupError(f"a subscription without its account {account_id}")
    return account
