"""One-time codes and the requests for some, as rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update

from core.model.ids import AppId, SubscriptionId
from core.model.otp.code import CodeRequest, CodeTerms, OneTimeCode, RequestState
from storage.statements import Row, Statements
from storage.tables.otp import code_requests, one_time_codes
from storage.upsert import insert_all
from storage.values import from_ms, to_ms

_SECOND: Final = timedelta(seconds=1)
_CODE: Final = one_time_codes.c
_ADD: Final = insert_all(one_time_codes)
_BY_ID: Final = select(*_CODE).where(_CODE.code_id == bindparam("code_id"))
_ACTIVE: Final = select(*_CODE).where(
    _CODE.app_id == bindparam("app_id"),
    _CODE.subscription_id == bindparam("subscription_id"),
    _CODE.purpose == bindparam("purpose"),
    _CODE.is_test == bindparam("is_test"),
    _CODE.digest.is_not(None),
)
_SWAP: Final = (
    update(one_time_codes)
    .where(_CODE.code_id == bindparam("id"), _CODE.attempts == bindparam("before_attempts"), _CODE.digest.is_not(None))
    .values(digest=bindparam("digest"), attempts=bindparam("attempts"))
)
_REMOVE: Final = delete(one_time_codes).where(_CODE.code_id == bindparam("code_id"))
_SENT_SINCE: Final = (
    select(_CODE.created_at)
    .where(
        _CODE.app_id == bindparam("app_id"),
        _CODE.subscription_id == bindparam("subscription_id"),
        _CODE.is_test == bindparam("is_test"),
        _CODE.created_at > bindparam("since"),
    )
    .order_by(_CODE.created_at.desc())
    .limit(bindparam("limit"))
)
_FORGET: Final = delete(one_time_codes).where(
    _CODE.code_id.in_(select(_CODE.code_id).where(_CODE.created_at < bindparam("before")).limit(bindparam("limit")))
)
_FORGET_OF: Final = delete(one_time_codes).where(_CODE.subscription_id == bindparam("subscription_id"))

_REQUEST: Final = code_requests.c
_ADD_REQUEST: Final = insert_all(code_requests)
_REQUEST_BY_DIGEST: Final = select(*_REQUEST).where(_REQUEST.digest == bindparam("digest"))
_SWAP_REQUEST: Final = (
    update(code_requests)
    .where(_REQUEST.digest == bindparam("of"), _REQUEST.state == RequestState.PENDING.value)
    .values(state=bindparam("after_state"), subscription_id=bindparam("subscription_id"), code_id=bindparam("code_id"))
)
_OPEN_REQUESTS: Final = select(func.count()).where(
    _REQUEST.app_id == bindparam("app_id"),
    _REQUEST.expires_at > bindparam("now"),
    _REQUEST.state == RequestState.PENDING.value,
)
_FORGET_REQUESTS: Final = delete(code_requests).where(
    _REQUEST.digest.in_(
        select(_REQUEST.digest).where(_REQUEST.expires_at < bindparam("before")).limit(bindparam("limit"))
    )
)
_FORGET_REQUESTS_OF: Final = delete(code_requests).where(_REQUEST.subscription_id == bindparam("subscription_id"))


class SqlOneTimeCodes:
    """``core.ports.otp.OneTimeCodeRepository`` in one transaction.

    A swap compares the number of guesses; a code that is over has no digest and is swapped no more.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, code: OneTimeCode) -> None:
        self._statements.change(
            _ADD,
            {
                "code_id": code.code_id,
                "app_id": code.app_id,
                "subscription_id": code.subscription_id,
                "purpose": code.purpose,
                "is_test": code.is_test,
                "digest": code.digest,
                "attempts": code.attempts,
                "max_attempts": code.max_attempts,
                "created_at": to_ms(code.created_at),
                "expires_at": to_ms(code.expires_at),
                "message_id": code.message_id,
            },
        )

    def by_id(self, code_id: str) -> OneTimeCode | None:
        row = self._statements.first(_BY_ID, {"code_id": code_id})
        return None if row is None else _code(row)

    def active(
        self, app_id: AppId, subscription_id: SubscriptionId, purpose: str, *, is_test: bool
    ) -> OneTimeCode | None:
        values = {"app_id": app_id, "subscription_id": subscription_id, "purpose": purpose, "is_test": is_test}
        row = self._statements.first(_ACTIVE, values)
        return None if row is None else _code(row)

    def swap(self, before: OneTimeCode, after: OneTimeCode) -> bool:
        values = {"id": before.code_id, "before_attempts": before.attempts}
        changed = {"digest": after.digest, "attempts": after.attempts}
        return self._statements.change(_SWAP, {**values, **changed}) == 1

    def remove(self, code_id: str) -> None:
        self._statements.change(_REMOVE, {"code_id": code_id})

    def sent_since(
        self, app_id: AppId, subscription_id: SubscriptionId, since: datetime, limit: int, *, is_test: bool
    ) -> Sequence[datetime]:
        values = {"app_id": app_id, "subscription_id": subscription_id, "is_test": is_test}
        rows = self._statements.all(_SENT_SINCE, {**values, "since": to_ms(since), "limit": limit})
        return [from_ms(created_at) for (created_at,) in rows]

    def forget(self, created_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"before": to_ms(created_before), "limit": limit})

    def forget_of(self, subscription_id: SubscriptionId) -> None:
        for statement in (_FORGET_OF, _FORGET_REQUESTS_OF):
            self._statements.change(statement, {"subscription_id": subscription_id})

    def add_request(self, request: CodeRequest) -> None:
        self._statements.change(
            _ADD_REQUEST,
            {
                "digest": request.digest,
                "app_id": request.app_id,
                "ttl": request.terms.ttl // _SECOND,
                "max_attempts": request.terms.max_attempts,
                "length": request.terms.length,
                "purpose": request.terms.purpose,
                "is_test": request.is_test,
                "created_at": to_ms(request.created_at),
                "expires_at": to_ms(request.expires_at),
                "state": request.state.value,
                "subscription_id": request.subscription_id,
                "code_id": request.code_id,
            },
        )

    def request(self, digest: bytes) -> CodeRequest | None:
        row = self._statements.first(_REQUEST_BY_DIGEST, {"digest": digest})
        return None if row is None else _request(row)

    def swap_request(self, before: CodeRequest, after: CodeRequest) -> bool:
        values = {"subscription_id": after.subscription_id, "code_id": after.code_id}
        return self._statements.change(_SWAP_REQUEST, {"of": before.digest, "after_state": after.state, **values}) == 1

    def open_requests(self, app_id: AppId, now: datetime) -> int:
        row = self._statements.first(_OPEN_REQUESTS, {"app_id": app_id, "now": to_ms(now)})
        return int(row[0]) if row else 0

    def forget_requests(self, expired_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET_REQUESTS, {"before": to_ms(expired_before), "limit": limit})


def _code(row: Row) -> OneTimeCode:
    (
        code_id,
        app_id,
        subscription_id,
        purpose,
        is_test,
        digest,
        attempts,
        max_attempts,
        created_at,
        expires_at,
        message_id,
    ) = row
    return OneTimeCode(
        code_id=code_id,
        app_id=app_id,
        subscription_id=subscription_id,
        purpose=purpose,
        is_test=bool(is_test),
        digest=digest,
        attempts=attempts,
        max_attempts=max_attempts,
        created_at=from_ms(created_at),
        expires_at=from_ms(expires_at),
        message_id=message_id,
    )


def _request(row: Row) -> CodeRequest:
    (
        digest,
        app_id,
        ttl,
        max_attempts,
        length,
        purpose,
        is_test,
        created_at,
        expires_at,
        state,
        subscription_id,
        code_id,
    ) = row
    terms = CodeTerms(ttl=ttl * _SECOND, max_attempts=max_attempts, length=length, purpose=purpose)
    return CodeRequest(
        digest=digest,
        app_id=app_id,
        terms=terms,
        is_test=bool(is_test),
        created_at=from_ms(created_at),
        expires_at=from_ms(expires_at),
        state=RequestState(state),
        subscription_id=subscription_id,
        code_id=code_id,
    )
