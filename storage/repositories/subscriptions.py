"""Subscriptions as rows: which app may write to which account."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Insert,
    Select,
    Text,
    TextClause,
    Update,
    bindparam,
    delete,
    func,
    literal,
    select,
    update,
)

from core.model.ids import AccountId, AppId, SubscriptionId
from core.model.people.person import Account
from core.model.subscribers.subscriber import SubscriberFilter
from core.model.subscribers.subscription import Subscription
from storage.dialects import position, unlikely
from storage.repositories.people_rows import ACCOUNT, read_account
from storage.rows import RowMapper, from_json
from storage.statements import Statements, insert_or_replace
from storage.tables.people import accounts
from storage.tables.subscribers import HAS_TAGS, subscriptions
from storage.vault import Vault

_SUBSCRIPTION: Final = RowMapper(subscriptions, Subscription)
_FIND: Final = select(*_SUBSCRIPTION.columns).where(
    subscriptions.c.app_id == bindparam("app_id"), subscriptions.c.account_id == bindparam("account_id")
)
_BY_ID: Final = select(*_SUBSCRIPTION.columns).where(subscriptions.c.subscription_id == bindparam("subscription_id"))
_BY_EXTERNAL_ID: Final = (
    select(*_SUBSCRIPTION.columns)
    .where(subscriptions.c.app_id == bindparam("app_id"), subscriptions.c.external_id == bindparam("external_id"))
    .order_by(subscriptions.c.consented_at, subscriptions.c.subscription_id)
)
_ALIVE_OF: Final = (
    select(*_SUBSCRIPTION.columns)
    .where(subscriptions.c.account_id == bindparam("account_id"), subscriptions.c.ended_at.is_(None))
    .order_by(subscriptions.c.consented_at, subscriptions.c.subscription_id)
)
_JOINED: Final = subscriptions.join(accounts, subscriptions.c.account_id == accounts.c.account_id)
_IS_ALIVE: Final = (subscriptions.c.app_id == bindparam("app_id"), subscriptions.c.ended_at.is_(None))
_FILTERS: Final[Mapping[str, tuple[ColumnElement[bool] | TextClause, ...]]] = {
    "channel": (accounts.c.messenger == bindparam("channel"),),
    "external_id": (unlikely(subscriptions.c.external_id == bindparam("external_id")),),
    "tag": (HAS_TAGS, unlikely(position(func.coalesce(subscriptions.c.tags, ""), bindparam("tag")) > 0)),
}
"""What must be true of a subscription, by the field of ``SubscriberFilter`` that asks for it."""
_COUNT_BY_TAGS: Final = (
    select(subscriptions.c.tags, func.count())
    .where(*_IS_ALIVE, subscriptions.c.tags != "[]")
    .group_by(subscriptions.c.tags)
)
_REMOVE: Final = delete(subscriptions).where(subscriptions.c.subscription_id == bindparam("subscription_id_"))


@cache
def _page(filters: tuple[str, ...]) -> Select[Any]:
    return (
        select(*_SUBSCRIPTION.columns, *ACCOUNT.columns)
        .select_from(_JOINED)
        .where(*_IS_ALIVE, *(condition for name in filters for condition in _FILTERS[name]))
        .order_by(subscriptions.c.consented_at.desc(), subscriptions.c.subscription_id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )


@cache
def _count(filters: tuple[str, ...]) -> Select[int]:
    rows = _JOINED if "channel" in filters else subscriptions
    conditions = (condition for name in filters for condition in _FILTERS[name])
    return select(func.count()).select_from(rows).where(*_IS_ALIVE, *conditions)


def _filters(wanted: SubscriberFilter) -> dict[str, object]:
    """Return the values of the filters that are asked for, by name."""
    values = {
        "channel": wanted.channel.value if wanted.channel else None,
        "external_id": wanted.external_id,
        "tag": None if wanted.tag is None else _element(wanted.tag),
    }
    return {name: value for name, value in values.items() if value is not None}


def _renaming(column: Column[str]) -> Update:
    """Build the change of one text in a column of JSON arrays; ``element`` is the text in its quotation marks."""
    return _where_held(column).values({column: func.replace(column, bindparam("element"), bindparam("new_element"))})


def _dropping(column: Column[str]) -> Update:
    """Build the removal of one text from a column of JSON arrays, with the comma behind or before it."""
    element = bindparam("element", type_=Text)
    shorter: ColumnElement[str] = column
    for piece in (element.concat(","), literal(",").concat(element), element):
        shorter = func.replace(shorter, piece, "")
    return _where_held(column).values({column: shorter})


def _where_held(column: Column[str]) -> Update:
    # LIKE finds too much (``_`` is any letter, capitals are small ones); replacing is exact and leaves that as it is.
    held = column.contains(bindparam("element"))
    return update(subscriptions).where(subscriptions.c.app_id == bindparam("app_id_"), held)


_RENAME_TAG: Final = _renaming(subscriptions.c.tags)
_DROP_TAG: Final = _dropping(subscriptions.c.tags)
_DROP_PERMISSION: Final = _dropping(subscriptions.c.permissions)


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, subscriptions, ("app_id", "account_id"))


class SqlSubscriptions:
    """``core.ports.subscribers.SubscriptionRepository`` in one transaction.

    Tags and permissions are columns of JSON, which a rename changes in place, in all rows of an app by one statement.
    """

    def __init__(self, statements: Statements, vault: Vault) -> None:
        self._statements = statements
        self._vault = vault

    def find(self, app_id: AppId, account_id: AccountId) -> Subscription | None:
        return _SUBSCRIPTION.read_or_none(self._statements.first(_FIND, {"app_id": app_id, "account_id": account_id}))

    def by_id(self, subscription_id: SubscriptionId) -> Subscription | None:
        return _SUBSCRIPTION.read_or_none(self._statements.first(_BY_ID, {"subscription_id": subscription_id}))

    def by_external_id(self, app_id: AppId, external_id: str) -> Sequence[Subscription]:
        values = {"app_id": app_id, "external_id": external_id}
        return [_SUBSCRIPTION.read(row) for row in self._statements.all(_BY_EXTERNAL_ID, values)]

    def alive_of(self, account_id: AccountId) -> Sequence[Subscription]:
        return [_SUBSCRIPTION.read(row) for row in self._statements.all(_ALIVE_OF, {"account_id": account_id})]

    def list_page(
        self, app_id: AppId, wanted: SubscriberFilter, limit: int, offset: int
    ) -> Sequence[tuple[Subscription, Account]]:
        filters = _filters(wanted)
        values = {"app_id": app_id, "limit": limit, "offset": offset, **filters}
        rows = self._statements.all(_page(tuple(filters)), values)
        width = len(_SUBSCRIPTION.columns)
        return [(_SUBSCRIPTION.read(row), read_account(row[width:], self._vault)) for row in rows]

    def count(self, app_id: AppId, wanted: SubscriberFilter) -> int:
        filters = _filters(wanted)
        row = self._statements.first(_count(tuple(filters)), {"app_id": app_id, **filters})
        return int(row[0]) if row else 0

    def count_by_tag(self, app_id: AppId) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for tags, count in self._statements.all(_COUNT_BY_TAGS, {"app_id": app_id}):
            counts.update(dict.fromkeys(from_json(tags), count))
        return counts

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        elements = {"element": _element(name), "new_element": _element(new_name)}
        self._statements.change(_RENAME_TAG, {"app_id_": app_id, **elements})

    def drop_tag(self, app_id: AppId, name: str) -> None:
        self._statements.change(_DROP_TAG, {"app_id_": app_id, "element": _element(name)})

    def drop_permission(self, app_id: AppId, key: str) -> None:
        self._statements.change(_DROP_PERMISSION, {"app_id_": app_id, "element": _element(key)})

    def put(self, subscription: Subscription) -> None:
        self._statements.change(_put(self._statements.dialect), _SUBSCRIPTION.values(subscription))

    def remove(self, subscription_id: SubscriptionId) -> None:
        self._statements.change(_REMOVE, {"subscription_id_": subscription_id})


def _element(text: str) -> str:
    """Return a tag or key as it stands in a column of JSON; its letters need no escaping, so it stands there once.

    What has other letters is nobody's, and written so that it stands nowhere.
    """
    return json.dumps(text)
