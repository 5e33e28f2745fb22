"""What the stories of a login insist on finding in a unit of work, and under what a login's codes are kept."""

from core.errors import AppDisabled, AppNotFound, LoginNotFound
from core.model.app import App
from core.model.login import Login
from core.ports import Stale, Unit
from core.seal import Seal


def found(login: Login | None) -> Login:
    """Return the login, or raise ``LoginNotFound``."""
    if login is None:
        raise LoginNotFound
    return login


def known(app: App | None) -> App:
    """Return the app, or raise ``AppNotFound``."""
    if app is None:
        raise AppNotFound
    return app


def enabled(app: App | None) -> App:
    """Return the app, or raise ``AppNotFound`` or ``AppDisabled``."""
    app = known(app)
    if not app.enabled:
        raise AppDisabled
    return app


def swap(unit: Unit, before: Login, after: Login) -> None:
    """Replace the login, or raise ``Stale`` if it is no longer ``before``."""
    if not unit.logins.swap(before, after):
        raise Stale


def link_digest(seal: Seal, code: str) -> bytes:
    """Return what a login's link code is stored as."""
    return seal.digest(code, "link")


def typed_digest(seal: Seal, code: str) -> bytes:
    """Return what a login's typed code is stored as."""
    return seal.digest(code, "typed code")
