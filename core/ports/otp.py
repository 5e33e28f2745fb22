"""What one transaction can find, keep and change of one-time codes and of the links that ask for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import AppId, SubscriptionId
from core.model.otp.code import CodeRequest, OneTimeCode


class OneTimeCodeRepository(Protocol):
    """The one-time codes, and the requests by link for one."""

    def add(self, code: OneTimeCode) -> None:
        """Keep a new code."""
        ...

    def by_id(self, code_id: str) -> OneTimeCode | None:
        """Find a code."""
        ...

    def active(
        self, app_id: AppId, subscription_id: SubscriptionId, purpose: str, *, is_test: bool
    ) -> OneTimeCode | None:
        """Find the code that is not over yet, expired or not."""
        ...

    def latest(
        self, app_id: AppId, subscription_id: SubscriptionId, purpose: str, *, is_test: bool
    ) -> OneTimeCode | None:
        """Find the newest code there was, over or not."""
        ...

    def swap(self, before: OneTimeCode, after: OneTimeCode) -> bool:
        """Replace ``before`` by ``after``; return False, changing nothing, if it is no longer ``before``."""
        ...

    def remove(self, code_id: str) -> None:
        """Forget a code."""
        ...

    def sent_since(
        self, app_id: AppId, subscription_id: SubscriptionId, since: datetime, limit: int, *, is_test: bool
    ) -> Sequence[datetime]:
        """List the times at which the subscriber's codes were made since then, newest first."""
        ...

    def forget(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` codes made before; return how many."""
        ...

    def forget_of(self, subscription_id: SubscriptionId) -> None:
        """Forget all codes of a subscriber, and the requests they answered."""
        ...

    def add_request(self, request: CodeRequest) -> None:
        """Keep a new request."""
        ...

    def request(self, digest: bytes) -> CodeRequest | None:
        """Find a request by the digest of its id."""
        ...

    def swap_request(self, before: CodeRequest, after: CodeRequest) -> bool:
        """Replace a pending request; return False, changing nothing, if it is no longer pending."""
        ...

    def open_requests(self, app_id: AppId, now: datetime) -> int:
        """Count the app's requests that wait to be answered."""
        ...

    def forget_requests(self, expired_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` requests that expired before; return how many."""
        ...
