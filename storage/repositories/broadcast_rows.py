"""How broadcasts and recipients are kept, where that is not said by their types."""

from typing import Final

from core.model.broadcasts.broadcast import (
    AudienceProgress,
    Broadcast,
    BroadcastAudience,
    Recipient,
    SubscriberPosition,
    read_audience,
)
from core.model.ids import SubscriptionId
from storage.rows import Composite, Converter, RowMapper, from_ms, to_ms
from storage.tables.broadcasts import broadcasts, recipients


def read_position(at: int | None, subscription_id: str | None) -> SubscriberPosition | None:
    """Return a place in the order of an app's subscribers: the time of a consent, and whose it is."""
    if at is None or subscription_id is None:
        return None
    return SubscriberPosition(from_ms(at), SubscriptionId(subscription_id))


def _write_position(position: SubscriberPosition | None) -> tuple[int | None, str | None]:
    return (None, None) if position is None else (to_ms(position.consented_at), position.subscription_id)


def _read_progress(
    last_at: int | None, last_id: str | None, invited_at: int | None, invited_id: str | None, invited: int
) -> AudienceProgress | None:
    last = read_position(last_at, last_id)
    return None if last is None else AudienceProgress(last, read_position(invited_at, invited_id), invited)


def _write_progress(progress: AudienceProgress | None) -> tuple[object, ...]:
    if progress is None:
        return (None,) * 5
    return (*_write_position(progress.last), *_write_position(progress.behind), progress.invited)


BROADCAST: Final = RowMapper(
    broadcasts,
    Broadcast,
    {
        "audience": Converter(read_audience, BroadcastAudience.to_json),
        "invitation": Composite(
            ("last_at", "last_id", "invited_at", "invited_id", "invited"), _read_progress, _write_progress
        ),
    },
)
RECIPIENT: Final = RowMapper(recipients, Recipient, apart=("job_id", "bot"))
