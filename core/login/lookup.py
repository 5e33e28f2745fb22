"""Finding and swapping a login inside a unit of work, and under what its codes are kept."""

from core.model.login.errors import LoginNotFound
from core.model.login.login import Login
from core.ports.store import Stale, Unit
from core.seal import Seal


def found(login: Login | None) -> Login:
    """Return the login, or raise ``LoginNotFound``."""
    if login is None:
        raise LoginNotFound
    return login


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
