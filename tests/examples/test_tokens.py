"""What the examples make of tokens that Gatepost would never sign: a server in its place hands them out."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.examples.processes import FILES, example
from tests.stories.town import Json

pytestmark = pytest.mark.asyncio(loop_scope="session")

APP_ID: Final = "507f1f77bcf86cd799439011"
SESSION: Final = "683f1a2b3c4d5e6f7a8b9c0d"


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


@pytest_asyncio.fixture(loop_scope="session")
async def forger() -> AsyncIterator[Forger]:
    """Run the server."""
    forger = Forger()
    app = web.Application()
    app.router.add_get("/.well-known/jwks.json", forger.jwks)
    app.router.add_get("/api/v1/auth/session/{session_id}", forger.redeem)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    forger.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield forger
    await runner.cleanup()


async def is_let_in(browser: aiohttp.ClientSession, site: str, file: str) -> bool:
    """Come back to the example with a session, in the example's own way."""
    if not file.startswith("hosted_redirect"):
        async with browser.post(f"{site}/log-in", data=SESSION, headers={"Origin": site}) as answer:
            return answer.status == 200 and "Hello, Anna!" in await answer.text()
    async with browser.get(f"{site}/log-in", allow_redirects=False) as answer:
        return_url = parse_qs(urlsplit(answer.headers["Location"]).query)["return_url"][0]
    async with browser.get(f"{return_url}&session_id={SESSION}") as answer:
        return answer.status == 200 and "Hello, Anna!" in await answer.text()


@pytest.mark.parametrize("file", FILES)
async def test_only_a_good_token_lets_in(forger: Forger, file: str, site: str, visitor: aiohttp.ClientSession) -> None:
    """T24: issuer, audience, end, algorithm and key are all looked at; what is missing is not right either."""
    past = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251 - the examples go by the real one
    bad = {
        "issuer": forger.signed(iss="https://evil.example.com"),
        "no issuer": forger.signed(iss=None),
        "audience": forger.signed(aud="another"),
        "no audience": forger.signed(aud=None),
        "ended": forger.signed(exp=past),
        "endless": forger.signed(exp=None),
        "key": forger.signed(key=generate_private_key(65537, 2048)),
        "unsigned": jwt.encode(forger.claims(), "", algorithm="none", headers={"kid": "one"}),
        "confused": forger.confused(),
        "none": "",
        "nonsense": "a.b.c",
    }
    async with example(file, forger.url, APP_ID, site):
        let_in = []
        for flaw, token in bad.items():
            forger.token = token
            if await is_let_in(visitor, site, file):
                let_in.append(flaw)
        assert let_in == []
        forger.token = forger.signed()
        assert await is_let_in(visitor, site, file)


@pytest.mark.parametrize("file", FILES)
async def test_keys_are_kept_and_a_new_one_is_fetched_once(
    forger: Forger, file: str, site: str, visitor: aiohttp.ClientSession
) -> None:
    """T25: known keys are not asked for again; an unknown one makes the site ask once, and it counts if it is there."""
    new = generate_private_key(65537, 2048)
    async with example(file, forger.url, APP_ID, site):
        forger.token = forger.signed()
        assert await is_let_in(visitor, site, file)
        assert await is_let_in(visitor, site, file)
        assert forger.jwks_fetched == 1
        forger.token = forger.signed(kid="two", key=new)
        assert not await is_let_in(visitor, site, file)
        assert forger.jwks_fetched == 2
        forger.keys = {"two": new}
        assert await is_let_in(visitor, site, file)
        assert forger.jwks_fetched == 3
        forger.token = jwt.encode(forger.claims(), new, algorithm="RS256", headers={"kid": "three"})
        assert not await is_let_in(visitor, site, file)
