"""Phone numbers: what a messenger wrote, turned into E.164 or refused; and whether two are the same line."""

import re
from typing import Final

from core.model.ids import Phone
from core.model.people.errors import NotAPhone

_DIALLED: Final = re.compile(r"\+?[0-9][0-9\s\-()]{5,24}")
_ANONYMOUS: Final = "888"
"""Numbers that Fragment sells: an account name that looks like a phone, and rings nowhere."""
_OLD_MEXICAN: Final = re.compile(r"521([0-9]{10})")
"""Mobiles as Mexico dialled them until 2019, and as WhatsApp still writes them."""
_ARGENTINIAN: Final = re.compile(r"\+549?([0-9]{10})")
_SHORT_BRAZILIAN: Final = re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})")


_LIKE_A_PHONE: Final = re.compile(r"\+?[0-9](?:[ ()-]{0,2}[0-9]){8,14}(?![0-9])")
"""What may be a number among other words, however it is written."""


def without_phones(words: str) -> str:
    """Return somebody else's words, such as a messenger's complaint, with all that may be a phone blanked."""
    return _LIKE_A_PHONE.sub("***", words)


def parse_phone(text: str) -> Phone:
    """Return ``text``, an international number with or without its ``+``, in E.164; raise ``NotAPhone``."""
    import phonenumbers  # noqa: PLC0415 - 30 ms and 5 MB of tables that a start without logins does not need

    if not _DIALLED.fullmatch(text.strip()):
        raise NotAPhone
    digits = re.sub(r"[^0-9]", "", text)
    if digits.startswith(_ANONYMOUS):
        raise NotAPhone
    try:
        number = phonenumbers.parse("+" + _OLD_MEXICAN.sub(r"52\1", digits))
    except phonenumbers.NumberParseException:
        raise NotAPhone from None
    if not phonenumbers.is_possible_number(number):
        raise NotAPhone
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def line_of(phone: Phone) -> Phone:
    """Return the one form in which numbers of the same line are equal, for comparing only: it need not ring.

    Messengers write some numbers in two ways: Argentinian mobiles with and without the 9 after 54, Brazilian mobiles of
    older accounts without the 9 after the area code. Mexico and Argentina's local 15 are settled by ``parse_phone``.
    """
    argentinian = _ARGENTINIAN.fullmatch(phone)
    if argentinian:
        return Phone(f"+54{argentinian[1]}")
    brazilian = _SHORT_BRAZILIAN.fullmatch(phone)
    if brazilian:
        return Phone(f"+55{brazilian[1]}9{brazilian[2]}")
    return phone
