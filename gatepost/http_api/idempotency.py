"""``Idempotency-Key``: the same request under the same key is carried out once.

Source: IETF draft-ietf-httpapi-idempotency-key-header.
"""

from hashlib import sha256

from aiohttp import web

from gatepost.core.model.request import Once, checked_key


async def once_of(request: web.Request) -> Once | None:
    """Return the request's key, and the digest of what is asked; ``None`` without a key. Raises ``Invalid``."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    return Once(checked_key(key), sha256(request.path.encode() + b"\0" + await request.read()).digest())
