"""The log of what an app sent to people: what became of each message, and sending it once more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.clock import Clock
from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import AppId, MessageId, SubscriptionId
from core.model.people.person import MessengerName
from core.model.sending import outbox_message
from core.model.sending.errors import MessageNotFound, MessageNotReplayable
from core.model.sending.outbox_message import UNDELIVERED, Attempt, LogFilter, OutboxMessage
from core.ports.store import Stale, Store, Unit
from core.sending.outbox import LIFETIME, OUTBOX
from core.sending.routing import aim_anew


def replay(unit: Unit, before: OutboxMessage, now: datetime) -> OutboxMessage:
    """Send a message once more, and return it as it is now; raise ``MessageNotReplayable``.

    It starts with the first of the person's accounts again. Who replays one whose end is unknown accepts that it
    may come twice.
    """
    if before.state not in UNDELIVERED or not before.content:
        raise MessageNotReplayable
    lasting = replace(before, expires_at=max(before.expires_at, now + LIFETIME))
    after = aim_anew(unit, outbox_message.reopened(lasting, now), now)
    if not unit.outbox.swap(before, after):
        raise Stale
    unit.ring(OUTBOX)
    return after


@dataclass(frozen=True, slots=True)
class Entry:
    """One message, and to which subscriber it is aimed by what; both are ``None`` once the person was erased."""

    message: OutboxMessage
    subscription_id: SubscriptionId | None
    channel: MessengerName | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries, newest first, and the cursor behind which the next page begins; ``None`` if this is the last."""

    entries: Sequence[Entry]
    next_cursor: MessageId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLog:
    """The story of looking back."""

    store: Store
    clock: Clock

    async def page(self, app_id: AppId, wanted: LogFilter, cursor: MessageId | None, limit: int) -> EntryPage:
        """Return a page of the app's messages from behind ``cursor``, newest first; raise ``Invalid``."""

        def find(unit: Unit) -> EntryPage:
            last = None if cursor is None else unit.outbox.by_id(cursor)
            if cursor is not None and not _is_seen(last, app_id, tests_only=wanted.tests_only):
                raise Invalid("cursor", Wrong.BAD_CURSOR)
            found = unit.delivery_log.page(app_id, wanted, cursor, limit + 1)
            page = [_entry(unit, message) for message in found[:limit]]
            return EntryPage(page, page[-1].message.message_id if len(found) > limit else None)

        return await self.store.read(find)

    async def find(
        self, app_id: AppId, message_id: MessageId, *, tests_only: bool
    ) -> tuple[Entry, Sequence[tuple[Attempt, MessengerName]]]:
        """Return one message, and what was tried by which messenger; raise ``MessageNotFound``."""

        def find(unit: Unit) -> tuple[Entry, Sequence[tuple[Attempt, MessengerName]]]:
            entry = _entry(unit, _of_app(unit, app_id, message_id, tests_only=tests_only))
            tried = [(each, unit.people.account_by_id(each.account_id)) for each in unit.outbox.attempts(message_id)]
            return entry, [(attempt, account.messenger) for attempt, account in tried if account is not None]

        return await self.store.read(find)

    async def replay(self, app_id: AppId, message_id: MessageId) -> Entry:
        """Send one once more; raise ``MessageNotFound`` or ``MessageNotReplayable``."""
        now = self.clock.now()
        return await self.store.write(lambda unit: _entry(unit, replay(unit, _of_app(unit, app_id, message_id), now)))


def _of_app(unit: Unit, app_id: AppId, message_id: MessageId, *, tests_only: bool = False) -> OutboxMessage:
    message = unit.outbox.by_id(message_id)
    if message is None or not _is_seen(message, app_id, tests_only=tests_only):
        raise MessageNotFound
    return message


def _is_seen(message: OutboxMessage | None, app_id: AppId, *, tests_only: bool) -> bool:
    """Tell whether a message is the app's, and its key may see it."""
    return message is not None and message.app_id == app_id and (message.is_test or not tests_only)


def _entry(unit: Unit, message: OutboxMessage) -> Entry:
    account = unit.people.account_by_id(message.account_id)
    subscription = unit.subscriptions.find(message.app_id, message.account_id)
    return Entry(
        message,
        None if subscription is None else subscription.subscription_id,
        None if account is None else account.messenger,
    )
