"""The word for how far a message has come, in both dialects."""

from collections.abc import Mapping
from typing import Final, Literal

from core.model.sending.notice import NoticeState

Progress = Literal["queued", "sent", "delivered", "read", "failed", "unknown", "expired", "cancelled"]

PROGRESS: Final[Mapping[NoticeState, Progress]] = {
    NoticeState.ACCEPTED: "queued",
    NoticeState.SENDING: "queued",
    NoticeState.SENT: "sent",
    NoticeState.DELIVERED: "delivered",
    NoticeState.READ: "read",
    NoticeState.FAILED: "failed",
    NoticeState.UNKNOWN: "unknown",
    NoticeState.EXPIRED: "expired",
    NoticeState.CANCELLED: "cancelled",
}
