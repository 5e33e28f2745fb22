"""One transaction, seen from inside: the repositories over one connection."""

from gatepost.storage.apps import SqlApps
from gatepost.storage.bots import SqlBots
from gatepost.storage.broadcasts import SqlBroadcasts
from gatepost.storage.delivery_log import SqlDeliveryLog
from gatepost.storage.drips import SqlDrips
from gatepost.storage.events import SqlEvents
from gatepost.storage.inbox import SqlInbox
from gatepost.storage.lanes import SqlLanes
from gatepost.storage.logins import SqlLogins
from gatepost.storage.one_time_codes import SqlOneTimeCodes
from gatepost.storage.outbox import SqlOutbox
from gatepost.storage.people import SqlPeople
from gatepost.storage.receipts import SqlReceipts
from gatepost.storage.recurring import SqlRecurring
from gatepost.storage.scheduled import SqlScheduled
from gatepost.storage.signing_keys import SqlSigningKeys
from gatepost.storage.statements import Statements
from gatepost.storage.subscriptions import SqlSubscriptions
from gatepost.storage.webhooks import SqlWebhooks


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
