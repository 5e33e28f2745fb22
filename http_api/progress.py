"""The word for how far a message has come, in both dialects."""

from collections.abc import Mapping
from typing import Final, Literal

from core.model.sending.outbox_message import MessageState

Progress = Literal["queued", "sent", "delivered", "read", "failed", "unknown", "expired", "cancelled"]

PROGRESS: Final[Mapping[MessageState, Progress]] = {
    MessageState.ACCEPTED: "queued",
    MessageState.SENDING: "queued",
    MessageState.SENT: "sent",
    MessageState.DELIVERED: "delivered",
    MessageState.READ: "read",
    MessageState.FAILED: "failed",
    MessageState.UNKNOWN: "unknown",
    MessageState.EXPIRED: "expired",
    MessageState.CANCELLED: "cancelled",
}
