"""What can be wrong with webhook endpoints and deliveries."""

from core.errors import GatepostError, Kind


class EndpointNotFound(GatepostError):
    """The app has no webhook endpoint with this id."""

    code = "ENDPOINT_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such webhook endpoint."


class EndpointDisabled(GatepostError):
    """The webhook endpoint is switched off, so nothing is sent there."""

    code = "ENDPOINT_DISABLED"
    kind = Kind.CONFLICT
    text = "This webhook endpoint is disabled. Enable it first."


class TooManyEndpoints(GatepostError):
    """The app has all the webhook endpoints it may have."""

    code = "TOO_MANY_ENDPOINTS"
    kind = Kind.CONFLICT
    text = "This app has five webhook endpoints already."


class DeliveryNotFound(GatepostError):
    """The app has no webhook delivery with this id, or it was forgotten after thirty days."""

    code = "DELIVERY_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such webhook delivery."


class DeliveryErased(GatepostError):
    """What the webhook delivery said is not kept any more, so it cannot be sent again."""

    code = "DELIVERY_ERASED"
    kind = Kind.CONFLICT
    text = (
        "What this webhook delivery said was erased: it held a name and arrived more than three days ago, "
        "or the subscriber was erased."
    )
