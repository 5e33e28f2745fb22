"""What one transaction can find, keep and change of logins.

Secrets are looked up by their digests (``core.login.lookup``); the store never sees one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import AccountId, AppId, LoginId
from core.model.login.login import Login, Pending, SentPrompt


class LoginRepository(Protocol):
    """The logins, and the questions about them that stand in people's chats."""

    def add(self, login: Pending) -> None:
        """Keep a new login."""
        ...

    def by_session(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its session id."""
        ...

    def by_link(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its link code."""
        ...

    def by_user_code(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its user code (``core.model.login.user_code``)."""
        ...

    def by_authorization_code(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its authorization code (RFC 6749)."""
        ...

    def by_id(self, login_id: LoginId) -> Login | None:
        """Find a login by its id."""
        ...

    def swap(self, before: Login, after: Login) -> bool:
        """Replace ``before`` by ``after``; return False, changing nothing, if it is no longer ``before``."""
        ...

    def waiting_for(self, account_id: AccountId, now: datetime) -> Sequence[Pending]:
        """List the unexpired pending logins that the account holds, oldest first."""
        ...

    def put_prompt(self, login_id: LoginId, prompt: SentPrompt) -> None:
        """Remember the newest question about the login."""
        ...

    def note_prompt(self, login_id: LoginId, nonce: str, message_id: str) -> None:
        """Remember which message asks the question with this nonce, unless a newer one was put."""
        ...

    def settle_prompt(self, login_id: LoginId, message_id: str | None = None) -> bool:
        """Note that the message asks no more (``None`` = whichever did); return False if another one asks."""
        ...

    def prompt(self, login_id: LoginId) -> SentPrompt | None:
        """Return the newest question about the login; ``None`` if none was ever put."""
        ...

    def refused_since(self, account_id: AccountId, since: datetime) -> int:
        """Count the logins that the account refused since then."""
        ...

    def over_with_prompt(
        self, now: datetime, sent_before: datetime, after: LoginId | None, limit: int
    ) -> Sequence[tuple[Login, str]]:
        """List logins whose message still asks though they ended or expired, or it was sent before and not answered.

        Ordered by id, beginning behind ``after``.
        """
        ...

    def erase_profiles(self, expired_before: datetime, confirmed_before: datetime, limit: int) -> int:
        """Forget the sealed profiles of at most ``limit`` logins that cannot be redeemed any more; return how many.

        Those are the ones that expired before or, where a code redeems them, were confirmed before.
        """
        ...

    def erase_profiles_of(self, app_id: AppId, account_id: AccountId) -> None:
        """Forget the sealed profiles of the account's logins to the app."""
        ...

    def forget(self, expired_before: datetime, limit: int) -> int:
        """Delete at most ``limit`` logins that expired before; return how many."""
        ...
