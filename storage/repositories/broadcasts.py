"""Broadcasts and their recipients as rows, and what is counted, withdrawn and woken of their messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Executable, and_, bindparam, delete, exists, func, null, or_, select, tuple_, update

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
from core.model.people.person import MessengerName
from core.model.sending.outbox_message import MessageState, Priority
from storage.dialects import unlikely
from storage.repositories.broadcast_audience import (
    BEHIND,
    ORDER,
    behind_values,
    counting,
    inviting,
    last_values,
    listing,
    shape_and_values,
)
from storage.repositories.broadcast_rows import BROADCAST, RECIPIENT, read_position
from storage.repositories.outbox import IS_FREE
from storage.rows import to_ms
from storage.statements import Statements, Values, insert_all, update_all
from storage.tables.broadcasts import HAS_DRAFT, IS_WAITING, broadcasts, recipients
from storage.tables.people import accounts
from storage.tables.sending import notices
from storage.tables.subscribers import subscriptions

_ADD: Final = insert_all(broadcasts)
_UNCHANGING: Final = ("job_id", "app_id", "draft", "audience", "created_at", "per_minute", "is_test")
"""What ``put`` does not write; the draft is erased by a statement of its own, and must not come back."""
_changes: Final = BROADCAST.values_but_for(*_UNCHANGING)
_PUT: Final = update_all(broadcasts, but_for=_UNCHANGING).where(broadcasts.c.job_id == bindparam("id"))
_BY_ID: Final = select(*BROADCAST.columns).where(broadcasts.c.job_id == bindparam("job"))
_LATEST: Final = (
    select(*BROADCAST.columns).order_by(broadcasts.c.created_at.desc(), broadcasts.c.job_id).limit(bindparam("limit"))
)
_LATEST_OF: Final = _LATEST.where(broadcasts.c.app_id == bindparam("app"))
_COUNT_OPEN: Final = (
    select(func.count())
    .select_from(broadcasts)
    .where(broadcasts.c.app_id == bindparam("app"), broadcasts.c.next_at.is_not(None))
)
_OPEN: Final = (
    select(broadcasts.c.job_id)
    .where(broadcasts.c.next_at.is_not(None), broadcasts.c.job_id > bindparam("after"))
    .order_by(broadcasts.c.job_id)
    .limit(bindparam("limit"))
)
_OF_JOB: Final = recipients.c.job_id == bindparam("job")
_BEHIND: Final = recipients.c.position > bindparam("after")
_NEXT: Final = (
    select(*RECIPIENT.columns)
    .where(_OF_JOB, unlikely(recipients.c.bot == bindparam("bot")), IS_WAITING)
    .order_by(recipients.c.position)
    .limit(bindparam("limit"))
)
"""Told that a bot has few, SQLite takes ``ix_recipients_next``; the primary key leads over all that had their turn."""
_NEXT_BOT: Final = select(func.min(recipients.c.bot)).where(_OF_JOB, recipients.c.bot > bindparam("after"), IS_WAITING)
_PUT_OFF: Final = (
    select(*RECIPIENT.columns)
    .where(_OF_JOB, recipients.c.due_at.is_not(None), recipients.c.due_at <= bindparam("now"))
    .order_by(recipients.c.due_at, recipients.c.position)
    .limit(bindparam("limit"))
)
_PUT_RECIPIENT: Final = update_all(recipients, but_for=("job_id", "position", "subscription_id", "bot")).where(
    recipients.c.job_id == bindparam("job"), recipients.c.position == bindparam("at")
)
_RECIPIENT_OF: Final = select(*RECIPIENT.columns).where(
    recipients.c.message_id == bindparam("message"), recipients.c.job_id == bindparam("job")
)
_POSTED: Final = (
    _OF_JOB,
    unlikely(recipients.c.state == RecipientState.POSTED.value),
    recipients.c.changed_at.is_not(None),
)
"""Some hundreds at most of many thousands. Told that they are few, SQLite finds them by ``ix_recipients_state``; else
the primary key seems as good to it, and all recipients are read."""
_AWAKE: Final = (
    select(notices.c.bot, func.count())
    .select_from(recipients.join(notices, notices.c.message_id == recipients.c.message_id))
    .where(*_POSTED, notices.c.next_at <= bindparam("until"))
    .group_by(notices.c.bot)
)
_IS_TO_BE_SENT: Final = or_(
    notices.c.state == MessageState.ACCEPTED.value,
    and_(
        notices.c.state == MessageState.SENDING.value,
        IS_FREE,
    ),
)
"""A message that no lane is sending now: it was not taken up yet, or the lease of the lane that did has run out."""
_WITHDRAW: Final = (
    update(notices)
    .where(notices.c.message_id.in_(select(recipients.c.message_id).where(*_POSTED)), _IS_TO_BE_SENT)
    .values(state=MessageState.CANCELLED.value, settled_at=bindparam("now"), next_at=null(), leased_until=null())
)
_WAKE_RECIPIENTS: Final = (
    update(recipients)
    .where(
        recipients.c.job_id.in_(
            select(broadcasts.c.job_id).where(
                broadcasts.c.app_id == bindparam("app"), broadcasts.c.next_at.is_not(None)
            )
        ),
        recipients.c.due_at > bindparam("now"),
    )
    .values(due_at=bindparam("now"))
)
_WAKE_NOTICES: Final = (
    update(notices)
    .where(
        notices.c.app_id == bindparam("app"),
        notices.c.priority == bindparam("priority_"),
        notices.c.next_at > bindparam("now"),
        notices.c.leased_until.is_(None),
    )
    .values(next_at=bindparam("now"))
)
_NOTE_WITHDRAWN: Final = (
    update(recipients)
    .where(
        *_POSTED,
        recipients.c.message_id.in_(
            select(notices.c.message_id).where(
                notices.c.message_id == recipients.c.message_id, notices.c.state == MessageState.CANCELLED.value
            )
        ),
    )
    .values(state=RecipientState.CANCELLED.value, changed_at=bindparam("now"))
)
_GOT: Final = (
    select(func.count())
    .select_from(recipients.join(broadcasts, broadcasts.c.job_id == recipients.c.job_id))
    .where(
        recipients.c.subscription_id == bindparam("subscription"),
        recipients.c.changed_at > bindparam("since"),
        or_(recipients.c.state == RecipientState.POSTED.value, recipients.c.state == RecipientState.SENT.value),
        broadcasts.c.is_test.is_(False),
    )
)
_REPORTS: Final = (
    select(*RECIPIENT.columns, accounts.c.messenger)
    .select_from(
        recipients.outerjoin(subscriptions, subscriptions.c.subscription_id == recipients.c.subscription_id).outerjoin(
            accounts, accounts.c.account_id == subscriptions.c.account_id
        )
    )
    .where(_OF_JOB, _BEHIND)
    .order_by(recipients.c.position)
    .limit(bindparam("limit"))
)
_REPORTS_IN: Final = _REPORTS.where(recipients.c.state == bindparam("state"), recipients.c.changed_at.is_not(None))
_OLD: Final = (
    select(broadcasts.c.job_id)
    .where(broadcasts.c.created_at < bindparam("created_before"), broadcasts.c.next_at.is_(None))
    .limit(bindparam("limit"))
)
_ERASE: Final = (
    update(broadcasts).where(broadcasts.c.job_id.in_(_OLD.where(HAS_DRAFT))).values(draft=bindparam("nothing"))
)
_KEY: Final = tuple_(recipients.c.job_id, recipients.c.position)
_FORGET_RECIPIENTS: Final = delete(recipients).where(
    _KEY.in_(
        select(recipients.c.job_id, recipients.c.position)
        .join(broadcasts, broadcasts.c.job_id == recipients.c.job_id)
        .where(broadcasts.c.created_at < bindparam("created_before"), broadcasts.c.next_at.is_(None))
        .limit(bindparam("limit"))
    )
)
_FORGET: Final = delete(broadcasts).where(
    broadcasts.c.job_id.in_(_OLD.where(~exists().where(recipients.c.job_id == broadcasts.c.job_id)))
)


_NEWEST: Final = (
    select(*ORDER)
    .where(subscriptions.c.app_id == bindparam("app"))
    .order_by(*(column.desc() for column in ORDER))
    .limit(1)
)
_STRETCH_END: Final = select(*ORDER).where(*BEHIND).order_by(*ORDER).limit(1).offset(bindparam("skipped"))


class SqlBroadcasts:
    """``core.ports.broadcasts.BroadcastRepository`` in one transaction.

    Who becomes a recipient is decided by one statement for a stretch of subscribers (``broadcast_audience``); the bots
    whose recipients wait are found by one step in an index each. ``put`` writes what changes while a broadcast is sent.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, job: Broadcast) -> None:
        self._statements.change(_ADD, BROADCAST.values(job))

    def put(self, job: Broadcast) -> None:
        self._statements.change(_PUT, {"id": job.job_id, **_changes(job)})

    def by_id(self, job_id: JobId) -> Broadcast | None:
        return BROADCAST.read_or_none(self._statements.first(_BY_ID, {"job": job_id}))

    def latest(self, app_id: AppId | None, limit: int) -> Sequence[Broadcast]:
        if app_id is None:
            rows = self._statements.all(_LATEST, {"limit": limit})
        else:
            rows = self._statements.all(_LATEST_OF, {"app": app_id, "limit": limit})
        return [BROADCAST.read(row) for row in rows]

    def count_open(self, app_id: AppId) -> int:
        return self._number(_COUNT_OPEN, {"app": app_id})

    def open(self, after: JobId, limit: int) -> Sequence[JobId]:
        return [JobId(row[0]) for row in self._statements.all(_OPEN, {"after": after, "limit": limit})]

    def newest(self, app_id: AppId) -> SubscriberPosition | None:
        row = self._statements.first(_NEWEST, {"app": app_id})
        return None if row is None else read_position(*row)

    def stretch(self, app_id: AppId, behind: SubscriberPosition | None, limit: int) -> SubscriberPosition | None:
        row = self._statements.first(_STRETCH_END, {"app": app_id, **behind_values(behind), "skipped": limit - 1})
        return None if row is None else read_position(*row)

    def count(
        self, app_id: AppId, audience: BroadcastAudience, behind: SubscriberPosition | None, last: SubscriberPosition
    ) -> int:
        shape, values = shape_and_values(audience)
        return self._number(counting(shape), {**values, "app": app_id, **behind_values(behind), **last_values(last)})

    def some_of(
        self,
        app_id: AppId,
        audience: BroadcastAudience,
        behind: SubscriberPosition | None,
        last: SubscriberPosition,
        *,
        has_names: bool,
    ) -> Sequence[SubscriptionId]:
        shape, values = shape_and_values(audience)
        stretch = {"app": app_id, **behind_values(behind), **last_values(last)}
        rows = self._statements.all(listing(shape, has_names=has_names), {**values, **stretch})
        return [SubscriptionId(subscription_id) for (subscription_id,) in rows]

    def invite(self, job: Broadcast, invitation: AudienceProgress, last: SubscriberPosition, limit: int) -> int:
        shape, values = shape_and_values(job.audience)
        stretch = {"app": job.app_id, **behind_values(invitation.behind), **last_values(last)}
        numbers = {"job": job.job_id, "before": invitation.invited, "limit": limit}
        return self._statements.change(inviting(shape), {**values, **stretch, **numbers})

    def waiting_bots(self, job_id: JobId) -> Sequence[BotName]:
        bots: list[BotName] = []
        last = ""
        while (row := self._statements.first(_NEXT_BOT, {"job": job_id, "after": last})) and row[0]:
            last = row[0]
            bots.append(BotName(last))
        return bots

    def next_recipients(self, job_id: JobId, bot: BotName, limit: int) -> Sequence[Recipient]:
        rows = self._statements.all(_NEXT, {"job": job_id, "bot": bot, "limit": limit})
        return [RECIPIENT.read(row) for row in rows]

    def put_off(self, job_id: JobId, now: datetime, limit: int) -> Sequence[Recipient]:
        rows = self._statements.all(_PUT_OFF, {"job": job_id, "now": to_ms(now), "limit": limit})
        return [RECIPIENT.read(row) for row in rows]

    def put_recipient(self, job_id: JobId, recipient: Recipient) -> None:
        values = {"job": job_id, "at": recipient.position, **RECIPIENT.values(recipient)}
        self._statements.change(_PUT_RECIPIENT, values)

    def recipient_of(self, job_id: JobId, message_id: MessageId) -> Recipient | None:
        return RECIPIENT.read_or_none(self._statements.first(_RECIPIENT_OF, {"job": job_id, "message": message_id}))

    def count_awake(self, job_id: JobId, until: datetime) -> Mapping[BotName, int]:
        rows = self._statements.all(_AWAKE, {"job": job_id, "until": to_ms(until)})
        return {BotName(bot): count for bot, count in rows}

    def withdraw(self, job_id: JobId, now: datetime) -> int:
        values = {"job": job_id, "now": to_ms(now)}
        count = self._statements.change(_WITHDRAW, values)
        if count:
            self._statements.change(_NOTE_WITHDRAWN, values)
        return count

    def wake(self, app_id: AppId, now: datetime) -> None:
        values = {"app": app_id, "now": to_ms(now)}
        self._statements.change(_WAKE_RECIPIENTS, values)
        self._statements.change(_WAKE_NOTICES, {**values, "priority_": Priority.BROADCAST.value})

    def count_got(self, subscription_id: SubscriptionId, since: datetime) -> int:
        return self._number(_GOT, {"subscription": subscription_id, "since": to_ms(since)})

    def reports(self, job_id: JobId, state: RecipientState | None, after: int, limit: int) -> Sequence[Report]:
        values: dict[str, object] = {"job": job_id, "after": after, "limit": limit}
        if state is None:
            rows = self._statements.all(_REPORTS, values)
        else:
            rows = self._statements.all(_REPORTS_IN, {**values, "state": state.value})
        return [Report(RECIPIENT.read(row), MessengerName(row[-1]) if row[-1] else None) for row in rows]

    def erase_drafts(self, created_before: datetime, limit: int) -> int:
        values = {"created_before": to_ms(created_before), "limit": limit, "nothing": b""}
        return self._statements.change(_ERASE, values)

    def forget_recipients(self, created_before: datetime, limit: int) -> int:
        values = {"created_before": to_ms(created_before), "limit": limit}
        return self._statements.change(_FORGET_RECIPIENTS, values)

    def forget(self, created_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"created_before": to_ms(created_before), "limit": limit})

    def _number(self, statement: Executable, values: Values) -> int:
        row = self._statements.first(statement, values)
        return int(row[0]) if row else 0
