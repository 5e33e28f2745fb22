"""Who people are to a business: phone number, wa_id, business-scoped user id (BSUID), username, and which of them show.

All numbers of the emulator belong to one business portfolio, so a person has one BSUID for all of them.
"""

import re
from dataclasses import dataclass
from random import Random  # noqa: TID251 - only the type; the one source of randomness is made in emulator.py
from typing import Final

import phonenumbers

from emulator.people import People, Person

_MEXICAN: Final = re.compile(r"52(\d{10})")
_ARGENTINE: Final = re.compile(r"54([1-8]\d{9})")
_USERNAME: Final = re.compile(r"[^a-z0-9._]")
_SHORTEST_USERNAME: Final = 3
_NO_COUNTRY: Final = "ZZ"


@dataclass(slots=True)
class Identity:
    """One person as WhatsApp knows them; `username` is empty unless adopted.

    `is_phone_hidden` leaves wa_id and phone out of webhooks, `is_legacy` the BSUID. `given_wa_id` stands in for the
    one the phone number yields. Without `has_receipts` no business learns what the person has read.
    """

    person: Person
    user_id: str
    username: str = ""
    is_phone_hidden: bool = False
    is_legacy: bool = False
    given_wa_id: str | None = None
    has_receipts: bool = True

    @property
    def wa_id(self) -> str:
        """The digits WhatsApp calls the person by: the phone number but for what Mexico and Argentina once added."""
        if self.given_wa_id is not None:
            return self.given_wa_id
        if found := _MEXICAN.fullmatch(self.person.phone):
            return f"521{found[1]}"
        if found := _ARGENTINE.fullmatch(self.person.phone):
            return f"549{found[1]}"
        return self.person.phone

    @property
    def profile_name(self) -> str:
        """The name the person shows."""
        return f"{self.person.first_name} {self.person.last_name}".strip()


class Identities:
    """The identities of all people, made when first asked for."""

    def __init__(self, people: People, chance: Random) -> None:
        self._people = people
        self._chance = chance
        self._by_person: dict[int, Identity] = {}

    def of(self, person: Person) -> Identity:
        """Find a person's identity."""
        found = self._by_person.get(person.id)
        if found is None:
            found = self._by_person[person.id] = Identity(person, self.new_user_id(person.phone))
        return found

    def new_user_id(self, phone: str) -> str:
        """Choose a BSUID; its prefix is the country of the phone."""
        return f"{country_of(phone)}.{self._chance.randrange(10**19, 10**20)}"

    def by_phone(self, digits: str) -> Identity | None:
        """Find whose phone number or wa_id this is."""
        people = map(self.of, self._people.all())
        return next((each for each in people if digits in (each.person.phone, each.wa_id)), None)

    def by_user_id(self, user_id: str) -> Identity | None:
        """Find whose BSUID this is."""
        return next((each for each in map(self.of, self._people.all()) if each.user_id == user_id), None)

    def clear(self) -> None:
        """Forget all people."""
        self._by_person.clear()


def username_for(person: Person) -> str:
    """Make a WhatsApp username (3 to 35 of a-z, 0-9, dot and underscore) from what a person is called."""
    name = _USERNAME.sub("", (person.username or person.first_name).lower())[:20]
    return name if person.username and len(name) >= _SHORTEST_USERNAME else f"{name or 'user'}.{person.id}"


def country_of(digits: str) -> str:
    """Tell the country of a phone number as two capital letters."""
    number = _parsed(digits)
    if number is None:
        return _NO_COUNTRY
    country = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    return country if country.isalpha() else _NO_COUNTRY


def calling_code_of(digits: str) -> str:
    """Tell the country calling code a phone number begins with."""
    number = _parsed(digits)
    return "" if number is None else str(number.country_code)


def shown(digits: str) -> str:
    """Write a phone number for people."""
    number = _parsed(digits)
    if number is None:
        return f"+{digits}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _parsed(digits: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
