"""The parameters of a Bot API call, from the query string, a form or JSON, read as leniently as Telegram reads them."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from emulator.telegram.errors import bad_request


async def read_parameters(request: web.Request) -> dict[str, Any]:
    """Collect what a request carries; the body wins over the query string. Files are read and forgotten."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        values.update(await _read_json(request))
    elif request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await request.post()
        values.update((name, value) for name, value in form.items() if isinstance(value, str))
    return values


async def _read_json(request: web.Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise bad_request("can't parse request body as JSON object") from None
    if not isinstance(body, dict):
        raise bad_request("can't parse request body as JSON object")
    return body


class Parameters:
    """Typed access to the values of one call."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        """Tell whether the parameter was given."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """Read a string; missing is empty."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, otherwise: int = 0) -> int:
        """Read a whole number; missing or malformed is `otherwise`."""
        try:
            return int(self.values.get(name, otherwise))
        except (TypeError, ValueError):
            return otherwise

    def flag(self, name: str) -> bool:
        """Read a truth value; missing is false."""
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def decoded(self, name: str, what: str) -> object:
        """Read a JSON value, which forms carry as a string; missing or empty is None. `what` names it in the error."""
        value: object = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            decoded: object = json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None
        return decoded
