"""What the examples make of tokens that Gatepost would never sign: a server in its place hands them out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tests.examples.forger import APP_ID, CLOCKS_APART, SESSION, Forger, forging
from tests.examples.processes import FILES, example

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def forger() -> AsyncIterator[Forger]:
    """Run the server."""
    async with forging() as running:
        yield running


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


@pytest.mark.parametrize("file", FILES)
async def test_clocks_may_be_twenty_seconds_apart(
    forger: Forger, file: str, site: str, visitor: aiohttp.ClientSession
) -> None:
    """In either direction; two minutes are too much (faults 4.7)."""
    async with example(file, forger.url, APP_ID, site):
        for seconds in CLOCKS_APART:
            forger.token = forger.apart(**seconds)
            assert await is_let_in(visitor, site, file), seconds
        forger.token = forger.apart(exp=-120)
        assert not await is_let_in(visitor, site, file)
