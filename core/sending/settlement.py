"""What becomes of a message is told to its app, in the transaction in which it comes to its end."""

from dataclasses import dataclass
from datetime import datetime

from core.broadcasts.tally import count_in, count_out, job_of
from core.later.outcomes import news_of_cause
from core.model.sending.outbox_message import ARRIVED, OPEN, CauseKind, MessageState, OutboxMessage
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Unit
from core.webhooks.publisher import Event, Publisher, event_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The story of a message once it is settled."""

    publisher: Publisher

    def settled(self, unit: Unit, before: OutboxMessage, after: OutboxMessage, now: datetime) -> None:
        """Tell the app of a message that was just settled, or of one that was sent and failed afterwards.

        Broadcasts are told of as a whole, when they are over: each of their messages is counted, and counted out if it
        was sent and is to be sent again. Of a one-time code nobody needs to read the text again. That a message was
        sent is told once, however often it is sent, unless somebody asked for it again.
        """
        job_id = job_of(after)
        if job_id is not None and before.state in ARRIVED and after.state in OPEN:
            count_out(unit, job_id, after, now)
        is_news = before.state in OPEN or after.state is MessageState.FAILED
        if not is_news or after.state in OPEN:
            return
        if job_id is not None:
            count_in(unit, job_id, after, now)
            return
        if after.cause is not None and after.cause.kind is CauseKind.OTP:
            unit.outbox.erase_content(after.message_id)
        if after.is_told and after.state in ARRIVED:
            return
        is_of_interest = after.cause is not None or unit.webhooks.listening(after.app_id)
        news = _news(unit, after) if is_of_interest else None
        if news is not None:
            self.publisher.publish(unit, after.app_id, now, news, *news_of_cause(unit, before, after, news, now))


def _news(unit: Unit, message: OutboxMessage) -> Event | None:
    """Return ``delivery.success`` or ``delivery.failed``; ``None`` if it was cancelled, or nobody's any more.

    A one-time code that was sent is ``otp.sent``.
    """
    event = WebhookEvent.DELIVERY_SUCCESS if message.state in ARRIVED else WebhookEvent.DELIVERY_FAILED
    subscription = unit.subscriptions.find(message.app_id, message.account_id)
    account = unit.people.account_by_id(message.account_id)
    if message.state is MessageState.CANCELLED or subscription is None or account is None:
        return None
    told: dict[str, object] = {"delivery_id": message.message_id}
    if event is WebhookEvent.DELIVERY_SUCCESS and message.cause is not None and message.cause.kind is CauseKind.OTP:
        code = unit.one_time_codes.by_id(message.cause.id)
        event, told = WebhookEvent.OTP_SENT, {**told, "purpose": code.purpose if code else ""}
    if event is WebhookEvent.DELIVERY_FAILED:
        told |= {"status": message.state.value, "reason": message.reason}
    return event_of(event, subscription, account, told, is_test=message.is_test)
