"""Is the contact in a MAX message its sender's own? MAX signs the card, but neither who sent it nor when.

So the card counts only if everything around it fits too. Whether we asked for it is the core's to know.
"""

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

Json = Mapping[str, Any]

_TEL: Final = re.compile(r"(?:item\d+\.)?TEL[^:]*:(.+)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?:tel:)?(\+?[0-9][0-9 ().-]*)", re.IGNORECASE)
"""What has letters or an extension is no number that could be called: its digits alone would be another person's."""
_DIALLED_IN_RUSSIA: Final = re.compile(r"\A8([79][0-9]{9})\Z")
"""With any other digit behind the 8 it is a country's code, such as Vietnam's."""
_BREAK: Final = re.compile(r"\r?\n")
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_SHORTEST, _LONGEST = 10, 15


def own_phone(message: Json, token: str) -> str | None:
    """Return the sender's own phone, ``+`` and digits, from a ``Message`` with a contact; ``None`` unless all fits.

    A person's dialog, not forwarded, one attachment, the account of the card is the sender's, MAX's signature over the
    card (HMAC-SHA-256 under the bot's token, in hex) and exactly one number.
    """
    attachments = message["body"].get("attachments") or []
    if message["recipient"]["chat_type"] != "dialog" or message["sender"].get("is_bot") or len(attachments) != 1:
        return None
    if message.get("link") is not None and message["link"].get("type") != "reply":
        return None
    card = attachments[0].get("payload") or {}
    owner = card.get("max_info") or {}
    if owner.get("user_id") != message["sender"]["user_id"]:
        return None
    vcf = card.get("vcf_info") or ""
    unescaped = vcf if "\n" in vcf else vcf.replace("\\r\\n", "\r\n")
    signature = (card.get("hash") or "").encode()
    is_signed = any(hmac.compare_digest(_signature(text, token), signature) for text in (vcf, unescaped))
    return _only_number(unescaped) if is_signed else None


def _signature(vcf: str, token: str) -> bytes:
    return hmac.new(token.encode(), vcf.encode(), sha256).hexdigest().encode()


def _only_number(vcf: str) -> str | None:
    lines = _BREAK.split(_FOLD.sub("", vcf))
    found = [match[1] for line in lines if (match := _TEL.fullmatch(line.strip()))]
    number = _NUMBER.fullmatch(found[0].strip()) if len(found) == 1 else None
    if number is None:
        return None
    digits = _DIALLED_IN_RUSSIA.sub(r"7\1", re.sub(r"[ ().-]", "", number[1]))
    digits = digits.removeprefix("+")
    return f"+{digits}" if _SHORTEST <= len(digits) <= _LONGEST else None
