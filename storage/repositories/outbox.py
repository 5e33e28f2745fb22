"""Notices and attempts as rows."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, func, null, or_, select, tuple_, update

from core.model.ids import AccountId, AppId, BotName, MessageId
from core.model.people.person import MessengerName
from core.model.sending.idempotency import Accepted, Once, Request
from core.model.sending.outbox_message import Attempt, Cause, CauseKind, MessageState, OutboxMessage, Outcome, Priority
from storage.errors import ImpossibleRowError
from storage.statements import Row, Statements
from storage.tables.sending import HAS_TEXT, attempts, notices, requests
from storage.upsert import insert_all, insert_or_replace
from storage.values import from_ms, from_ms_or_none, to_ms, to_ms_or_none


def request_values(request: Request) -> dict[str, object]:
    """Return the columns of a request."""
    accepted = [[each.subscription_id, each.channel, each.message_id, each.why_not] for each in request.accepted]
    return {
        "app_id": request.app_id,
        "key": request.once.key,
        "digest": request.once.digest,
        "accepted": json.dumps(accepted),
        "created_at": to_ms(request.created_at),
    }


def to_request(row: Row) -> Request:
    """Return the request that a row holds."""
    app_id, key, digest, accepted, created_at = row
    return Request(
        app_id=app_id,
        once=Once(key, digest),
        accepted=tuple(
            Accepted(subscription_id, MessengerName(channel) if channel else None, message_id, why_not)
            for subscription_id, channel, message_id, why_not in json.loads(accepted)
        ),
        created_at=from_ms(created_at),
    )


NOTICE: Final = tuple(notices.columns)
_ADD: Final = insert_all(notices)
_BY_ID: Final = select(*NOTICE).where(notices.c.message_id == bindparam("message_id"))
_BY_MESSAGE: Final = select(*NOTICE).where(
    notices.c.bot == bindparam("bot"), notices.c.platform_message_id == bindparam("platform_message_id")
)
_CHANGING: Final = (
    "account_id",
    "bot",
    "state",
    "reason",
    "attempts",
    "tried_before",
    "expires_at",
    "next_at",
    "leased_until",
    "platform_message_id",
    "settled_at",
    "is_maybe_twice",
    "is_told",
)
_SWAP: Final = (
    update(notices)
    .where(
        notices.c.message_id == bindparam("id"),
        notices.c.state == bindparam("before_state"),
        notices.c.attempts == bindparam("before_attempts"),
    )
    .values({name: bindparam(name) for name in _CHANGING})
)
_RELEASE: Final = (
    update(notices)
    .where(notices.c.bot == bindparam("bot_"), notices.c.next_at.is_not(None), notices.c.leased_until.is_not(None))
    .values(leased_until=null())
)
IS_FREE: Final = or_(notices.c.leased_until.is_(None), notices.c.leased_until <= bindparam("now"))
"""Nobody holds it ``now``."""
_STALE: Final = (
    select(*NOTICE)
    .where(
        notices.c.next_at.is_not(None),
        notices.c.expires_at < bindparam("expired_before"),
        IS_FREE,
    )
    .limit(bindparam("limit"))
)
_ATTEMPTS: Final = (
    select(*attempts.columns).where(attempts.c.message_id == bindparam("message_id")).order_by(attempts.c.number)
)
_WAITING: Final = (
    select(notices.c.bot, notices.c.priority, func.count(), func.min(notices.c.created_at))
    .where(notices.c.next_at.is_not(None))
    .group_by(notices.c.bot, notices.c.priority)
    .order_by(notices.c.bot, notices.c.priority)
)
_ENDED_IN: Final = (
    select(*NOTICE)
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
    select(*NOTICE)
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
_REQUEST: Final = select(*requests.columns).where(
    requests.c.app_id == bindparam("app_id"), requests.c.key == bindparam("key")
)
_ADD_REQUEST: Final = insert_all(requests)
_OLD_REQUESTS: Final = (
    select(requests.c.app_id, requests.c.key)
    .where(requests.c.created_at < bindparam("created_before"))
    .limit(bindparam("limit"))
)
_FORGET_REQUESTS: Final = delete(requests).where(tuple_(requests.c.app_id, requests.c.key).in_(_OLD_REQUESTS))
_STATES: Final = {state.value: state for state in MessageState}


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
        self._statements.change(
            _ADD,
            {
                "message_id": message.message_id,
                "app_id": message.app_id,
                "person_id": message.person_id,
                "content": message.content,
                "priority": message.priority.value,
                "created_at": to_ms(message.created_at),
                "is_bound": message.is_bound,
                "is_test": message.is_test,
                "cause": None if message.cause is None else f"{message.cause.kind} {message.cause.id}",
                "permission": message.permission,
                **_changing_values(message),
            },
        )

    def by_id(self, message_id: MessageId) -> OutboxMessage | None:
        row = self._statements.first(_BY_ID, {"message_id": message_id})
        return None if row is None else to_notice(row)

    def by_message(self, bot: BotName, platform_message_id: str) -> OutboxMessage | None:
        row = self._statements.first(_BY_MESSAGE, {"bot": bot, "platform_message_id": platform_message_id})
        return None if row is None else to_notice(row)

    def swap(self, before: OutboxMessage, after: OutboxMessage) -> bool:
        values = {"id": before.message_id, "before_state": before.state.value, "before_attempts": before.attempts}
        return self._statements.change(_SWAP, {**values, **_changing_values(after)}) == 1

    def release(self, bot: BotName) -> int:
        return self._statements.change(_RELEASE, {"bot_": bot})

    def stale(self, expired_before: datetime, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        values = {"expired_before": to_ms(expired_before), "now": to_ms(now), "limit": limit}
        return [to_notice(row) for row in self._statements.all(_STALE, values)]

    def put_attempt(self, attempt: Attempt) -> None:
        self._statements.change(
            _put_attempt(self._statements.dialect),
            {
                "message_id": attempt.message_id,
                "number": attempt.number,
                "account_id": attempt.account_id,
                "bot": attempt.bot,
                "began_at": to_ms(attempt.began_at),
                "outcome": None if attempt.outcome is None else attempt.outcome.value,
                "why": attempt.why,
            },
        )

    def attempts(self, message_id: MessageId) -> Sequence[Attempt]:
        return [_attempt(row) for row in self._statements.all(_ATTEMPTS, {"message_id": message_id})]

    def waiting(self) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        rows = self._statements.all(_WAITING, {})
        return [(bot, Priority(priority), count, from_ms(oldest)) for bot, priority, count, oldest in rows]

    def ended_in(self, states: tuple[MessageState, MessageState, MessageState], limit: int) -> Sequence[OutboxMessage]:
        values = {f"state{number}": state.value for number, state in enumerate(states)}
        return [to_notice(row) for row in self._statements.all(_ENDED_IN, {**values, "limit": limit})]

    def request(self, app_id: AppId, key: str) -> Request | None:
        row = self._statements.first(_REQUEST, {"app_id": app_id, "key": key})
        return None if row is None else to_request(row)

    def add_request(self, request: Request) -> None:
        self._statements.change(_ADD_REQUEST, request_values(request))

    def forget_requests(self, created_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET_REQUESTS, {"created_before": to_ms(created_before), "limit": limit})

    def erase_content(self, message_id: MessageId) -> None:
        self._statements.change(_ERASE_ONE, {"id": message_id, "nothing": b""})

    def with_text(self, app_id: AppId, account_id: AccountId, limit: int, *, is_bound: bool) -> Sequence[OutboxMessage]:
        values = {"app_id": app_id, "account_id": account_id, "is_bound": is_bound, "limit": limit}
        return [to_notice(row) for row in self._statements.all(_TEXTS_TO, values)]

    def erase_contents(self, created_before: datetime, limit: int) -> int:
        values = {"created_before": to_ms(created_before), "limit": limit, "nothing": b""}
        return self._statements.change(_ERASE, values)

    def forget(self, created_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"created_before": to_ms(created_before), "limit": limit})


def _changing_values(message: OutboxMessage) -> dict[str, object]:
    return {
        "account_id": message.account_id,
        "bot": message.bot,
        "state": message.state.value,
        "reason": message.reason,
        "attempts": message.attempts,
        "tried_before": message.tried_before,
        "expires_at": to_ms(message.expires_at),
        "next_at": to_ms_or_none(message.next_at),
        "leased_until": to_ms_or_none(message.leased_until),
        "platform_message_id": message.platform_message_id,
        "settled_at": to_ms_or_none(message.settled_at),
        "is_maybe_twice": message.is_maybe_twice,
        "is_told": message.is_told,
    }


def to_notice(row: Row) -> OutboxMessage:
    """Return the message that a row of ``NOTICE`` holds."""
    (
        message_id,
        app_id,
        person_id,
        content,
        priority,
        created_at,
        expires_at,
        account_id,
        bot,
        state,
        reason,
        count,
        tried_before,
        next_at,
        leased_until,
        platform_message_id,
        settled_at,
        is_maybe_twice,
        is_bound,
        is_test,
        cause,
        permission,
        is_told,
    ) = row
    if state not in _STATES:
        raise ImpossibleRowError("notices", message_id, f"state {state!r}")
    return OutboxMessage(
        message_id=message_id,
        app_id=app_id,
        person_id=person_id,
        content=content,
        priority=Priority(priority),
        created_at=from_ms(created_at),
        expires_at=from_ms(expires_at),
        account_id=account_id,
        bot=bot,
        state=_STATES[state],
        reason=reason,
        attempts=count,
        tried_before=tried_before,
        next_at=from_ms_or_none(next_at),
        leased_until=from_ms_or_none(leased_until),
        platform_message_id=platform_message_id,
        settled_at=from_ms_or_none(settled_at),
        is_maybe_twice=bool(is_maybe_twice),
        is_bound=bool(is_bound),
        is_test=bool(is_test),
        cause=None if cause is None else _cause(cause),
        permission=permission,
        is_told=bool(is_told),
    )


def _cause(kept: str) -> Cause:
    kind, _, cause_id = kept.partition(" ")
    return Cause(CauseKind(kind), cause_id)


def _attempt(row: Row) -> Attempt:
    message_id, number, account_id, bot, began_at, outcome, why = row
    return Attempt(
        message_id=message_id,
        number=number,
        account_id=account_id,
        bot=bot,
        began_at=from_ms(began_at),
        outcome=None if outcome is None else Outcome(outcome),
        why=why,
    )
