"""One table from kinds of trouble to HTTP statuses (RFC 9110 section 15)."""

import json
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from core.errors import Kind
from core.model.sending.idempotency import Once, checked_key

STATUS: Final[dict[Kind, HTTPStatus]] = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def body_of(answer: BaseModel) -> bytes:
    """Return the answer as JSON, without what was never set.

    JSON can carry a name with a lone surrogate, and UTF-8 cannot: such an answer is written in ASCII, more slowly.
    """
    try:
        return answer.model_dump_json(by_alias=True, exclude_unset=True).encode()
    except PydanticSerializationError:
        return json.dumps(answer.model_dump(mode="json", by_alias=True, exclude_unset=True)).encode()


def complaints_of(trouble: ValidationError) -> str:
    """Name each wrong field; what was sent is not repeated."""
    return "; ".join(
        f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['msg']}"
        for error in trouble.errors(include_url=False, include_context=False, include_input=False)
    )


_TEST: Final = "test:"
"""What stands before a key that came with a test API key; no caller's key has a colon in it."""


async def once_of(request: web.Request, *, is_test: bool = False) -> Once | None:
    """Return the request's key, and the digest of what is asked; ``None`` without a key. Raises ``Invalid``.

    A request that only tests never stands for a live one: their keys are apart.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    kept = f"{_TEST if is_test else ''}{checked_key(key)}"
    return Once(kept, sha256(request.path.encode() + b"\0" + await request.read()).digest())
