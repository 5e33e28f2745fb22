"""What passes through the story of signing in, in both dialects: what a site asks for and gets, what a person is asked.

Sources: ``sites-api`` sections 1 to 3, ``projects-api`` sections 3 and 4.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Final
from urllib.parse import quote, urlsplit

from core.complaints import Wrong
from core.errors import Invalid
from core.model.apps.app import App
from core.model.apps.project import Project
from core.model.ids import AppId, Phone, SubscriptionId
from core.model.login.login import ANSWER_WINDOW, Login, Pending, Redeemed, RequestOrigin, Status
from core.model.people.person import Account, MessengerName, Profile

SESSION_ID_LENGTH: Final = 16
"""Of the project dialect, in characters of base 62."""
AUTHORIZATION_CODE_LENGTH: Final = 32
"""In characters of base 62."""
_STATE: Final = re.compile(r"[!-%'-;=?-~]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """A login that a site of the site dialect asks for.

    ``origin`` is the page's (``None`` from a server), ``wants_match`` asks for a number to show.
    """

    app_id: AppId
    origin: str | None
    return_url: str | None
    locale: str | None
    code_challenge: str | None
    wants_match: bool
    place: RequestOrigin


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """A new login: the secret for the one who waits, and the ways in for the one who confirms.

    ``links`` are by messenger in order, ``app_links`` open some messengers' apps without a web page in between,
    ``code`` is what may be sent to any of the bots by hand.
    """

    session_id: str
    login: Pending
    app: App
    links: dict[MessengerName, str]
    app_links: dict[MessengerName, str]
    code: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to put to a person: about which login, for which app, and whether their phone is still missing.

    ``nonce`` marks the question's buttons (empty where the phone comes first), ``earlier`` is the message it replaces.
    ``project`` tells how the app introduces itself, where the login is one of the project dialect.
    """

    login: Pending
    app: App
    account: Account
    needs_phone: bool
    nonce: str = ""
    earlier: str | None = None
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class PhoneClaim:
    """A phone that an account says is its own, which only the phone's own chat can confirm.

    ``login`` is the newest that waits for it.
    """

    account: Account
    phone: Phone
    login: Pending | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a login, and the app it was for.

    ``way_back`` is the address that takes an authorization code to the site, ``project`` how the app words it.
    """

    login: Login
    app: App
    account: Account
    way_back: str | None = None
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A login as its site may see it.

    ``asked_at`` is when the bot last put its question, ``None`` while none stands.
    """

    login: Login
    status: Status
    app: App
    asked_at: datetime | None = None

    def answer_seconds(self, now: datetime) -> int | None:
        """Return for how many seconds the bot's question can still be answered, 0 once it lapsed."""
        if self.asked_at is None or self.status is not Status.PENDING:
            return None
        return max(0, ceil((self.asked_at + ANSWER_WINDOW - now).total_seconds()))


@dataclass(frozen=True, slots=True)
class Redemption:
    """The one time that a login's profile is handed out, with a token (JWT, RS256) that says the same."""

    login: Redeemed
    profile: Profile
    token: str


class CodeStatus(StrEnum):
    """How a session of the project dialect stands, in the contract's words."""

    PENDING = "pending"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLoginRequest:
    """A session that a site of the project dialect asks for.

    ``state`` comes back to it, ``wants_match`` asks for a number to show, ``locale`` is what the person speaks,
    ``is_test`` = it asks with its test key.
    """

    state: str | None = None
    redirect_uri: str | None = None
    wants_match: bool = False
    locale: str | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedCodeLogin:
    """A new session: its id, the links by messenger, seconds to live, and the number to show if one was asked for."""

    session_id: str
    links: dict[MessengerName, str]
    expires_in: int
    match_number: int | None


@dataclass(frozen=True, slots=True)
class CodePolled:
    """The answer to one poll; ``code`` is the authorization code, and stands in one answer only."""

    status: CodeStatus
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Who logged in: the site's server gets it for the authorization code."""

    subscriber_id: SubscriptionId
    channel: MessengerName
    first_name: str
    username: str
    lang: str
    tags: tuple[str, ...]
    state: str | None


def checked_state(state: str | None) -> str | None:
    """Return the state, or raise ``Invalid``: printable ASCII without space, ``<``, ``>`` and ``&``."""
    if state is not None and not _STATE.fullmatch(state):
        raise Invalid("state", Wrong.BAD_STATE)
    return state


def with_answer(url: str, code: str, state: str | None) -> str:
    """Return the address that takes an authorization code to the site (RFC 6749 section 4.1.2); its query stays."""
    answer = f"code={code}" if state is None else f"code={code}&state={quote(state, safe='')}"
    query = urlsplit(url).query
    mark = "&" if query else "" if url.endswith("?") else "?"
    return f"{url}{mark}{answer}"
