"""Permanent links that subscribe people to an app, with a permission or a tag as well (``projects-api`` section 5).

A start payload holds 64 characters. Names that do not fit stand behind a token of 16, from which they are found again
among those the app has.
"""

import re
from dataclasses import dataclass
from typing import Final

_PAYLOAD_LIMIT: Final = 64
_NAME: Final = "[A-Za-z0-9-]{1,64}"
_PAYLOAD: Final = re.compile(rf"proj_([a-z0-9-]{{1,40}})(?:_k-([0-9A-Za-z]{{16}})|(?:_p-({_NAME}))?(?:_t-({_NAME}))?)")
_ANY_PAYLOAD: Final = re.compile(r"(?<![\w-])((?:auth|proj|otp)_[A-Za-z0-9_-]{1,59})(?![\w-])")


@dataclass(frozen=True, slots=True)
class SubscribeLink:
    """What a link carries: an app's slug, and a permission and a tag, or the token that stands for them."""

    slug: str
    permission: str | None = None
    tag: str | None = None
    token: str | None = None


def write_payload(slug: str, permission: str | None, tag: str | None, token: str) -> str:
    """Return what a link carries: the names as they are, or the token if they do not fit."""
    plain = f"proj_{slug}" + (f"_p-{permission}" if permission else "") + (f"_t-{tag}" if tag else "")
    return plain if len(plain) <= _PAYLOAD_LIMIT else f"proj_{slug}_k-{token}"


def read_payload(payload: str) -> SubscribeLink | None:
    """Return what a payload carries; ``None`` if it is another payload."""
    found = _PAYLOAD.fullmatch(payload)
    return SubscribeLink(found[1], found[3], found[4], found[2]) if found else None


def find_payload(text: str) -> str | None:
    """Return the payload of a permanent link that stands in a text, for messengers whose links carry only texts."""
    found = _ANY_PAYLOAD.search(text)
    return found[1] if found else None


_OTP_PAYLOAD: Final = re.compile(r"otp_([0-9A-Za-z]{16})")


def otp_payload(request_id: str) -> str:
    """Return what such a link carries."""
    return f"otp_{request_id}"


def read_otp(payload: str) -> str | None:
    """Return the request's id in a link's payload; ``None`` if it is another payload."""
    found = _OTP_PAYLOAD.fullmatch(payload)
    return found[1] if found else None
