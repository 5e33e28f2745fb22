"""What one transaction can find, keep and change of people, their accounts, and what happened to their phones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import AccountId, BotName, PersonId, Phone
from core.model.people.person import Account, MessengerName, Person, PhoneEvent


class PeopleRepository(Protocol):
    """People and their accounts."""

    def account(self, bot: BotName, user_id: str) -> Account | None:
        """Find an account by the bot that knows it."""
        ...

    def accounts_of_user(self, messenger: MessengerName, user_id: str) -> Sequence[Account]:
        """List a messenger's user as each of our bots knows them."""
        ...

    def account_by_id(self, account_id: AccountId) -> Account | None:
        """Find an account by its id."""
        ...

    def add_account(self, account: Account) -> None:
        """Keep a new account."""
        ...

    def put_account(self, account: Account) -> None:
        """Replace the account with the same id."""
        ...

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        """List a person's accounts."""
        ...

    def by_phone(self, phone: Phone) -> Person | None:
        """Find the person who holds the phone now; it is in the form of ``line_of`` (``core.model.people.phone``)."""
        ...

    def by_id(self, person_id: PersonId) -> Person | None:
        """Find a person by id."""
        ...

    def add(self, person: Person) -> None:
        """Keep a new person."""
        ...

    def put(self, person: Person) -> None:
        """Replace the person with the same id."""
        ...

    def remove(self, person_id: PersonId) -> None:
        """Delete a person who has no account left."""
        ...


class EventRepository(Protocol):
    """Phones that moved or joined people, for the operator."""

    def add(self, event: PhoneEvent) -> None:
        """Keep a new event."""
        ...

    def latest(self, limit: int) -> Sequence[PhoneEvent]:
        """List the newest events, newest first."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Forget at most ``limit`` events that happened before; return how many."""
        ...
