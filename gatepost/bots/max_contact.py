"""Is the contact in a MAX message its sender's own? MAX signs the card, but neither who sent it nor when.

So the card counts only if everything around it fits too. Whether we asked for it is the core's to know.
"""

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

Json = Mapping[str, Any]

_TEL: Final = re.compile(r"(?:item\d+\.)?TEL[^:\n]*:(.+)", re.IGNORECASE)
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_SHORTEST, _LONGEST = 10, 15
_RUSSIAN_LENGTH: Final = 11


def own_phone(message: Json, token: str) -> str | None:
    """Return the sender's own phone, ``+`` and digits, from a ``Message`` with a contact; ``None`` unless all fits.

    A dialog, not forwarded, one attachment, the account of the card is the sender's, MAX's signature over the card
    (HMAC-SHA-256 under the bot's token, in hex) and exactly one number.
    """
    attachments = message["body"].get("attachments") or []
    if message.get("link") is not None or len(attachments) != 1 or message["recipient"]["chat_type"] != "dialog":
        return None
    card = attachments[0].get("payload") or {}
    owner = card.get("max_info") or {}
    if owner.get("user_id") != message["sender"]["user_id"]:
        return None
    vcf = card.get("vcf_info") or ""
    return _only_number(vcf) if _is_signed(vcf, card.get("hash") or "", token) else None


def _is_signed(vcf: str, told: str, token: str) -> bool:
    """Tell whether ``told`` is MAX's signature; some clients leave the line ends as written-out escapes."""
    return any(
        hmac.compare_digest(hmac.new(token.encode(), card.encode(), sha256).hexdigest().encode(), told.encode())
        for card in (vcf, vcf.replace("\\r\\n", "\r\n"))
    )


def _only_number(vcf: str) -> str | None:
    lines = _FOLD.sub("", vcf.replace("\\r\\n", "\r\n")).splitlines()
    found = [match[1] for line in lines if (match := _TEL.fullmatch(line.strip()))]
    if len(found) != 1:
        return None
    digits = re.sub(r"[^0-9]", "", found[0])
    if len(digits) == _RUSSIAN_LENGTH and digits.startswith("8"):
        digits = f"7{digits[1:]}"
    return f"+{digits}" if _SHORTEST <= len(digits) <= _LONGEST else None
