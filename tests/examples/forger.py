"""A server in Gatepost's place, which hands out tokens that Gatepost would never sign."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.stories.town import Json

APP_ID: Final = "507f1f77bcf86cd799439011"
SESSION: Final = "683f1a2b3c4d5e6f7a8b9c0d"
CLOCKS_APART: Final = ({"iat": 20, "nbf": 20}, {"exp": -20})
"""Seconds from now: tokens of a Gatepost whose clock is ahead, and ones that have ended for a site whose clock is."""


@dataclass
class Forger:
    """A server in Gatepost's place: it publishes ``keys`` and hands out ``token`` for every session."""

    url: str = ""
    token: str = ""
    keys: dict[str, RSAPrivateKey] = field(default_factory=lambda: {"one": generate_private_key(65537, 2048)})
    jwks_fetched: int = 0

    async def jwks(self, _request: web.Request) -> web.Response:
        """Publish the keys."""
        self.jwks_fetched += 1
        return web.json_response({"keys": [published(kid, key) for kid, key in self.keys.items()]})

    async def redeem(self, _request: web.Request) -> web.Response:
        """Hand out the token."""
        return web.json_response({"status": "confirmed", "token": self.token})

    def claims(self, **others: object) -> Json:
        """Return what a good token says, but for ``others``; ``None`` leaves a claim out."""
        end = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251 - the examples go by the real one
        good = {"iss": self.url, "aud": APP_ID, "exp": end, "first_name": "Anna"}
        return {claim: value for claim, value in {**good, **others}.items() if value is not None}

    def signed(self, kid: str = "one", key: RSAPrivateKey | None = None, **others: object) -> str:
        """Return a token, good but for what is told."""
        return jwt.encode(self.claims(**others), key or self.keys[kid], algorithm="RS256", headers={"kid": kid})

    def apart(self, **seconds: int) -> str:
        """Return a token, good but for the claims that lie so many seconds from now."""
        now = datetime.now(UTC)  # noqa: TID251 - the samples go by the real one
        others: Json = {claim: now + timedelta(seconds=away) for claim, away in seconds.items()}
        return self.signed(**others)

    def confused(self) -> str:
        """Return a token whose HMAC is keyed with the public key, which everybody has (RFC 8725, 2.1)."""
        public = self.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        claims = {**self.claims(), "exp": 4102444800}
        parts = [encoded({"alg": "HS256", "kid": "one"}), encoded(claims)]
        signature = hmac.digest(public, ".".join(parts).encode(), "sha256")
        return ".".join([*parts, urlsafe_b64encode(signature).decode().rstrip("=")])


def published(kid: str, key: RSAPrivateKey) -> Json:
    """Return a key as a JWKS has it."""
    return {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


def encoded(part: Json) -> str:
    """Return a part of a token."""
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@asynccontextmanager
async def forging() -> AsyncIterator[Forger]:
    """Run the server for the length of the block."""
    forger = Forger()
    app = web.Application()
    app.router.add_get("/.well-known/jwks.json", forger.jwks)
    app.router.add_get("/api/v1/auth/session/{session_id}", forger.redeem)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    forger.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield forger
    finally:
        await runner.cleanup()
