"""The people who own the phones. One person may have every messenger on one phone, so people belong to no messenger."""

from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - only the type; the one source of randomness is made in emulator.py
from typing import Any

from emulator.errors import ImpossibleError
from emulator.waiting import Bell


@dataclass(slots=True)
class Person:
    """A person with a phone; `phone` is digits without a plus sign, `id` is the Telegram user id."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    phone: str = ""
    language_code: str = ""
    revision: int = 0
    changed: Bell = field(default_factory=Bell)

    def touch(self) -> None:
        """Note that something on this phone changed and wake its watchers."""
        self.revision += 1
        self.changed.ring()

    def to_json(self) -> dict[str, Any]:
        """Describe the person for the control API."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "phone": self.phone,
            "language_code": self.language_code,
        }


class People:
    """The people the emulator knows, by id."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._by_id: dict[int, Person] = {}

    def add(self, person: Person) -> Person:
        """Make a person known; an id may be used once."""
        if person.id in self._by_id:
            raise ImpossibleError("person_exists", f"There is a person {person.id} already.")
        self._by_id[person.id] = person
        return person

    def new_id(self) -> int:
        """Choose a user id that is not taken: it needs more than 32 bits, as real ones do today."""
        while (chosen := self._chance.randrange(5_000_000_000, 9_000_000_000)) in self._by_id:
            continue
        return chosen

    def new_phone(self) -> str:
        """Choose a Russian mobile number, digits without a plus sign."""
        return f"7999{self._chance.randrange(10**7):07}"

    def find(self, person: Person | int) -> Person:
        """Find a person by id; a person stands for itself."""
        if isinstance(person, Person):
            return person
        found = self._by_id.get(person)
        if found is None:
            raise ImpossibleError("no_such_person", f"There is no person {person}.")
        return found

    def get(self, person_id: int) -> Person | None:
        """Find a person by id, or None."""
        return self._by_id.get(person_id)

    def all(self) -> list[Person]:
        """List all people, oldest first."""
        return list(self._by_id.values())

    def clear(self) -> None:
        """Forget all people."""
        self._by_id.clear()
