"""Sending a message that may take several calls, in the two ways the house needs.

A conversation may say a thing twice; an outbox must know whether it was said. Both make the same calls: an adapter
raises ``NoAnswer``, a kind of ``TryLater``, for a call that went out and was not properly answered, and ``Failing``
where at least a server said that it failed.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from core.ports.messengers import Refused, Revoked, TryLater, Unreachable, Unsure


class NoAnswer(TryLater):
    """The call went out and no proper answer came back: it may have been done or not."""


class Failing(NoAnswer):
    """The platform answered that it failed: an outage is over some time, so even an outbox tries again."""


def unanswered(status: int, why: str, pause: float) -> NoAnswer:
    """Return what an answer of this status means whose words are not the messenger's.

    A good one, or a gateway that waited in vain (504), leaves open whether the call was done.
    """
    kind = NoAnswer if status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.GATEWAY_TIMEOUT else Failing
    return kind(pause, why)


Call = Callable[[], Awaitable[str]]
"""Makes one call and returns the id of what was sent."""


async def send_all(calls: Sequence[Call]) -> str:
    """Make the calls in order, and return what the last one sent."""
    sent = ""
    for call in calls:
        sent = await call()
    return sent


async def deliver_all(calls: Sequence[Call]) -> str:
    """Make the calls in order, and return what the last one sent; raise ``Unsure`` if any of it may be there."""
    sent = ""
    for call in calls:
        try:
            sent = await call()
        except Failing as trouble:
            if not sent:
                raise TryLater(trouble.after, str(trouble)) from None
            raise Unsure(f"a part was sent, the rest was not: {trouble}") from None
        except NoAnswer as trouble:
            raise Unsure(str(trouble)) from None
        except (TryLater, Unreachable, Refused, Revoked) as trouble:
            if not sent:
                raise
            raise Unsure(f"a part was sent, the rest was not: {trouble}") from None
    return sent
