"""What both voices say alike.

A dialect's voice is its one middleware and the way from its routes to a router: it asks who calls, and makes a response
of what a handler returned or raised. How a refusal is worded is each dialect's own (``project/voice.py``,
``site/voice.py``). Here is the rest: who calls, the statuses of kinds of trouble, JSON and its headers, what is wrong
with a body, and the request's idempotency key.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from aiohttp import web
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, from_json

from core.apps.api_keys import ApiKeys, Caller
from core.entropy import Entropy, hex_id
from core.errors import Kind, TooManyRequests
from core.model.apps.app import KeyKind
from core.model.apps.errors import InvalidApiKey, Unauthorized
from core.model.sending.idempotency import Once, checked_key
from http_api.clients import Proxies
from http_api.limits import Limits
from http_api.route import Route
from http_api.unknown import IGNORED, IGNORED_HEADER, heed

STATUS: Final[dict[Kind, HTTPStatus]] = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""RFC 9110 section 15."""
CALLER: Final = web.RequestKey("caller", Caller)
"""Who calls, on a request whose key was right."""
CODE: Final = web.RequestKey("code", str)
"""The code that a request was refused with."""
APP: Final = web.RequestKey("app", str)
"""The id of the app that a request turned out to be about."""
_REQUEST_ID: Final = web.RequestKey("request_id", str)
_MARK: Final = b"\xef\xbb\xbf"
"""A byte order mark in UTF-8, which RFC 8259 section 8.1 lets a reader pass over."""
_HEADERS: Final = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_TEST: Final = "test\t"
"""What stands before a key that came with a test API key; no caller's key has a tab in it."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Finds out who calls, and makes guessing at keys slow."""

    api_keys: ApiKeys
    limits: Limits
    proxies: Proxies

    async def find(self, request: web.Request, header: str, scheme: str, kinds: Collection[KeyKind]) -> Caller:
        """Return whose key of one of ``kinds`` follows the word ``scheme`` in a header (as in RFC 6750 section 2.1).

        Raises ``Unauthorized`` if there is none, ``AppDisabled``, or ``InvalidApiKey``, which is counted as a miss of
        the caller's network.
        """
        word, _, key = request.headers.get(header, "").partition(" ")
        if word.lower() != scheme:
            raise Unauthorized
        try:
            return await self.api_keys.authenticate(key.strip(), kinds)
        except InvalidApiKey:
            self.limits.count_miss(self.proxies.network_of(request))
            raise


def request_id_of(request: web.Request, entropy: Entropy) -> str:
    """Return the id that answer and log name the request by: made when it is first asked for, the same ever after."""
    if _REQUEST_ID not in request:
        request[_REQUEST_ID] = hex_id(entropy)
    return request[_REQUEST_ID]


async def json_of(request: web.Request) -> bytes:
    """Return the JSON of a request's body, without a byte order mark before it."""
    return (await request.read()).removeprefix(_MARK)


async def ignored_of(route: Route[object], request: web.Request) -> list[str]:
    """Do with the fields that the route does not know as it says, and return those to be named beside the answer.

    A body that is no JSON has none: what is wrong with it is said where it is read. Raises ``UnknownFieldError``.
    """
    named = heed(route.unknown.query, route.query, request.query)
    if route.body is None:
        return named
    try:
        told = from_json(await json_of(request))
    except ValueError:
        return named
    return [*named, *heed(route.unknown.body, route.body, told)]


def with_ignored(response: web.StreamResponse, ignored: Sequence[str]) -> web.StreamResponse:
    """Name beside an answer, and in a header, the fields that nobody read."""
    if ignored and isinstance(response, web.Response) and isinstance(response.body, bytes):
        response.headers[IGNORED_HEADER] = ", ".join(map(json.dumps, ignored))
        response.body = json.dumps({**json.loads(response.body), IGNORED: list(ignored)}).encode()
    return response


def json_response(body: BaseModel, status: int = 200, more: Mapping[str, str] | None = None) -> web.Response:
    """Answer with JSON that no cache keeps; ``more`` are further headers."""
    return web.Response(body=body_of(body), status=status, headers={**_HEADERS, **(more or {})})


def body_of(body: BaseModel) -> bytes:
    """Return a body as JSON, without what was never set.

    JSON can carry a name with a lone surrogate, and UTF-8 cannot: such a body is written in ASCII, more slowly.
    """
    try:
        return body.model_dump_json(by_alias=True, exclude_unset=True).encode()
    except PydanticSerializationError:
        return json.dumps(body.model_dump(mode="json", by_alias=True, exclude_unset=True)).encode()


def refusal_headers(trouble: Exception) -> dict[str, str]:
    """Return the headers of a refusal: when to come back, or which methods there are (RFC 9110 section 10.2)."""
    if isinstance(trouble, TooManyRequests):
        return {"Retry-After": str(trouble.retry_after)}
    if isinstance(trouble, web.HTTPException) and "Allow" in trouble.headers:
        return {"Allow": trouble.headers["Allow"]}
    return {}


async def once_of(request: web.Request, *, is_test: bool = False) -> Once | None:
    """Return the request's key, and the digest of what is asked; ``None`` without a key. Raises ``Invalid``.

    A request that only tests never stands for a live one: their keys are apart.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    kept = f"{_TEST if is_test else ''}{checked_key(key)}"
    return Once(kept, sha256(request.path.encode() + b"\0" + await request.read()).digest())
