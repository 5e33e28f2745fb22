"""What becomes of a message is told to its app, in the transaction in which it comes to its end."""

from dataclasses import dataclass
from datetime import datetime

from core.broadcasts.tally import count_in, count_out, job_of
from core.later.outcomes import news_of_cause
from core.model.sending.notice import ARRIVED, OPEN, CauseKind, Notice, NoticeState
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Unit
from core.webhooks.publisher import News, Teller, news_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """The story of a message once it is settled."""

    teller: Teller

    def follow(self, unit: Unit, before: Notice, after: Notice, now: datetime) -> None:
        """Tell the app of a message that was just settled, or of one that was sent and failed afterwards.

        Broadcasts are told of as a whole, when they are over: each of their messages is counted, and counted out if it
        was sent and is to be sent again. Of a one-time code nobody needs to read the text again. That a message was
        sent is told once, however often it is sent, unless somebody asked for it again.
        """
        job_id = job_of(after)
        if job_id is not None and before.state in ARRIVED and after.state in OPEN:
            count_out(unit, job_id, after, now)
        is_news = before.state in OPEN or after.state is NoticeState.FAILED
        if not is_news or after.state in OPEN:
            return
        if job_id is not None:
            count_in(unit, job_id, after, now)
            return
        if after.cause is not None and after.cause.kind is CauseKind.OTP:
            unit.outbox.erase_content(after.notice_id)
        if after.is_told and after.state in ARRIVED:
            return
        is_of_interest = after.cause is not None or unit.webhooks.listening(after.app_id)
        news = _news(unit, after) if is_of_interest else None
        if news is not None:
            self.teller.tell(unit, after.app_id, now, news, *news_of_cause(unit, before, after, news, now))


def _news(unit: Unit, notice: Notice) -> News | None:
    """Return ``delivery.success`` or ``delivery.failed``; ``None`` if it was cancelled, or nobody's any more.

    A one-time code that was sent is ``otp.sent``.
    """
    event = WebhookEvent.DELIVERY_SUCCESS if notice.state in ARRIVED else WebhookEvent.DELIVERY_FAILED
    subscription = unit.subscriptions.find(notice.app_id, notice.account_id)
    account = unit.people.account_by_id(notice.account_id)
    if notice.state is NoticeState.CANCELLED or subscription is None or account is None:
        return None
    told: dict[str, object] = {"delivery_id": notice.notice_id}
    if event is WebhookEvent.DELIVERY_SUCCESS and notice.cause is not None and notice.cause.kind is CauseKind.OTP:
        code = unit.one_time_codes.by_id(notice.cause.id)
        event, told = WebhookEvent.OTP_SENT, {**told, "purpose": code.purpose if code else ""}
    if event is WebhookEvent.DELIVERY_FAILED:
        told |= {"status": notice.state.value, "reason": notice.reason}
    return news_of(event, subscription, account, told, is_test=notice.is_test)
