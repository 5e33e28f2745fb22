"""The parameters of an API call: query, path and JSON body, read as strictly as MAX reads them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from emulator.max.errors import bad_payload

Json = dict[str, Any]

_INTEGER: Final = re.compile(r"-?\d{1,19}")
_TRUTHS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a call carries; `body` is None when there is none."""

    query: Mapping[str, str]
    path: Mapping[str, str]
    body: object

    def to_log(self) -> Json:
        """Describe the parameters for the log of calls."""
        logged: Json = {"query": dict(self.query), "body": self.body}
        return {**logged, "path": dict(self.path)} if self.path else logged

    def text(self, name: str) -> str:
        """Read a string of the query that must be there."""
        value = self.query.get(name, "")
        if not value.strip():
            raise bad_payload(f"Missing required parameter: {name}")
        return value

    def integer(self, name: str) -> int | None:
        """Read a whole number of the query or the path; None when it is missing."""
        value = self.path.get(name, self.query.get(name))
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            raise bad_payload(f"Invalid parameter: {name} must be an integer")
        return int(value)

    def integer_within(self, name: str, otherwise: int, least: int, most: int) -> int:
        """Read a whole number of the query within bounds; a missing one is `otherwise`."""
        value = self.integer(name)
        if value is None:
            return otherwise
        if not least <= value <= most:
            raise bad_payload(f"Invalid parameter: {name} must be from {least} to {most}")
        return value

    def check_flag(self, name: str) -> None:
        """Refuse a truth value of the query that is none."""
        if self.query.get(name, "true") not in _TRUTHS:
            raise bad_payload(f"Invalid parameter: {name} must be a boolean")

    def fields(self) -> Json:
        """Read the body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise bad_payload("Request body must be a JSON object")
        return self.body


async def read_body(request: web.Request) -> object:
    """Read the JSON body of a request; an empty one is None."""
    raw = await request.read()
    if not raw.strip():
        return None
    try:
        body: object = json.loads(raw)
    except ValueError:
        raise bad_payload("Request body is not JSON") from None
    return body


def optional_text(fields: Json, name: str) -> str | None:
    """Read a string of a body; missing and null are None."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_payload(f"{name}: must be a string")
    return value
