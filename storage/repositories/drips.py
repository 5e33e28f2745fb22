"""Chains of messages as rows, and the enrolments of subscribers in them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, func, select, tuple_, update

from core.model.ids import AppId, ChainId, SubscriptionId
from core.model.later.drip import Chain, Enrolment, Trigger
from storage.rows import RowMapper, from_ms_or_none, to_ms
from storage.statements import Statements, insert_all, insert_or_replace
from storage.tables.later import drip_chains, enrolments

_CHAIN: Final = RowMapper(drip_chains, Chain)
_ENROLMENT: Final = RowMapper(enrolments, Enrolment)
_ADD_CHAIN: Final = insert_all(drip_chains)
_BY_ID: Final = select(*_CHAIN.columns).where(drip_chains.c.chain_id == bindparam("chain_id"))
_CHAINS: Final = (
    select(*_CHAIN.columns)
    .where(drip_chains.c.app_id == bindparam("app_id"))
    .order_by(drip_chains.c.created_at, drip_chains.c.chain_id)
)
_BEGUN_BY: Final = _CHAINS.where(
    drip_chains.c.trigger == bindparam("trigger"), drip_chains.c.value == bindparam("value")
)
_REMOVE_CHAIN: Final = delete(drip_chains).where(drip_chains.c.chain_id == bindparam("chain_id_"))
_RENAME: Final = (
    update(drip_chains)
    .where(
        drip_chains.c.app_id == bindparam("app_id_"),
        drip_chains.c.trigger == bindparam("trigger_"),
        drip_chains.c.value == bindparam("name_"),
    )
    .values(value=bindparam("new_name"))
)
_COUNT: Final = (
    select(func.count())
    .select_from(enrolments)
    .where(enrolments.c.chain_id == bindparam("chain_id"), enrolments.c.is_test == bindparam("is_test"))
)
_FIND: Final = select(*_ENROLMENT.columns).where(
    enrolments.c.chain_id == bindparam("chain_id"),
    enrolments.c.subscription_id == bindparam("subscription_id"),
    enrolments.c.is_test == bindparam("is_test"),
)
_LEAVE_ALL: Final = delete(enrolments).where(enrolments.c.subscription_id == bindparam("subscription_id_"))
_LEAVE: Final = _LEAVE_ALL.where(enrolments.c.chain_id == bindparam("chain_id_"))
_REMOVE: Final = _LEAVE.where(enrolments.c.is_test == bindparam("is_test_"))
_KEY: Final = (enrolments.c.chain_id, enrolments.c.subscription_id, enrolments.c.is_test)
_SOME: Final = select(*_KEY).where(enrolments.c.chain_id == bindparam("chain_id")).limit(bindparam("limit"))
_EMPTY: Final = delete(enrolments).where(tuple_(*_KEY).in_(_SOME))
_FIRST_DUE: Final = select(func.min(enrolments.c.next_at))
_DUE: Final = (
    select(*_ENROLMENT.columns)
    .where(enrolments.c.next_at <= bindparam("now"))
    .order_by(enrolments.c.next_at)  # and by nothing else: many of the same time would be sorted for every few of them
    .limit(bindparam("limit"))
)


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, enrolments, ("chain_id", "subscription_id", "is_test"))


class SqlDrips:
    """``core.ports.later.DripRepository`` in one transaction.

    A removed chain leaves its enrolments behind; they are deleted some at a time, or when they are due.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add_chain(self, chain: Chain) -> None:
        self._statements.change(_ADD_CHAIN, _CHAIN.values(chain))

    def chain(self, chain_id: ChainId) -> Chain | None:
        return _CHAIN.read_or_none(self._statements.first(_BY_ID, {"chain_id": chain_id}))

    def chains(self, app_id: AppId) -> Sequence[Chain]:
        return [_CHAIN.read(row) for row in self._statements.all(_CHAINS, {"app_id": app_id})]

    def begun_by(self, app_id: AppId, trigger: Trigger, value: str) -> Sequence[Chain]:
        values = {"app_id": app_id, "trigger": trigger.value, "value": value}
        return [_CHAIN.read(row) for row in self._statements.all(_BEGUN_BY, values)]

    def remove_chain(self, chain_id: ChainId) -> None:
        self._statements.change(_REMOVE_CHAIN, {"chain_id_": chain_id})

    def empty(self, chain_id: ChainId, limit: int) -> int:
        return self._statements.change(_EMPTY, {"chain_id": chain_id, "limit": limit})

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        values = {"app_id_": app_id, "trigger_": Trigger.SEGMENT.value, "name_": name, "new_name": new_name}
        self._statements.change(_RENAME, values)

    def count_enrolled(self, chain_id: ChainId) -> int:
        row = self._statements.first(_COUNT, {"chain_id": chain_id, "is_test": False})
        return int(row[0]) if row else 0

    def enrolment(self, chain_id: ChainId, subscription_id: SubscriptionId, *, is_test: bool) -> Enrolment | None:
        values = {"chain_id": chain_id, "subscription_id": subscription_id, "is_test": is_test}
        return _ENROLMENT.read_or_none(self._statements.first(_FIND, values))

    def put_enrolment(self, enrolment: Enrolment) -> None:
        self._statements.change(_put(self._statements.dialect), _ENROLMENT.values(enrolment))

    def remove_enrolment(self, enrolment: Enrolment) -> None:
        values = {"chain_id_": enrolment.chain_id, "subscription_id_": enrolment.subscription_id}
        self._statements.change(_REMOVE, {**values, "is_test_": enrolment.is_test})

    def leave_all(self, subscription_id: SubscriptionId) -> None:
        self._statements.change(_LEAVE_ALL, {"subscription_id_": subscription_id})

    def leave(self, chain_id: ChainId, subscription_id: SubscriptionId) -> None:
        self._statements.change(_LEAVE, {"chain_id_": chain_id, "subscription_id_": subscription_id})

    def first_due(self) -> datetime | None:
        row = self._statements.first(_FIRST_DUE, {})
        return from_ms_or_none(row[0]) if row else None

    def due(self, now: datetime, limit: int) -> Sequence[Enrolment]:
        return [_ENROLMENT.read(row) for row in self._statements.all(_DUE, {"now": to_ms(now), "limit": limit})]
