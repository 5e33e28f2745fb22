"""What can be wrong with what is to be sent later."""

from core.errors import GatepostError, Kind


class ScheduledNotFound(GatepostError):
    """The project has no message for later with this id."""

    code = "SCHEDULED_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no scheduled message with this id."


class ScheduledSettled(GatepostError):
    """The time of a message for later has come, so it cannot be cancelled."""

    code = "SCHEDULED_SETTLED"
    kind = Kind.CONFLICT
    text = "The time of this message has come: it cannot be cancelled any more."


class RecurringNotFound(GatepostError):
    """The project has no message that recurs with this id."""

    code = "RECURRING_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no recurring message with this id."


class ChainNotFound(GatepostError):
    """The project has no chain with this id."""

    code = "CHAIN_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no drip chain with this id."
