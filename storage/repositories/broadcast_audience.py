"""An audience as SQL: of a stretch of an app's subscribers, in their order, one statement selects its members.

Tags and permissions are columns of JSON, and their letters need no escaping there: who has the tag ``vip`` has
``"vip"`` in the column. ``position`` finds that to the letter (``LIKE`` takes ``_`` for any letter, and capitals for
small ones).
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Insert,
    Select,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)

from core.model.broadcasts.broadcast import CONDITIONS_LIMIT, BroadcastAudience, RecipientState, SubscriberPosition
from core.model.people.person import MessengerName
from storage.dialects import position
from storage.rows import to_ms
from storage.tables.broadcasts import recipients
from storage.tables.people import accounts
from storage.tables.subscribers import subscriptions

_SIZES: Final = (0, 1, CONDITIONS_LIMIT)
"""How many names a list of a statement has; shorter ones repeat a name. So there are few statements, which are kept."""
_EXAMPLES: Final = 10
ORDER: Final = (subscriptions.c.consented_at, subscriptions.c.subscription_id)
"""The order of an app's subscribers: the earliest consent first."""
BEHIND: Final = (
    subscriptions.c.app_id == bindparam("app"),
    tuple_(*ORDER) > tuple_(bindparam("behind_at"), bindparam("behind_id")),
)
"""The app's subscribers behind a place."""
STRETCH: Final = (*BEHIND, tuple_(*ORDER) <= tuple_(bindparam("last_at"), bindparam("last_id")))
"""Those up to another one."""


def behind_values(place: SubscriberPosition | None) -> dict[str, object]:
    """Return the values of ``BEHIND``; ``None`` is the place before all subscribers."""
    if place is None:
        return {"behind_at": -1, "behind_id": ""}
    return {"behind_at": to_ms(place.consented_at), "behind_id": place.subscription_id}


def last_values(place: SubscriberPosition) -> dict[str, object]:
    """Return the values that ``STRETCH`` takes beside those of ``BEHIND``."""
    return {"last_at": to_ms(place.consented_at), "last_id": place.subscription_id}


Shape = tuple[int, int, int, int, int, bool]
"""How many names each list of a statement has: permissions and tags that must be there, one of which must be, and that
must not be; and whether it asks by which messenger."""


def shape_and_values(audience: BroadcastAudience) -> tuple[Shape, dict[str, object]]:
    """Return the shape of the audience's statement, and its values."""
    lists = {
        "permission": (audience.permission,) if audience.permission is not None else (),
        "all": audience.required_tags,
        "any": audience.tags_any,
        "no_tag": audience.exclude_tags,
        "no_permission": audience.exclude_permissions,
    }
    values: dict[str, object] = {}
    sizes = []
    for name, wanted in lists.items():
        filled = _filled([f'"{each}"' for each in wanted])
        sizes.append(len(filled))
        values |= {f"{name}_{number}": each for number, each in enumerate(filled)}
    if audience.channels:
        values |= {f"channel_{number}": each for number, each in enumerate(_channels(audience))}
    return (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], bool(audience.channels)), values


@cache
def counting(shape: Shape) -> Select[int]:
    """Build the count of an audience, within a stretch."""
    return select(func.count()).select_from(_members(shape).subquery())


@cache
def listing(shape: Shape, *, has_names: bool) -> Select[tuple[str]]:
    """Build the list of the first few of an audience, within a stretch, of whom names are kept, or none are."""
    names = subscriptions.c.names
    return (
        _members(shape)
        .with_only_columns(subscriptions.c.subscription_id)
        .where(names.is_not(None) if has_names else names.is_(None))
        .order_by(*ORDER)
        .limit(_EXAMPLES)
    )


@cache
def inviting(shape: Shape) -> Insert:
    """Build the insertion of an audience, within a stretch, as the recipients of ``job``, ``limit`` at most.

    They are numbered from behind the number ``before``.
    """
    members = _members(shape).order_by(*ORDER).limit(bindparam("limit")).subquery()
    numbered = select(
        bindparam("job"),
        bindparam("before") + func.row_number().over(order_by=(members.c.consented_at, members.c.subscription_id)),
        members.c.subscription_id,
        literal(RecipientState.WAITING.value),
        members.c.bot,
    )
    return insert(recipients).from_select(["job_id", "position", "subscription_id", "state", "bot"], numbered)


def _members(shape: Shape) -> Select[tuple[str, int, str]]:
    permission, all_tags, any_tag, no_tag, no_permission, is_by_channel = shape
    tags, permissions = subscriptions.c.tags, subscriptions.c.permissions
    conditions = [
        *_has(permissions, "permission", permission),
        *_has(tags, "all", all_tags),
        *(~each for each in _has(tags, "no_tag", no_tag)),
        *(~each for each in _has(permissions, "no_permission", no_permission)),
    ]
    if any_tag:
        conditions.append(or_(*_has(tags, "any", any_tag)))
    if is_by_channel:
        conditions.append(
            accounts.c.messenger.in_([bindparam(f"channel_{number}") for number in range(len(MessengerName))])
        )
    return (
        select(subscriptions.c.subscription_id, subscriptions.c.consented_at, accounts.c.bot)
        .join(accounts, accounts.c.account_id == subscriptions.c.account_id)
        .where(*STRETCH, subscriptions.c.ended_at.is_(None), *conditions)
    )


def _has(column: Column[str], name: str, size: int) -> list[ColumnElement[bool]]:
    names = func.coalesce(column, "")
    return [position(names, bindparam(f"{name}_{number}")) > 0 for number in range(size)]


def _filled(names: Sequence[str]) -> Sequence[str]:
    """Return the names, the last one repeated until they are as many as a statement has room for."""
    size = next(size for size in _SIZES if size >= len(names))
    return [*names, *([names[-1]] * size)][:size] if names else []


def _channels(audience: BroadcastAudience) -> Sequence[str]:
    names = [channel.value for channel in audience.channels]
    return [*names, *([names[-1]] * len(MessengerName))][: len(MessengerName)]
