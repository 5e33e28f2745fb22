"""``Idempotency-Key``: the same request under the same key is carried out once.

Source: IETF draft-ietf-httpapi-idempotency-key-header.
"""

from hashlib import sha256
from typing import Final

from aiohttp import web

from core.model.sending.idempotency import Once, checked_key

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
