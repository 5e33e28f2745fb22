"""What comes back of messages: receipts, which say how far they came, and clicks on the buttons below them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from core.clock import Clock
from core.model.messages.content import read_content
from core.model.messages.message import Choice
from core.model.messages.receipt import Receipt
from core.model.people.person import Sender
from core.model.people.phone import without_phones
from core.model.sending.outbox_message import OPEN, OutboxMessage
from core.model.webhooks.webhook import WebhookEvent
from core.people import accounts
from core.ports.messengers import Revoked
from core.ports.store import Store, Unit
from core.seal import Seal
from core.sending.outbox import content_context
from core.sending.routing import after_receipt
from core.sending.settlement import Settlement
from core.webhooks.publisher import Publisher, event_of

_FRESH: Final = timedelta(hours=1)
"""Trouble that was told longer ago may be mended since; the next message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The story of a message after it was sent."""

    store: Store
    clock: Clock
    settlement: Settlement

    async def record(self, receipt: Receipt) -> None:
        """Keep the news unless something further is known; raise ``Revoked`` if fresh and the operator's to mend."""
        receipt = replace(receipt, why=without_phones(receipt.why))
        is_news = await self.store.write(lambda unit: self._record(unit, receipt))
        if is_news and receipt.is_ours_to_mend and self.clock.now() - receipt.at < _FRESH:
            raise Revoked(receipt.why)

    def _record(self, unit: Unit, receipt: Receipt) -> bool:
        """Keep the news, also with the message of an app that it is about; return whether it was any."""
        message, now = unit.outbox.by_message(receipt.bot, receipt.message_id), self.clock.now()
        if message is not None and (after := after_receipt(unit, message, receipt, now)) != message:
            # Its site knows by now that it was sent; if it goes on all the same, that is not told again.
            after = replace(after, is_told=after.state in OPEN)
            unit.outbox.swap(message, after)
            self.settlement.settled(unit, message, after, now)
        return unit.receipts.put(receipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonClicks:
    """The story of a button below a site's message."""

    store: Store
    clock: Clock
    seal: Seal
    publisher: Publisher

    async def click(self, sender: Sender, platform_message_id: str, data: str) -> None:
        """Tell the site whose message it is, if it is the sender's, has this button, and its subscriber is still there.

        People's clients can send any data at all. A message whose text was erased has no buttons any more.
        """
        now = self.clock.now()

        def tell(unit: Unit) -> None:
            message = unit.outbox.by_message(sender.bot, platform_message_id)
            account = accounts.find(unit, sender)
            if message is None or account is None or message.account_id != account.account_id:
                return
            if not self._offers(message, data):
                return
            subscription = unit.subscriptions.find(message.app_id, account.account_id)
            if subscription is None:
                return
            fields = {"callback_data": data, "delivery_id": message.message_id}
            clicked = event_of(WebhookEvent.BUTTON_CLICKED, subscription, account, fields)
            self.publisher.publish(unit, message.app_id, now, clicked)

        await self.store.write(tell)

    def _offers(self, message: OutboxMessage, data: str) -> bool:
        """Tell whether a button of the message carries the data."""
        if not message.content:
            return False
        content = read_content(self.seal.open(message.content, content_context(message.message_id)))
        return any(isinstance(each, Choice) and each.data == data for row in content.buttons for each in row)
