"""Receipts: remember how far our messages came, and notice when a messenger will not carry them any more."""

from dataclasses import dataclass

from gatepost.core.model.receipt import Receipt
from gatepost.core.ports import Revoked, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The story of a message after it was sent."""

    store: Store

    async def record(self, receipt: Receipt) -> None:
        """Keep the news unless something further is known; raise ``Revoked`` if only the operator can mend it."""
        is_news = await self.store.write(lambda unit: unit.receipts.put(receipt))
        if is_news and receipt.is_ours_to_mend:
            raise Revoked(receipt.why)
