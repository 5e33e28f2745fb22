"""What the links into a bot carry (Bot API: the ``start`` parameter, at most 64 characters): one grammar for all.

``proj_`` subscribes to an app, with a permission or a tag as well; names that do not fit stand behind a token of 16,
from which they are found again among those the app has (``projects-api`` section 5). ``otp_`` asks for a one-time code
(section 7). ``auth_`` begins a login by an app's permanent link, ``auths_`` leads to a session (section 3).
"""

import re
from dataclasses import dataclass
from typing import Final

_PAYLOAD_LIMIT: Final = 64
_NAME: Final = "[A-Za-z0-9-]{1,64}"
_SUBSCRIBE: Final = re.compile(
    rf"proj_([a-z0-9-]{{1,40}})(?:_k-([0-9A-Za-z]{{16}})|(?:_p-({_NAME}))?(?:_t-({_NAME}))?)"
)
_LOGIN: Final = re.compile(r"auth_([a-z0-9-]{1,40})")
_OTP: Final = re.compile(r"otp_([0-9A-Za-z]{16})")
_ANY: Final = re.compile(r"(?<![\w-])((?:auths?|proj|otp)_[A-Za-z0-9_-]{1,59})(?![\w-])")
_START: Final = re.compile(r"(?:[?&]start=|^/start(?:@\w{1,64})? {1,8})([A-Za-z0-9_-]{1,64})(?![\w-])")
"""A deep link that was sent as text, since a client lost its payload, or the command that it stands for."""


@dataclass(frozen=True, slots=True)
class SubscribeLink:
    """What a subscribe link asks for: an app by its slug, a permission and a tag, or the token that stands for them."""

    slug: str
    permission: str | None = None
    tag: str | None = None
    token: str | None = None


def write_subscribe(slug: str, permission: str | None, tag: str | None, token: str) -> str:
    """Return the payload of a subscribe link: with the names as they are, or the token (16) if they do not fit."""
    plain = f"proj_{slug}" + (f"_p-{permission}" if permission else "") + (f"_t-{tag}" if tag else "")
    return plain if len(plain) <= _PAYLOAD_LIMIT else f"proj_{slug}_k-{token}"


def read_subscribe(payload: str) -> SubscribeLink | None:
    """Return what the payload of a subscribe link asks for; ``None`` if it is another payload."""
    match = _SUBSCRIBE.fullmatch(payload)
    return SubscribeLink(match[1], match[3], match[4], match[2]) if match else None


def write_login(slug: str) -> str:
    """Return the payload of an app's permanent login link."""
    return f"auth_{slug}"


def read_login(payload: str) -> str | None:
    """Return the slug in the payload of a permanent login link; ``None`` if it is another payload."""
    match = _LOGIN.fullmatch(payload)
    return match[1] if match else None


def write_session(session_id: str) -> str:
    """Return the payload of a session's link; it is found again by its digest, as any link code, and never read."""
    return f"auths_{session_id}"


def write_otp(request_id: str) -> str:
    """Return the payload of a link that asks for a one-time code."""
    return f"otp_{request_id}"


def read_otp(payload: str) -> str | None:
    """Return the request's id in the payload of a link for a one-time code; ``None`` if it is another payload."""
    match = _OTP.fullmatch(payload)
    return match[1] if match else None


def find_payload(text: str) -> str | None:
    """Return the payload that stands somewhere in a text: in a whole link, after ``/start``, or as it is.

    For messengers whose links carry only texts, and for people who send the link itself.
    """
    match = _START.search(text) or _ANY.search(text)
    return match[1] if match else None
