"""One-time codes as rows, and the requests of sites for one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update

from core.model.ids import AppId, SubscriptionId
from core.model.otp.code import CodeRequest, CodeTerms, OneTimeCode, RequestState
from storage.rows import Composite, RowMapper, from_ms, to_ms
from storage.statements import Statements, insert_all
from storage.tables.otp import code_requests, one_time_codes

_SECOND: Final = timedelta(seconds=1)


def _read_terms(ttl: int, max_attempts: int, length: int, purpose: str) -> CodeTerms:
    return CodeTerms(ttl=ttl * _SECOND, max_attempts=max_attempts, length=length, purpose=purpose)


def _write_terms(terms: CodeTerms) -> tuple[int, int, int, str]:
    return (terms.ttl // _SECOND, terms.max_attempts, terms.length, terms.purpose)


_CODE: Final = RowMapper(one_time_codes, OneTimeCode)
_REQUEST: Final = RowMapper(
    code_requests,
    CodeRequest,
    {"terms": Composite(("ttl", "max_attempts", "length", "purpose"), _read_terms, _write_terms)},
    known_by="of app {app_id}",
)
_CODES: Final = one_time_codes.c
_ADD: Final = insert_all(one_time_codes)
_BY_ID: Final = select(*_CODE.columns).where(_CODES.code_id == bindparam("code_id"))
_ACTIVE: Final = select(*_CODE.columns).where(
    _CODES.app_id == bindparam("app_id"),
    _CODES.subscription_id == bindparam("subscription_id"),
    _CODES.purpose == bindparam("purpose"),
    _CODES.is_test == bindparam("is_test"),
    _CODES.digest.is_not(None),
)
_LATEST: Final = (
    select(*_CODE.columns)
    .where(
        _CODES.app_id == bindparam("app_id"),
        _CODES.subscription_id == bindparam("subscription_id"),
        _CODES.purpose == bindparam("purpose"),
        _CODES.is_test == bindparam("is_test"),
    )
    .order_by(_CODES.created_at.desc())
    .limit(1)
)
_SWAP: Final = (
    update(one_time_codes)
    .where(
        _CODES.code_id == bindparam("id"), _CODES.attempts == bindparam("before_attempts"), _CODES.digest.is_not(None)
    )
    .values(digest=bindparam("digest"), attempts=bindparam("attempts"), ending=bindparam("ending"))
)
_REMOVE: Final = delete(one_time_codes).where(_CODES.code_id == bindparam("code_id"))
_SENT_SINCE: Final = (
    select(_CODES.created_at)
    .where(
        _CODES.app_id == bindparam("app_id"),
        _CODES.subscription_id == bindparam("subscription_id"),
        _CODES.is_test == bindparam("is_test"),
        _CODES.created_at > bindparam("since"),
    )
    .order_by(_CODES.created_at.desc())
    .limit(bindparam("limit"))
)
_FORGET: Final = delete(one_time_codes).where(
    _CODES.code_id.in_(select(_CODES.code_id).where(_CODES.created_at < bindparam("before")).limit(bindparam("limit")))
)
_FORGET_OF: Final = delete(one_time_codes).where(_CODES.subscription_id == bindparam("subscription_id"))

_REQUESTS: Final = code_requests.c
_ADD_REQUEST: Final = insert_all(code_requests)
_REQUEST_BY_DIGEST: Final = select(*_REQUEST.columns).where(_REQUESTS.digest == bindparam("digest"))
_SWAP_REQUEST: Final = (
    update(code_requests)
    .where(_REQUESTS.digest == bindparam("of"), _REQUESTS.state == RequestState.PENDING.value)
    .values(state=bindparam("after_state"), subscription_id=bindparam("subscription_id"), code_id=bindparam("code_id"))
)
_OPEN_REQUESTS: Final = select(func.count()).where(
    _REQUESTS.app_id == bindparam("app_id"),
    _REQUESTS.expires_at > bindparam("now"),
    _REQUESTS.state == RequestState.PENDING.value,
)
_FORGET_REQUESTS: Final = delete(code_requests).where(
    _REQUESTS.digest.in_(
        select(_REQUESTS.digest).where(_REQUESTS.expires_at < bindparam("before")).limit(bindparam("limit"))
    )
)
_FORGET_REQUESTS_OF: Final = delete(code_requests).where(_REQUESTS.subscription_id == bindparam("subscription_id"))


class SqlOneTimeCodes:
    """``core.ports.otp.OneTimeCodeRepository`` in one transaction.

    A swap compares the number of guesses; a code that is over has no digest and is swapped no more.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, code: OneTimeCode) -> None:
        self._statements.change(_ADD, _CODE.values(code))

    def by_id(self, code_id: str) -> OneTimeCode | None:
        return _CODE.read_or_none(self._statements.first(_BY_ID, {"code_id": code_id}))

    def active(
        self, app_id: AppId, subscription_id: SubscriptionId, purpose: str, *, is_test: bool
    ) -> OneTimeCode | None:
        values = {"app_id": app_id, "subscription_id": subscription_id, "purpose": purpose, "is_test": is_test}
        return _CODE.read_or_none(self._statements.first(_ACTIVE, values))

    def latest(
        self, app_id: AppId, subscription_id: SubscriptionId, purpose: str, *, is_test: bool
    ) -> OneTimeCode | None:
        values = {"app_id": app_id, "subscription_id": subscription_id, "purpose": purpose, "is_test": is_test}
        return _CODE.read_or_none(self._statements.first(_LATEST, values))

    def swap(self, before: OneTimeCode, after: OneTimeCode) -> bool:
        values = {"id": before.code_id, "before_attempts": before.attempts}
        ending = after.ending and after.ending.value
        changed = {"digest": after.digest, "attempts": after.attempts, "ending": ending}
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
        self._statements.change(_ADD_REQUEST, _REQUEST.values(request))

    def request(self, digest: bytes) -> CodeRequest | None:
        return _REQUEST.read_or_none(self._statements.first(_REQUEST_BY_DIGEST, {"digest": digest}))

    def swap_request(self, before: CodeRequest, after: CodeRequest) -> bool:
        values = {"subscription_id": after.subscription_id, "code_id": after.code_id}
        return self._statements.change(_SWAP_REQUEST, {"of": before.digest, "after_state": after.state, **values}) == 1

    def open_requests(self, app_id: AppId, now: datetime) -> int:
        row = self._statements.first(_OPEN_REQUESTS, {"app_id": app_id, "now": to_ms(now)})
        return int(row[0]) if row else 0

    def forget_requests(self, expired_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET_REQUESTS, {"before": to_ms(expired_before), "limit": limit})
