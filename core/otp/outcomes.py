"""A one-time password as a maker of messages: what becomes of its message is told, and its text is erased."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from core.model.sending.outbox_message import ARRIVED, OutboxMessage
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Unit
from core.webhooks.publisher import Event


@dataclass(frozen=True, slots=True)
class OtpOutcome:
    """The story of a one-time password's message, once it is settled."""

    tells_each: ClassVar[bool] = True

    def settled(
        self, unit: Unit, before: OutboxMessage, after: OutboxMessage, event: Event | None, now: datetime
    ) -> Sequence[Event]:
        """Erase the text, which holds the digits and is not needed again; one that was sent is told as ``otp.sent``."""
        del before, now
        unit.outbox.erase_content(after.message_id)
        if event is None or after.cause is None or after.state not in ARRIVED:
            return () if event is None else (event,)
        code = unit.one_time_codes.by_id(after.cause.id)
        data = {**event.data, "purpose": code.purpose if code else ""}
        return (replace(event, event=WebhookEvent.OTP_SENT, data=data),)

    def reopened(self, unit: Unit, message: OutboxMessage, now: datetime) -> None:
        """Do nothing: without its text it is not sent again."""
