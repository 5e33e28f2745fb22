"""The outbox as rows: messages, the attempts to send them, and the requests under idempotency keys."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, func, null, or_, select, tuple_, update

from core.model.ids import AccountId, AppId, BotName, MessageId
from core.model.people.person import MessengerName
from core.model.sending.idempotency import Accepted, Once, Request
from core.model.sending.outbox_message import Attempt, Cause, CauseKind, MessageState, OutboxMessage, Priority
from storage.rows import Composite, Converter, RowMapper, from_ms, to_ms
from storage.statements import Statements, insert_all, insert_or_replace, update_all
from storage.tables.sending import HAS_TEXT, attempts, notices, requests


def _read_cause(kept: str) -> Cause:
    kind, _, cause_id = kept.partition(" ")
    return Cause(CauseKind(kind), cause_id)


def _write_cause(cause: Cause) -> str:
    return f"{cause.kind} {cause.id}"


def _write_once(once: Once) -> tuple[str, bytes]:
    return (once.key, once.digest)


def _read_accepted(kept: str) -> tuple[Accepted, ...]:
    return tuple(
        Accepted(subscription_id, MessengerName(channel) if channel else None, resource_id, why_not)
        for subscription_id, channel, resource_id, why_not in json.loads(kept)
    )


def _write_accepted(accepted: tuple[Accepted, ...]) -> str:
    return json.dumps([[each.subscription_id, each.channel, each.resource_id, each.why_not] for each in accepted])


MESSAGE: Final = RowMapper(notices, OutboxMessage, {"cause": Converter(_read_cause, _write_cause)})
_ATTEMPT: Final = RowMapper(attempts, Attempt)
_REQUEST: Final = RowMapper(
    requests,
    Request,
    {
        "once": Composite(("key", "digest"), Once, _write_once),
        "accepted": Converter(_read_accepted, _write_accepted),
    },
)
_UNCHANGING: Final = (
    "message_id",
    "app_id",
    "person_id",
    "content",
    "priority",
    "created_at",
    "is_bound",
    "is_test",
    "cause",
    "permission",
)
"""What no swap writes; the content is erased by a statement of its own, and must not come back."""
_ADD: Final = insert_all(notices)
_BY_ID: Final = select(*MESSAGE.columns).where(notices.c.message_id == bindparam("message_id"))
_BY_MESSAGE: Final = select(*MESSAGE.columns).where(
    notices.c.bot == bindparam("bot"), notices.c.platform_message_id == bindparam("platform_message_id")
)
_changes: Final = MESSAGE.values_but_for(*_UNCHANGING)
_SWAP: Final = update_all(notices, but_for=_UNCHANGING).where(
    notices.c.message_id == bindparam("id"),
    notices.c.state == bindparam("before_state"),
    notices.c.attempts == bindparam("before_attempts"),
)
_RELEASE: Final = (
    update(notices)
    .where(notices.c.bot == bindparam("bot_"), notices.c.next_at.is_not(None), notices.c.leased_until.is_not(None))
    .values(leased_until=null())
)
IS_FREE: Final = or_(notices.c.leased_until.is_(None), notices.c.leased_until <= bindparam("now"))
"""A message that no lane holds ``now``: its lease, if it has one, has run out."""
_STALE: Final = (
    select(*MESSAGE.columns)
    .where(
        notices.c.next_at.is_not(None),
        notices.c.expires_at < bindparam("expired_before"),
        IS_FREE,
    )
    .limit(bindparam("limit"))
)
_ATTEMPTS: Final = (
    select(*_ATTEMPT.columns).where(attempts.c.message_id == bindparam("message_id")).order_by(attempts.c.number)
)
_WAITING: Final = (
    select(notices.c.bot, notices.c.priority, func.count(), func.min(notices.c.created_at))
    .where(notices.c.next_at.is_not(None))
    .group_by(notices.c.bot, notices.c.priority)
    .order_by(notices.c.bot, notices.c.priority)
)
_ENDED_IN: Final = (
    select(*MESSAGE.columns)
    .where(notices.c.next_at.is_(None), notices.c.state.in_([bindparam(f"state{number}") for number in range(3)]))
    .order_by(notices.c.created_at.desc(), notices.c.message_id)
    .limit(bindparam("limit"))
)
_SETTLED: Final = select(notices.c.message_id).where(
    notices.c.created_at < bindparam("created_before"), notices.c.next_at.is_(None)
)
_ERASE: Final = (
    update(notices)
    .where(notices.c.message_id.in_(_SETTLED.where(HAS_TEXT).limit(bindparam("limit"))))
    .values(content=bindparam("nothing"))
)
_TEXTS_TO: Final = (
    select(*MESSAGE.columns)
    .where(
        notices.c.app_id == bindparam("app_id"),
        notices.c.account_id == bindparam("account_id"),
        notices.c.is_bound == bindparam("is_bound"),
        HAS_TEXT,
    )
    .limit(bindparam("limit"))
)
_ERASE_ONE: Final = update(notices).where(notices.c.message_id == bindparam("id")).values(content=bindparam("nothing"))
_FORGET: Final = delete(notices).where(notices.c.message_id.in_(_SETTLED.limit(bindparam("limit"))))
_REQUEST_BY_KEY: Final = select(*_REQUEST.columns).where(
    requests.c.app_id == bindparam("app_id"), requests.c.key == bindparam("key")
)
_ADD_REQUEST: Final = insert_all(requests)
_OLD_REQUESTS: Final = (
    select(requests.c.app_id, requests.c.key)
    .where(requests.c.created_at < bindparam("created_before"))
    .limit(bindparam("limit"))
)
_FORGET_REQUESTS: Final = delete(requests).where(tuple_(requests.c.app_id, requests.c.key).in_(_OLD_REQUESTS))


@cache
def _put_attempt(dialect: str) -> Insert:
    return insert_or_replace(dialect, attempts, ("message_id", "number"))


class SqlOutbox:
    """``core.ports.sending.OutboxRepository`` in one transaction.

    A swap compares the state and the number of attempts; it never writes the content, which is erased by itself.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, message: OutboxMessage) -> None:
        self._statements.change(_ADD, MESSAGE.values(message))

    def by_id(self, message_id: MessageId) -> OutboxMessage | None:
        return MESSAGE.read_or_none(self._statements.first(_BY_ID, {"message_id": message_id}))

    def by_message(self, bot: BotName, platform_message_id: str) -> OutboxMessage | None:
        values = {"bot": bot, "platform_message_id": platform_message_id}
        return MESSAGE.read_or_none(self._statements.first(_BY_MESSAGE, values))

    def swap(self, before: OutboxMessage, after: OutboxMessage) -> bool:
        values = {"id": before.message_id, "before_state": before.state.value, "before_attempts": before.attempts}
        return self._statements.change(_SWAP, {**values, **_changes(after)}) == 1

    def release(self, bot: BotName) -> int:
        return self._statements.change(_RELEASE, {"bot_": bot})

    def stale(self, expired_before: datetime, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        values = {"expired_before": to_ms(expired_before), "now": to_ms(now), "limit": limit}
        return [MESSAGE.read(row) for row in self._statements.all(_STALE, values)]

    def put_attempt(self, attempt: Attempt) -> None:
        self._statements.change(_put_attempt(self._statements.dialect), _ATTEMPT.values(attempt))

    def attempts(self, message_id: MessageId) -> Sequence[Attempt]:
        return [_ATTEMPT.read(row) for row in self._statements.all(_ATTEMPTS, {"message_id": message_id})]

    def waiting(self) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        rows = self._statements.all(_WAITING, {})
        return [(bot, Priority(priority), count, from_ms(oldest)) for bot, priority, count, oldest in rows]

    def ended_in(self, states: tuple[MessageState, MessageState, MessageState], limit: int) -> Sequence[OutboxMessage]:
        values = {f"state{number}": state.value for number, state in enumerate(states)}
        return [MESSAGE.read(row) for row in self._statements.all(_ENDED_IN, {**values, "limit": limit})]

    def request(self, app_id: AppId, key: str) -> Request | None:
        return _REQUEST.read_or_none(self._statements.first(_REQUEST_BY_KEY, {"app_id": app_id, "key": key}))

    def add_request(self, request: Request) -> None:
        self._statements.change(_ADD_REQUEST, _REQUEST.values(request))

    def forget_requests(self, created_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET_REQUESTS, {"created_before": to_ms(created_before), "limit": limit})

    def erase_content(self, message_id: MessageId) -> None:
        self._statements.change(_ERASE_ONE, {"id": message_id, "nothing": b""})

    def with_text(self, app_id: AppId, account_id: AccountId, limit: int, *, is_bound: bool) -> Sequence[OutboxMessage]:
        values = {"app_id": app_id, "account_id": account_id, "is_bound": is_bound, "limit": limit}
        return [MESSAGE.read(row) for row in self._statements.all(_TEXTS_TO, values)]

    def erase_contents(self, created_before: datetime, limit: int) -> int:
        values = {"created_before": to_ms(created_before), "limit": limit, "nothing": b""}
        return self._statements.change(_ERASE, values)

    def forget(self, created_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"created_before": to_ms(created_before), "limit": limit})
