"""Phone numbers: what a messenger wrote, turned into E.164 or refused; and whether two are the same line."""

import re
from typing import Final

from core.model.ids import Phone
from core.model.people.errors import NotAPhone
from core.model.text.typed import normal

_DIALLED: Final = re.compile(r"\+?[0-9][0-9\s\-()]{5,24}")
_ANONYMOUS: Final = "888"
"""Numbers that Fragment sells: an account name that looks like a phone, and rings nowhere."""
_TEXT_LIMIT: Final = 64
_FORMER: Final = (
    (re.compile(r"521([0-9]{10})"), r"52\1"),  # Mexico until 2019
    (re.compile(r"225([014-9][0-3][0-9]{6})"), r"22501\1"),  # Ivory Coast until 2021: Moov, MTN, Orange
    (re.compile(r"225([014-9][4-6][0-9]{6})"), r"22505\1"),
    (re.compile(r"225([014-9][7-9][0-9]{6})"), r"22507\1"),
    (re.compile(r"229([2-9][0-9]{7})"), r"22901\1"),  # Benin until 2024
    (re.compile(r"8416([2-9][0-9]{7})"), r"843\1"),  # Vietnam until 2018: Viettel, MobiFone, Vinaphone, others
    (re.compile(r"84120([0-9]{7})"), r"8470\1"),
    (re.compile(r"84121([0-9]{7})"), r"8479\1"),
    (re.compile(r"84122([0-9]{7})"), r"8477\1"),
    (re.compile(r"84126([0-9]{7})"), r"8476\1"),
    (re.compile(r"84128([0-9]{7})"), r"8478\1"),
    (re.compile(r"8412([345])([0-9]{7})"), r"848\1\2"),
    (re.compile(r"84127([0-9]{7})"), r"8481\1"),
    (re.compile(r"84129([0-9]{7})"), r"8482\1"),
    (re.compile(r"8418([68])([0-9]{7})"), r"845\1\2"),
    (re.compile(r"84199([0-9]{7})"), r"8459\1"),
)
"""Mobiles as countries dialled them before they lengthened or regrouped their numbers, and their present form.

Messengers know old accounts by the number of then: WhatsApp writes Mexico's, Ivory Coast's and Benin's so to this day.
Sources: the national plans (ITU-T E.129 communications of Mexico 2019, Ivory Coast 2021, Benin 2024, Vietnam 2018).
"""
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

    written = normal(text, _TEXT_LIMIT).strip()
    if not _DIALLED.fullmatch(written):
        raise NotAPhone
    digits = re.sub(r"[^0-9]", "", written)
    if digits.startswith(_ANONYMOUS):
        raise NotAPhone
    try:
        number = phonenumbers.parse(f"+{_present(digits)}")
    except phonenumbers.NumberParseException:
        raise NotAPhone from None
    if not phonenumbers.is_possible_number(number):
        raise NotAPhone
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _present(digits: str) -> str:
    """Return a number's present form, if it is one of a form of before."""
    for former, present in _FORMER:
        if former.fullmatch(digits):
            return former.sub(present, digits)
    return digits


def line_of(phone: Phone) -> Phone:
    """Return the one form in which numbers of the same line are equal, for comparing only: it need not ring.

    Messengers write some numbers in two ways: Argentinian mobiles with and without the 9 after 54, Brazilian mobiles of
    older accounts without the 9 after the area code. Forms of before and Argentina's local 15 are settled by
    ``parse_phone``.
    """
    argentinian = _ARGENTINIAN.fullmatch(phone)
    if argentinian:
        return Phone(f"+54{argentinian[1]}")
    brazilian = _SHORT_BRAZILIAN.fullmatch(phone)
    if brazilian:
        return Phone(f"+55{brazilian[1]}9{brazilian[2]}")
    return phone
