"""What can be wrong with broadcasts."""

from core.errors import GatepostError, Kind


class BroadcastNotFound(GatepostError):
    """The app has no broadcast with this id (or it was forgotten)."""

    code = "BROADCAST_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no broadcast with this job_id."


class BroadcastOver(GatepostError):
    """The broadcast is over, so there is nothing to cancel."""

    code = "BROADCAST_OVER"
    kind = Kind.CONFLICT
    text = "The broadcast is over."


class TooManyBroadcasts(GatepostError):
    """The app has as many broadcasts under way as it may."""

    code = "TOO_MANY_BROADCASTS"
    kind = Kind.CONFLICT
    text = "Too many broadcasts are under way: wait for one of them, or cancel one."
