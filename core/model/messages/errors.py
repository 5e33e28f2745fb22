"""How callers get to know that a messenger cannot be used: no bot, a bot out of reach, a call without its secret."""

from core.errors import GatepostError, Kind


class NoBotsConfigured(GatepostError):
    """The app names no bot that this daemon runs."""

    code = "NO_BOTS_CONFIGURED"
    kind = Kind.CONFLICT
    text = "No messenger bot is connected to this app."


class BotsUnavailable(GatepostError):
    """The app's bots have not been reached since they were set up, so their links are not known yet."""

    code = "BOTS_UNAVAILABLE"
    kind = Kind.UNAVAILABLE
    text = "The messenger cannot be reached right now. Try again in a minute."


class WebhookRefused(GatepostError):
    """A messenger's call could not be authenticated."""

    code = "UNAUTHORIZED"
    kind = Kind.UNAUTHORIZED
    text = "The webhook's secret is missing or wrong."
