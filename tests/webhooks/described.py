"""Webhooks held against the description: what sites got is what ``/openapi.json`` says that they get."""

import json
from functools import lru_cache
from typing import Final

import jsonschema

from http_api.openapi.document import document
from http_api.openapi.operation import Json
from http_api.openapi.project import project_dialect
from tests.webhooks.receiver import Received

_URL: Final = "https://id.example.com"
_TEST_HEADER: Final = "X-Gatepost-Test"


@lru_cache(maxsize=1)
def _document() -> Json:
    """Return the description of the events alone, in which no shape has room for more than it names."""
    told = document([project_dialect([], _URL)], _URL)
    for component in told["components"]["schemas"].values():
        if component["type"] == "object":
            component["additionalProperties"] = False
    return told


def check(call: Received) -> None:
    """Raise unless headers and body are those described; a simulated event may hold anything."""
    told = _document()
    described = told["webhooks"][call.headers["X-Gatepost-Event"]]["post"]
    headers = {name.lower(): value for name, value in call.headers.items()}
    for parameter in told["components"]["parameters"].values():
        if parameter["required"] or parameter["name"].lower() in headers:
            jsonschema.validate(headers.get(parameter["name"].lower()), parameter["schema"])
    if is_simulated(call):
        return
    schema = {**described["requestBody"]["content"]["application/json"]["schema"], "components": told["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(call.body))


def is_simulated(call: Received) -> bool:
    """Tell whether somebody made it up; one-time codes of the test key are told of as they are."""
    return _TEST_HEADER in call.headers and not call.headers["X-Gatepost-Event"].startswith("otp.")
