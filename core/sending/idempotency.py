"""Doing what was asked under an idempotency key only once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.model.ids import AppId
from core.model.sending.errors import IdempotencyConflict
from core.model.sending.idempotency import Accepted, Once, Request
from core.ports.store import Unit


def only_once(
    unit: Unit, app_id: AppId, once: Once | None, now: datetime, accept: Callable[[Unit], Sequence[Accepted]]
) -> Sequence[Accepted]:
    """Carry a request out and remember it, in one transaction, or return what came of it when it was carried out.

    Raises ``IdempotencyConflict`` if its key was used for another one.
    """
    earlier = carried_out(unit, app_id, once)
    if earlier is not None:
        return earlier
    accepted = accept(unit)
    if once is not None:
        unit.outbox.add_request(Request(app_id=app_id, once=once, accepted=tuple(accepted), created_at=now))
    return accepted


def carried_out(unit: Unit, app_id: AppId, once: Once | None) -> Sequence[Accepted] | None:
    """Return what came of a request if it was carried out; raise ``IdempotencyConflict`` as ``only_once`` does."""
    request = unit.outbox.request(app_id, once.key) if once else None
    if request is None or once is None:
        return None
    if request.once.digest != once.digest:
        raise IdempotencyConflict
    return request.accepted
