"""What passes through the story of signing in: a site's wish, a person's question, and what came of them."""

from dataclasses import dataclass

from core.model.apps.app import App
from core.model.apps.project import Project
from core.model.ids import AppId
from core.model.login.login import Login, Pending, Place, Redeemed, Status
from core.model.people.person import Account, MessengerName, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a site asks for. ``origin`` is the page's (``None`` from a server), ``wants_match`` asks for a number."""

    app_id: AppId
    origin: str | None
    return_url: str | None
    locale: str | None
    code_challenge: str | None
    wants_match: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Started:
    """A new login: the secret for whoever waits, and the ways in for whoever confirms.

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
class Answered:
    """What became of a login, and the app it was for.

    ``way_back`` is the address that takes a one-time code to the site, ``project`` how the app words it.
    """

    login: Login
    app: App
    account: Account
    way_back: str | None = None
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A login as its site may see it."""

    login: Login
    status: Status
    app: App


@dataclass(frozen=True, slots=True)
class Redemption:
    """The one time that a login's profile is handed out."""

    login: Redeemed
    profile: Profile
