"""The calls that Gatepost makes to sites, as OpenAPI 3.1 describes them beside those that it takes: ``webhooks``."""

import re
from collections.abc import Iterable
from typing import Final

from http_api.openapi.operation import Event, Json
from http_api.openapi.shapes import Shapes

_UNIX: Final = {"type": "string", "pattern": "^[0-9]+$"}
_ID: Final = {"type": "string", "format": "uuid"}
_HEADERS: Final = {
    "X-Gatepost-Signature": (
        "t=<unix seconds>,v1=<hex>: HMAC-SHA256 of `<t>.<body>` under the whole secret. While it is rotated, more v1.",
        {"type": "string", "pattern": "^t=[0-9]+(,v1=[0-9a-f]{64})+$"},
    ),
    "X-Gatepost-Timestamp": ("When this attempt was made, in unix seconds.", _UNIX),
    "X-Gatepost-Delivery-Id": ("The same at every attempt: take a repetition for one.", _ID),
    "X-Gatepost-Event": ("The event's name.", {"type": "string"}),
    "webhook-id": ("The delivery's id, as Standard Webhooks calls it.", _ID),
    "webhook-timestamp": ("The time, as Standard Webhooks calls it.", _UNIX),
    "webhook-signature": (
        "As Standard Webhooks signs: any of its libraries verifies it.",
        {"type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$"},
    ),
    "X-Gatepost-Test": ("Only with what did not happen.", {"type": "string", "const": "1"}),
}
_SOMETIMES: Final = "X-Gatepost-Test"
_ANSWERS: Final = {
    "2XX": {"description": "Taken. Anything else is tried again, for three days."},
    "410": {"description": "Not wanted any more: the endpoint is switched off."},
}
PARAMETERS: Final[Json] = {
    name: {"name": name, "in": "header", "required": name != _SOMETIMES, "description": text, "schema": schema}
    for name, (text, schema) in _HEADERS.items()
}
"""The headers of every webhook, as components."""


def webhooks(events: Iterable[Event], shapes: Shapes) -> Json:
    """Return the events by name, each as the call that tells it."""
    return {event.name: {"post": _call(event, shapes)} for event in events}


def _call(event: Event, shapes: Shapes) -> Json:
    return {
        "operationId": f"webhook_{re.sub(r'[^a-z0-9]', '_', event.name)}",
        "summary": event.summary,
        "tags": ["Webhooks"],
        "security": [],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in PARAMETERS],
        "requestBody": {"required": True, "content": {"application/json": {"schema": shapes.answer(event.body)}}},
        "responses": _ANSWERS,
    }
