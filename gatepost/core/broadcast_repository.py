"""What one transaction can find, keep and change of broadcasts and their recipients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gatepost.core.model.broadcast import Audience, Broadcast, Recipient, RecipientState, Report
from gatepost.core.model.ids import AppId, JobId, NoticeId, SubscriptionId


class Broadcasts(Protocol):
    """The broadcasts, and for each the recipients in their order."""

    def add(self, job: Broadcast) -> None:
        """Keep a new broadcast."""
        ...

    def put(self, job: Broadcast) -> None:
        """Replace the broadcast with the same id; for whom it is stays as it was."""
        ...

    def by_id(self, job_id: JobId) -> Broadcast | None:
        """Find a broadcast."""
        ...

    def latest(self, app_id: AppId | None, limit: int) -> Sequence[Broadcast]:
        """List the newest broadcasts of the app, or of all, newest first."""
        ...

    def count_open(self, app_id: AppId) -> int:
        """Count the app's broadcasts that something is left to be done about."""
        ...

    def due(self, by: datetime, after: JobId, limit: int) -> Sequence[Broadcast]:
        """List broadcasts that something may be done about by then, by id, from behind ``after``."""
        ...

    def count(self, app_id: AppId, audience: Audience, limit: int) -> int:
        """Count who is in the audience now; no further than ``limit``."""
        ...

    def invite(self, job: Broadcast, limit: int) -> int:
        """Make all who are in the audience now recipients, ``limit`` at most; return how many there are."""
        ...

    def next_recipients(self, job_id: JobId, after: int, limit: int) -> Sequence[Recipient]:
        """List recipients whose turn has not come, in order, from behind position ``after``."""
        ...

    def put_off(self, job_id: JobId, now: datetime, limit: int) -> Sequence[Recipient]:
        """List recipients whose turn was put off until now or before, longest due first."""
        ...

    def put_recipient(self, job_id: JobId, recipient: Recipient) -> None:
        """Replace the recipient at the same position."""
        ...

    def recipient_of(self, job_id: JobId, notice_id: NoticeId) -> Recipient | None:
        """Find the recipient of a message."""
        ...

    def count_awake(self, job_id: JobId, until: datetime) -> int:
        """Count the broadcast's messages that are in the outbox and due by ``until``."""
        ...

    def withdraw(self, job_id: JobId, now: datetime) -> int:
        """Cancel the broadcast's messages that are in the outbox and not being sent; return how many there were."""
        ...

    def wake(self, app_id: AppId, now: datetime) -> None:
        """Let everything that waits to be sent to many by the app be looked at now, whatever it waits for."""
        ...

    def count_got(self, subscription_id: SubscriptionId, since: datetime) -> int:
        """Count what was sent, or is on its way, to a subscriber by broadcasts since then; tests do not count."""
        ...

    def reports(self, job_id: JobId, state: RecipientState | None, after: int, limit: int) -> Sequence[Report]:
        """List recipients, in one state or all, in order, from behind position ``after``."""
        ...

    def erase_drafts(self, created_before: datetime, limit: int) -> int:
        """Erase the drafts of at most ``limit`` broadcasts that are over and were made before; return how many."""
        ...

    def forget_recipients(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` recipients of broadcasts that are over and were made before; return how many."""
        ...

    def forget(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` broadcasts that are over, were made before, and have no recipients left."""
        ...
