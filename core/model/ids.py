"""Names for the ids that travel through the house, so that the type checker tells them apart."""

from typing import NewType

AppId = NewType("AppId", str)
"""24 hex characters; public."""
LoginId = NewType("LoginId", str)
"""24 hex characters; ours alone, rides in the buttons of a prompt."""
PersonId = NewType("PersonId", str)
"""24 hex characters; the ``_id`` that sites see, stable across messengers."""
AccountId = NewType("AccountId", str)
"""24 hex characters; ours alone."""
SubscriptionId = NewType("SubscriptionId", str)
"""A UUID."""
EndpointId = NewType("EndpointId", str)
"""A UUID: one address to which a site wants events posted."""
DeliveryId = NewType("DeliveryId", str)
"""A UUID: one event for one endpoint, the same at every attempt."""
MessageId = NewType("MessageId", str)
"""24 hex characters; what sites get as ``correlation_id`` and ``delivery_id``."""
ScheduledId = NewType("ScheduledId", str)
"""A UUID: a message for later."""
RecurringId = NewType("RecurringId", str)
"""A UUID: a message that recurs."""
ChainId = NewType("ChainId", str)
"""A UUID: a chain of messages."""
JobId = NewType("JobId", str)
"""24 hex characters: one broadcast."""
EventId = NewType("EventId", str)
"""A UUID."""
BotName = NewType("BotName", str)
"""The operator's name for a bot in the settings, such as ``tg``."""
Phone = NewType("Phone", str)
"""E.164 with ``+``."""
