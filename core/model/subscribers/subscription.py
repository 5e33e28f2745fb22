"""A subscription: the consent of an account's owner that an app may write to it, until it ends.

An ended one stays, so that its id is the same when the person subscribes again.
"""

from dataclasses import dataclass
from datetime import datetime

from core.model.ids import AccountId, AppId, SubscriptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """The consent that an app may write to an account, since ``consented_at``, until ``ended_at``.

    ``permissions`` are keys of the app's. ``external_id`` is the site's own id for who it is. ``names`` are what the
    messenger told when the person last logged in or subscribed by the project dialect, which shows them: sealed
    (``core.people.names``), and erased with the end of the subscription.
    """

    subscription_id: SubscriptionId
    app_id: AppId
    account_id: AccountId
    consented_at: datetime
    ended_at: datetime | None = None
    tags: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    external_id: str | None = None
    names: bytes | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the app may still write to the account."""
        return self.ended_at is None

    def permits(self, permission: str | None) -> bool:
        """Tell whether a message that needs this permission (``None`` = none) may be sent."""
        return permission is None or permission in self.permissions
