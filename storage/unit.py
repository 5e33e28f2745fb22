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
