"""What one transaction can find, keep and change of broadcasts and their recipients."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.model.broadcasts.broadcast import (
    AudienceProgress,
    Broadcast,
    BroadcastAudience,
    Recipient,
    RecipientState,
    Report,
    SubscriberPosition,
)
from core.model.ids import AppId, BotName, JobId, MessageId, SubscriptionId


class BroadcastRepository(Protocol):
    """The broadcasts, and for each the recipients in their order."""

    def add(self, job: Broadcast) -> None:
        """Keep a new broadcast."""
        ...

    def put(self, job: Broadcast) -> None:
        """Replace the broadcast with the same id; its audience stays as it was."""
        ...

    def by_id(self, job_id: JobId) -> Broadcast | None:
        """Find a broadcast."""
        ...

    def latest(self, app_id: AppId | None, limit: int) -> Sequence[Broadcast]:
        """List the newest broadcasts of the app, or of all, newest first."""
        ...

    def count_open(self, app_id: AppId) -> int:
        """Count the app's broadcasts that are not over."""
        ...

    def open(self, after: JobId, limit: int) -> Sequence[JobId]:
        """List broadcasts that are not over, by id, from behind ``after``."""
        ...

    def newest(self, app_id: AppId) -> SubscriberPosition | None:
        """Return the last place in the order of the app's subscribers; ``None`` if it has none."""
        ...

    def stretch(self, app_id: AppId, behind: SubscriberPosition | None, limit: int) -> SubscriberPosition | None:
        """Return the place ``limit`` subscribers of the app behind another; ``None`` if there are not so many."""
        ...

    def count(
        self, app_id: AppId, audience: BroadcastAudience, behind: SubscriberPosition | None, last: SubscriberPosition
    ) -> int:
        """Count subscribers who are in the audience now, from behind a place up to the ``last``."""
        ...

    def some_of(
        self,
        app_id: AppId,
        audience: BroadcastAudience,
        behind: SubscriberPosition | None,
        last: SubscriberPosition,
        *,
        has_names: bool,
    ) -> Sequence[SubscriptionId]:
        """List the first few of the audience within a stretch of whom names are kept, or of whom none are."""
        ...

    def invite(self, job: Broadcast, invitation: AudienceProgress, last: SubscriberPosition, limit: int) -> int:
        """Make recipients of at most ``limit`` subscribers who are in the audience now, up to ``last``; count them."""
        ...

    def waiting_bots(self, job_id: JobId) -> Sequence[BotName]:
        """List the bots of recipients whose turn has not come."""
        ...

    def next_recipients(self, job_id: JobId, bot: BotName, limit: int) -> Sequence[Recipient]:
        """List recipients by a bot whose turn has not come, in order."""
        ...

    def put_off(self, job_id: JobId, now: datetime, limit: int) -> Sequence[Recipient]:
        """List recipients whose turn was put off until now or before, longest due first."""
        ...

    def put_recipient(self, job_id: JobId, recipient: Recipient) -> None:
        """Replace the recipient at the same position."""
        ...

    def recipient_of(self, job_id: JobId, message_id: MessageId) -> Recipient | None:
        """Find the recipient of a message."""
        ...

    def count_awake(self, job_id: JobId, until: datetime) -> Mapping[BotName, int]:
        """Count the broadcast's messages that are in the outbox and due by ``until``, by bot."""
        ...

    def withdraw(self, job_id: JobId, now: datetime) -> int:
        """Cancel the broadcast's messages that are in the outbox and not being sent; return how many there were."""
        ...

    def wake(self, app_id: AppId, now: datetime) -> None:
        """Let everything of the app's broadcasts that waits be looked at now, whatever it waits for."""
        ...

    def count_got(self, subscription_id: SubscriptionId, since: datetime) -> int:
        """Count the messages of broadcasts that a subscriber got, or will get, since then; tests do not count."""
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
