"""Phone numbers: what a messenger wrote, turned into E.164 or refused."""

import re
from typing import Final

from gatepost.core.errors import NotAPhone
from gatepost.core.model.ids import Phone

_DIALLED: Final = re.compile(r"\+?[0-9][0-9\s\-()]{5,24}")
_ANONYMOUS: Final = "888"
"""Numbers that Fragment sells: an account name that looks like a phone, and rings nowhere."""


def parse_phone(text: str) -> Phone:
    """Return ``text``, an international number with or without its ``+``, in E.164; raise ``NotAPhone``."""
    import phonenumbers  # noqa: PLC0415 - 30 ms and 5 MB of tables that a start without logins does not need

    if not _DIALLED.fullmatch(text.strip()):
        raise NotAPhone
    digits = re.sub(r"[^0-9]", "", text)
    if digits.startswith(_ANONYMOUS):
        raise NotAPhone
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        raise NotAPhone from None
    if not phonenumbers.is_possible_number(number):
        raise NotAPhone
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
