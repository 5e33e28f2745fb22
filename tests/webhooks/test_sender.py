"""T26: a site may name any address, and must not get anywhere by it."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.clock import SystemClock
from core.model.webhooks.webhook import EndpointResponse
from tests.waiting import a_moment, patience
from tests.webhooks.receiver import Receiver, endless, receiving, status
from webhooks.sender import WebhookSender

HERE = (ip_network("127.0.0.0/8"),)
HEADERS = {"X-Gatepost-Event": "auth.completed", "Content-Type": "application/json"}


class Names:
    """Name servers that answer each question with the next list, and the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def look_up(self, host: str) -> Sequence[str]:
        """Answer a question."""
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def post(url: str, sender: WebhookSender) -> EndpointResponse:
    """Post a small body."""
    return await sender.post(url, HEADERS, b'{"event":"auth.completed","data":{}}')


async def test_what_is_posted_arrives_as_it_is(receiver: Receiver) -> None:
    """Body, headers and path to the letter; we say who we are; nothing else comes along."""
    async with WebhookSender(HERE) as sender:
        assert await post(f"{receiver.url}?key=a%20b", sender) == EndpointResponse(200)
    (call,) = receiver.calls
    assert (call.path, call.body) == ("/hook?key=a%20b", b'{"event":"auth.completed","data":{}}')
    assert call.headers.keys() == {"Host", "User-Agent", "Accept", "Content-Length", *HEADERS}
    assert call.headers["User-Agent"].startswith("Gatepost/")


@pytest.mark.parametrize("code", [201, 204, 404, 410, 500, 503])
async def test_the_status_is_told(receiver: Receiver, code: int) -> None:
    """And how long the site wants us to stay away."""
    receiver.answer = status(code, Retry_After="7")
    async with WebhookSender(HERE) as sender:
        assert await post(receiver.url, sender) == EndpointResponse(code, None, "7")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirections_are_not_followed(receiver: Receiver, code: int) -> None:
    """Wherever they lead, to ourselves most of all."""
    async with receiving(Receiver()) as inside, WebhookSender(HERE) as sender:
        receiver.answer = status(code, Location=inside.url)
        assert (await post(receiver.url, sender)).status == code
        assert not inside.calls


async def test_cookies_are_not_kept(receiver: Receiver) -> None:
    """What one call sets, the next one does not send."""
    receiver.answer = status(200, Set_Cookie="a=b; Path=/")
    async with WebhookSender(HERE) as sender:
        await post(receiver.url, sender)
        await post(receiver.url, sender)
    assert "Cookie" not in receiver.calls[1].headers


async def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would look the name up once more, and connect where we would not."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with WebhookSender(HERE) as sender:
        assert (await post(receiver.url, sender)).status == 200


async def test_a_receiver_that_hangs_is_left(receiver: Receiver) -> None:
    """After the time-out, in words."""
    receiver.answer = receiver.hang
    async with WebhookSender(HERE, seconds=0.1) as sender:
        assert await post(receiver.url, sender) == EndpointResponse(error="no answer within 0.1 seconds")


async def test_ten_megabytes_are_not_read(receiver: Receiver) -> None:
    """The status counts, and the connection is broken off long before the end."""
    receiver.answer = endless(10)
    async with WebhookSender(HERE) as sender:
        assert await post(receiver.url, sender) == EndpointResponse(200)
        async with patience():
            while receiver.at_once:
                await a_moment()


async def test_a_body_that_never_ends_holds_nobody(receiver: Receiver) -> None:
    """A status that came counts, though its body hangs."""

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        return await receiver.hang(request)

    receiver.answer = drip
    async with WebhookSender(HERE, seconds=0.2) as sender:
        assert await post(receiver.url, sender) == EndpointResponse(200)


async def test_what_is_not_http_is_an_answer_too() -> None:
    """Garbage, headers without end, and a connection that breaks are told in words."""
    for said in (b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, b""):

        async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes = said) -> None:
            writer.write(said)
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server, WebhookSender(HERE) as sender:
            port = server.sockets[0].getsockname()[1]
            told = await post(f"http://127.0.0.1:{port}/?key=swordfish", sender)
        assert told.status is None
        assert "swordfish" not in (told.error or "")
        assert (told.error or "").startswith("the connection broke")


async def test_nobody_there_is_told_in_words() -> None:
    """A closed port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with WebhookSender(HERE) as sender:
        assert (await post(f"http://127.0.0.1:{port}/", sender)).error == "cannot connect: Connection refused"


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0", "127.0.0.1."])
async def test_this_machine_is_not_called(receiver: Receiver, scheme: str, host: str) -> None:
    """By whatever name or number, unless the operator allows it."""
    async with WebhookSender(()) as sender:
        told = await post(f"{scheme}://{host}:{receiver.port}/", sender)
    assert told.status is None
    assert told.error in {"the address is not public", "nobody can be called by this url"}
    assert not receiver.calls


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1", "[:::1]", "[1.2:3]", "a..b"])
async def test_odd_ways_of_writing_addresses_are_refused(receiver: Receiver, host: str) -> None:
    """Whoever reads them as a number, and whoever as a name; nothing is raised."""
    async with WebhookSender(()) as sender:
        assert (await post(f"https://{host}:{receiver.port}/", sender)).status is None
    assert not receiver.calls


async def test_a_name_with_one_private_address_is_refused(receiver: Receiver) -> None:
    """Though the others are public."""
    names = Names(["127.0.0.1", "10.0.0.1"])
    async with WebhookSender(HERE, look_up=names.look_up) as sender:
        told = await post(f"http://shop.example:{receiver.port}/", sender)
    assert told == EndpointResponse(error="the address is not public")
    assert not receiver.calls


async def test_a_private_address_on_the_second_look_up_is_refused(receiver: Receiver) -> None:
    """DNS rebinding: each call asks once, and connects to what it was told, or not at all."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    receiver.answer = status(200, Connection="close")
    async with WebhookSender(HERE, look_up=names.look_up) as sender:
        url = f"http://shop.example:{receiver.port}/"
        assert await post(url, sender) == EndpointResponse(200)
        assert names.asked == ["shop.example"]
        assert await post(url, sender) == EndpointResponse(error="the address is not public")
    assert len(receiver.calls) == 1
    assert receiver.calls[0].headers["Host"] == f"shop.example:{receiver.port}"


async def test_plain_http_is_for_allowed_networks_only() -> None:
    """A public address is called by https or not at all."""
    async with WebhookSender(HERE, look_up=Names(["8.8.8.8"]).look_up) as sender:
        assert await post("http://shop.example/", sender) == EndpointResponse(error="the address is not public")


async def test_a_name_that_is_not_there_is_told_in_words() -> None:
    """And does not raise."""

    async def nowhere(_host: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with WebhookSender((), look_up=nowhere) as sender:
        assert await post("https://shop.example/", sender) == EndpointResponse(error="the host name was not found")


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """The webhook is not sent to whoever happens to be at the address."""
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self_signed(tmp_path)).start()
    port = runner.addresses[0][1]
    async with WebhookSender(HERE) as sender:
        assert await post(f"https://127.0.0.1:{port}/", sender) == EndpointResponse(
            error="the certificate is not trusted"
        )
    await runner.cleanup()


def self_signed(folder: Path) -> ssl.SSLContext:
    """Make a certificate that we sign ourselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
