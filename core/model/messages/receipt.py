"""Receipts: how far a message of ours came, as its messenger reports after it took it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from core.model.ids import BotName


class Stage(IntEnum):
    """How far a message came; a later stage is never undone by an earlier one that arrives late.

    ``TOO_LATE`` = it failed, because the messenger brings only answers and the person has not written for too long.
    """

    SENT = 1
    DELIVERED = 2
    READ = 3
    FAILED = 4
    TOO_LATE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One report about a message. ``why`` is the messenger's code and words if it failed, never a person's.

    ``is_ours_to_mend`` means that only the operator can help: payment, a lock, a policy.
    """

    bot: BotName
    message_id: str
    stage: Stage
    at: datetime
    why: str = ""
    is_ours_to_mend: bool = False
