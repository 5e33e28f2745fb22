"""One transaction, seen from inside: the repositories over one connection."""

from storage.apps import SqlApps
from storage.bots import SqlBots
from storage.broadcasts import SqlBroadcasts
from storage.delivery_log import SqlDeliveryLog
from storage.drips import SqlDrips
from storage.events import SqlEvents
from storage.inbox import SqlInbox
from storage.lanes import SqlLanes
from storage.logins import SqlLogins
from storage.one_time_codes import SqlOneTimeCodes
from storage.outbox import SqlOutbox
from storage.people import SqlPeople
from storage.receipts import SqlReceipts
from storage.recurring import SqlRecurring
from storage.scheduled import SqlScheduled
from storage.signing_keys import SqlSigningKeys
from storage.statements import Statements
from storage.subscriptions import SqlSubscriptions
from storage.webhooks import SqlWebhooks


class SqlUnit:
    """``core.ports.Unit``. It holds nothing but the connection, so one serves all units of that connection in turn."""

    def __init__(self, statements: Statements) -> None:
        self.logins = SqlLogins(statements)
        self.people = SqlPeople(statements)
        self.subscriptions = SqlSubscriptions(statements)
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
