"""The outbox's messages: from an app to a person, and how far each has come (``delivery`` section 2).

A message is aimed at one account at a time. A permanent refusal aims it at the person's next account; an attempt of
which it is not known whether it was done is never repeated by itself, so that no message comes twice by two messengers.
One function per step returns the message as it is afterwards. ``LogFilter`` and ``Undelivered`` say what to look for in
the log of what was sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from core.model.ids import AccountId, AppId, BotName, MessageId, PersonId
from core.model.messages.receipt import Receipt, Stage
from core.model.people.person import Account

MESSAGE_LIMIT: Final = 4000
"""UTF-16 units of a message (an emoji is two): what the strictest messenger takes."""


class MessageState(StrEnum):
    """How far a message has come; ``UNKNOWN`` = it may have been sent or not, and is not tried again by itself."""

    ACCEPTED = "accepted"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OPEN: Final = frozenset({MessageState.ACCEPTED, MessageState.SENDING})
"""The states of a message that is still to be sent."""
UNSUBSCRIBED: Final = "unsubscribed"
"""The reason of a message that was not sent since its subscriber left before."""
NOT_PERMITTED: Final = "permission_missing"
"""The reason of a message that was not sent since its subscriber lacks the permission that it needs."""
ARRIVED: Final = frozenset({MessageState.SENT, MessageState.DELIVERED, MessageState.READ})
"""The states of a message that its messenger took."""
UNDELIVERED: Final = (MessageState.FAILED, MessageState.EXPIRED, MessageState.UNKNOWN)
"""The states in which a message ends that may not have arrived."""
_STAGES: Final = {
    Stage.DELIVERED: MessageState.DELIVERED,
    Stage.READ: MessageState.READ,
    Stage.FAILED: MessageState.FAILED,
    Stage.TOO_LATE: MessageState.FAILED,
}
_PROGRESS: Final = {
    MessageState.SENT: frozenset({MessageState.DELIVERED, MessageState.READ, MessageState.FAILED}),
    MessageState.DELIVERED: frozenset({MessageState.READ}),
}
"""Where a receipt can take a message that was sent."""


class Priority(IntEnum):
    """What goes first; ``LOGIN`` = a person waits for it to log in."""

    LOGIN = 0
    NOTIFICATION = 1
    BROADCAST = 2


class CauseKind(StrEnum):
    """What made a message that no site sent one by one."""

    OTP = "otp"
    BROADCAST = "broadcast"
    SCHEDULED = "scheduled"
    RECURRING = "recurring"
    DRIP = "drip"


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a message: a one-time code, a job, a scheduled or recurring message or a chain, and its id."""

    kind: CauseKind
    id: str


class Outcome(StrEnum):
    """How an attempt ended.

    ``LOST`` = the process died before it knew; ``LATE`` = taken, and then not brought, since the person has not
    written for too long.
    """

    SENT = "sent"
    LATER = "later"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNSURE = "unsure"
    LOST = "lost"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send a message, from 1 on; ``outcome`` is ``None`` while it runs, ``why`` is the messenger's words."""

    message_id: MessageId
    number: int
    account_id: AccountId
    bot: BotName
    began_at: datetime
    outcome: Outcome | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message to a person.

    ``content`` is sealed, and empty once it was erased. ``account_id`` and ``bot`` are what it is aimed at; an open
    one is due at ``next_at``, and the lane that sends it now holds it until ``leased_until``. ``message_id`` is ours,
    ``platform_message_id`` the messenger's. ``tried_before`` = so many attempts were made before its site had it sent
    anew. ``is_maybe_twice`` = a process died while it was being sent, and it was sent again. ``is_bound`` = it is for
    this one account, not for the holder of the phone. ``is_test`` = it goes all the way, but to no messenger. ``cause``
    is what made it, ``None`` if its site sent it. Of those bound, only who holds ``permission`` gets it. ``is_told`` =
    its site was told that it was sent, and it goes on all the same.
    """

    message_id: MessageId
    app_id: AppId
    person_id: PersonId
    content: bytes
    priority: Priority
    created_at: datetime
    expires_at: datetime
    account_id: AccountId
    bot: BotName
    state: MessageState = MessageState.ACCEPTED
    reason: str | None = None
    attempts: int = 0
    tried_before: int = 0
    next_at: datetime | None = None
    leased_until: datetime | None = None
    platform_message_id: str | None = None
    settled_at: datetime | None = None
    is_maybe_twice: bool = False
    is_bound: bool = False
    is_test: bool = False
    cause: Cause | None = None
    permission: str | None = None
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which of an app's messages: all, those that may not have arrived, or those of them in one ``state``.

    ``tests_only`` = the test key asks, which sees what was sent with it.
    """

    undelivered: bool = False
    state: MessageState | None = None
    tests_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """What may not have arrived and can be sent once more: accepted ``since``, by a bot or any, in a state or any."""

    since: datetime
    bot: BotName | None = None
    state: MessageState | None = None


def begin(message: OutboxMessage, now: datetime, leased_until: datetime) -> tuple[OutboxMessage, Attempt]:
    """Return the message as one that is being sent, held until ``leased_until``, and the attempt that begins."""
    number = message.attempts + 1
    attempt = Attempt(
        message_id=message.message_id, number=number, account_id=message.account_id, bot=message.bot, began_at=now
    )
    return replace(message, state=MessageState.SENDING, attempts=number, leased_until=leased_until), attempt


def reopened(message: OutboxMessage, now: datetime) -> OutboxMessage:
    """Return the message as one to be sent once more, now; what was tried before does not count any more."""
    return postponed(replace(unsettled(message), tried_before=message.attempts, is_told=False), now)


def unsettled(message: OutboxMessage) -> OutboxMessage:
    """Return the message without the end that it had: no reason, no time, no id of the messenger's."""
    return replace(message, reason=None, settled_at=None, platform_message_id=None)


def sent(message: OutboxMessage, platform_message_id: str, now: datetime) -> OutboxMessage:
    """Return the message as one that the messenger took, under the id that it gave."""
    return _settled(replace(message, platform_message_id=platform_message_id), MessageState.SENT, None, now)


def postponed(message: OutboxMessage, until: datetime) -> OutboxMessage:
    """Return the message as one to be tried (again) at ``until``."""
    return replace(message, state=MessageState.ACCEPTED, next_at=until, leased_until=None)


def aimed(message: OutboxMessage, account: Account, now: datetime) -> OutboxMessage:
    """Return the message aimed at another account of the person, due now."""
    return postponed(replace(message, account_id=account.account_id, bot=account.bot), now)


def failed(message: OutboxMessage, reason: str, now: datetime) -> OutboxMessage:
    """Return the message as given up: no messenger takes it."""
    return _settled(message, MessageState.FAILED, reason, now)


def unsure(message: OutboxMessage, reason: str, now: datetime) -> OutboxMessage:
    """Return the message as one that may have been sent or not; it is not tried again by itself."""
    return _settled(message, MessageState.UNKNOWN, reason, now)


def expired(message: OutboxMessage, now: datetime) -> OutboxMessage:
    """Return the message as one that was not sent in time."""
    return _settled(message, MessageState.EXPIRED, "ttl", now)


def cancelled(message: OutboxMessage, now: datetime) -> OutboxMessage:
    """Return the message as one that its site does not want sent any more."""
    return _settled(message, MessageState.CANCELLED, None, now)


def told_of(message: OutboxMessage, receipt: Receipt) -> OutboxMessage:
    """Return the message in the state that its receipt tells; a receipt that is not further changes nothing."""
    state = _STAGES.get(receipt.stage)
    if state is None or message.state not in _PROGRESS or state not in _PROGRESS[message.state]:
        return message
    return replace(message, state=state, reason=receipt.why or None)


def _settled(message: OutboxMessage, state: MessageState, reason: str | None, now: datetime) -> OutboxMessage:
    return replace(message, state=state, reason=reason, settled_at=now, next_at=None, leased_until=None)
