"""A person pressed a button that a site put below its message: the site is told."""

from dataclasses import dataclass

from core.clock import Clock
from core.model.people.person import Sender
from core.model.webhooks.webhook import WebhookEvent
from core.people import accounts
from core.ports.store import Store, Unit
from core.webhooks.publisher import Teller, news_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """The story of such a button."""

    store: Store
    clock: Clock
    teller: Teller

    async def click(self, sender: Sender, message_id: str, data: str) -> None:
        """Tell the site whose message it is, if it is the sender's and somebody's still."""
        now = self.clock.now()

        def tell(unit: Unit) -> None:
            notice = unit.outbox.by_message(sender.bot, message_id)
            account = accounts.find(unit, sender)
            if notice is None or account is None or notice.account_id != account.account_id:
                return
            subscription = unit.subscriptions.find(notice.app_id, account.account_id)
            if subscription is None:
                return
            told = {"callback_data": data, "delivery_id": notice.notice_id}
            clicked = news_of(WebhookEvent.BUTTON_CLICKED, subscription, account, told)
            self.teller.tell(unit, notice.app_id, now, clicked)

        await self.store.write(tell)
