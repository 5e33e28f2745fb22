"""One transaction, seen from inside: the repositories over one connection."""

from storage.repositories.apps import SqlApps
from storage.repositories.bots import SqlBots
from storage.repositories.broadcasts import SqlBroadcasts
from storage.repositories.delivery_log import SqlDeliveryLog
from storage.repositories.drips import SqlDrips
from storage.repositories.events import SqlEvents
from storage.repositories.inbox import SqlInbox
from storage.repositories.lanes import SqlLanes
from storage.repositories.logins import SqlLogins
from storage.repositories.one_time_codes import SqlOneTimeCodes
from storage.repositories.outbox import SqlOutbox
from storage.repositories.people import SqlPeople
from storage.repositories.receipts import SqlReceipts
from storage.repositories.recurring import SqlRecurring
from storage.repositories.scheduled import SqlScheduled
from storage.repositories.signing_keys import SqlSigningKeys
from storage.repositories.subscriptions import SqlSubscriptions
from storage.repositories.webhooks import SqlWebhooks
from storage.statements import Statements
from storage.vault import Vault


class SqlUnit:
    """``core.ports.store.Unit``. One serves all units of its connection in turn; between two of them it holds nothing.

    ``rung`` are the bells that the unit which runs now wants to be rung after the commit.
    """

    def __init__(self, statements: Statements, vault: Vault) -> None:
        self.rung: set[bytes] = set()
        self.logins = SqlLogins(statements)
        self.people = SqlPeople(statements, vault)
        self.subscriptions = SqlSubscriptions(statements, vault)
        self.apps = SqlApps(statements)
        self.signing_keys = SqlSigningKeys(statements)
        self.inbox = SqlInbox(statements)
        self.events = SqlEvents(statements)
        self.receipts = SqlReceipts(statements)
        self.webhooks = SqlWebhooks(statements)
        self.outbox = SqlOutbox(statements)
        self.bots = SqlBots(statements)
        self.one_time_codes = SqlOneTimeCodes(statements)
        self.scheduled = SqlScheduled(statements)
        self.recurring = SqlRecurring(statements)
        self.drips = SqlDrips(statements)
        self.lanes = SqlLanes(statements)
        self.delivery_log = SqlDeliveryLog(statements)
        self.broadcasts = SqlBroadcasts(statements)

    def ring(self, key: bytes) -> None:
        """Ring a bell after the commit."""
        self.rung.add(key)

    def guard(self, name: str) -> None:
        """SQLite has one writer: no two units that write run at the same time."""
