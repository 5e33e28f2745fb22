"""Finding and swapping a login inside a unit of work, and the digests under which its ids and codes are kept.

Session id and authorization code of the project dialect are computed from the login's own id under the master key, so
neither is kept where it could be read.
"""

from datetime import datetime

from core.entropy import base62
from core.model.ids import LoginId
from core.model.login.errors import LoginNotFound
from core.model.login.login import Login
from core.model.login.requests import AUTHORIZATION_CODE_LENGTH, SESSION_ID_LENGTH
from core.ports.store import Stale, Unit
from core.seal import Seal


def existing_login(login: Login | None) -> Login:
    """Return the login, or raise ``LoginNotFound``."""
    if login is None:
        raise LoginNotFound
    return login


def swap_login(unit: Unit, before: Login, after: Login) -> None:
    """Replace the login and wake those who wait for it, or raise ``Stale`` if it is no longer ``before``."""
    if not unit.logins.swap(before, after):
        raise Stale
    unit.ring(after.asked.session_digest)


def link_digest(seal: Seal, code: str) -> bytes:
    """Return what a login's link code is stored as."""
    return seal.digest(code, "link")


def user_code_digest(seal: Seal, code: str) -> bytes:
    """Return what a login's user code is stored as; the purpose says it by its former name."""
    return seal.digest(code, "typed code")


def session_id_of(login_id: LoginId, began_at: datetime, seal: Seal) -> str:
    """Return the id of a login's session: 16 characters of base 62."""
    return base62(int.from_bytes(seal.derived(login_id, "project session id", began_at)), SESSION_ID_LENGTH)


def code_session_digest(session_id: str, seal: Seal) -> bytes:
    """Return what a session's id is stored as; an id of the site dialect is stored under another context."""
    return seal.digest(session_id, "project session")


def authorization_code_of(login_id: LoginId, began_at: datetime, seal: Seal) -> str:
    """Return a login's authorization code (RFC 6749 section 4.1.2): 32 characters of base 62, 190 bits."""
    return base62(int.from_bytes(seal.derived(login_id, "one-time code of", began_at)), AUTHORIZATION_CODE_LENGTH)


def authorization_code_digest(code: str, seal: Seal) -> bytes:
    """Return what an authorization code is stored as."""
    return seal.digest(code, "one-time code")
