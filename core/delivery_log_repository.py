"""The log of what was sent to people, as sites and operators read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import AppId, NoticeId
from core.model.log import LogFilter, Undelivered
from core.model.notice import Notice


class DeliveryLog(Protocol):
    """Notices as a log, newest first."""

    def page(self, app_id: AppId, wanted: LogFilter, after: NoticeId | None, limit: int) -> Sequence[Notice]:
        """List the app's notices from behind ``after``, newest first."""
        ...

    def undelivered(self, wanted: Undelivered, after: Notice | None, limit: int) -> Sequence[Notice]:
        """List what can be sent once more from behind ``after``, oldest first."""
        ...

    def count_undelivered(self, wanted: Undelivered, until: datetime) -> int:
        """Count what can be sent once more and was accepted by then."""
        ...
