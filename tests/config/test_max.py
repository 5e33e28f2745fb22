"""A MAX bot's settings."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bots.max.settings import MaxBotSettings
from config.complaints import SettingsError
from daemon.messengers import load, parse

BOT = {"name": "max", "messenger": "max", "token": "f9LHodD0cOJ0yV1S", "terms_acknowledged": True}


def read(public_url: str = "https://id.example.com", **changed: object) -> MaxBotSettings:
    """Return the settings of a MAX bot, changed so; ``None`` leaves a key out."""
    values = {key: value for key, value in (BOT | changed).items() if value is not None}
    (bot,) = parse({"http": {"public_url": public_url}, "bots": [values]}).bots
    assert isinstance(bot, MaxBotSettings)
    return bot


def complaint(public_url: str = "https://id.example.com", **changed: object) -> str:
    """Return the only complaint about such a bot."""
    with pytest.raises(SettingsError) as caught:
        read(public_url, **changed)
    (only,) = caught.value.complaints
    return str(only)


def test_a_token_and_the_terms_are_enough() -> None:
    """The rest has the documented defaults: MAX calls us, and nothing but the system's certificates is trusted."""
    bot = read()

    assert bot.token.get_secret_value() == "f9LHodD0cOJ0yV1S"
    assert (bot.api_base, bot.updates, bot.ca_file) == ("https://platform-api2.max.ru", "webhook", None)
    assert bot.link_template.format(bot="id77_bot", code="C0de") == "https://max.ru/id77_bot?start=C0de"


@pytest.mark.parametrize("given", [None, False, "no"])
def test_without_the_terms_there_is_no_bot(given: object) -> None:
    """The operator is told in words what is to be settled first, and where to read on."""
    told = complaint(terms_acknowledged=given)

    assert told.startswith("bots[0].terms_acknowledged: MAX's rules forbid messages that carry or start")
    assert "your contract with MAX" in told
    assert "docs/operations.md" in told


def test_the_terms_may_be_acknowledged_in_the_environment() -> None:
    """As every other key."""
    variables = {f"GATEPOST_BOTS__0__{key.upper()}": str(value) for key, value in BOT.items()}

    (bot,) = load(None, variables | {"GATEPOST_HTTP__PUBLIC_URL": "https://id.example.com"}).bots

    assert isinstance(bot, MaxBotSettings)
    assert bot.terms_acknowledged


def test_the_terms_are_true_or_false() -> None:
    """Anything else is told in the words of the file."""
    assert complaint(terms_acknowledged="perhaps") == "bots[0].terms_acknowledged: must be true or false"


@pytest.mark.parametrize("given", ["", "two words", "line\n", "ключ"])
def test_a_token_is_printable_and_has_no_spaces(given: str) -> None:
    """It goes into a header as it is."""
    assert complaint(token=given).startswith("bots[0].token: must be letters, digits and signs without spaces")


@pytest.mark.parametrize(
    "given",
    [
        "https://max.ru/{bot}?start={code}",
        "http://127.0.0.1:8090/max.ru/{bot}?start={code}",
        "http://emulator:8090/{bot}/{code}",
        "https://example.com/?code={code}&bot={bot}",
    ],
)
def test_a_link_template_is_kept_as_it_is(given: str) -> None:
    """Bot and code may stand anywhere after the host."""
    assert read(link_template=given).link_template == given


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("https://max.ru/{bot}", "must contain {bot} and {code}"),
        ("https://max.ru/{bot}?start={code}{code}", "each once"),
        ("https://max.ru/{bot}?start={code}&x={}", "no other braces"),
        ("https://max.ru/{bot}?start={{code}}", "no other braces"),
        ("https://max.ru/{bot}?start={code}&x=}", "no other braces"),
        ("https://max.ru/{bot}?start={code:x}", "must contain {bot} and {code}"),
        ("http://max.ru/{bot}?start={code}", "must begin with https://"),
        ("max.ru/{bot}?start={code}", "must be an address such as https://max.ru/{bot}?start={code}"),
        ("https://{bot}.max.ru/?start={code}", "must be an address"),
        ("https://me@max.ru/{bot}?start={code}", "must be an address"),
        ("https://max.ru/{bot}?start={code}#x", "must be an address"),
        ("https://max.ru/{bot}?start={code} ", "must be an address"),
    ],
)
def test_a_link_template_is_nothing_else(given: str, reason: str) -> None:
    """What could not be filled in, or would lead visitors elsewhere, is refused."""
    told = complaint(link_template=given)

    assert told.startswith("bots[0].link_template: ")
    assert reason in told


@pytest.mark.parametrize(
    ("public_url", "changed", "is_fine"),
    [
        ("https://id.example.com:443", {}, True),
        ("https://id.example.com:8443", {}, False),
        ("http://localhost:8080", {}, False),
        ("http://localhost:8080", {"updates": "webhook"}, False),
        ("http://localhost:8080", {"updates": "polling"}, True),
        ("http://localhost:8080", {"api_base": "http://127.0.0.1:8090"}, True),
        ("http://localhost:8080", {"api_base": "http://emulator:8090"}, False),
    ],
)
def test_max_calls_https_on_its_own_port_only(public_url: str, changed: dict[str, object], *, is_fine: bool) -> None:
    """A webhook is the default; the emulator on this machine calls anything, and polling needs no address."""
    if is_fine:
        assert read(public_url, **changed).name == "max"
    else:
        assert complaint(public_url, **changed) == (
            "bots[0].updates: webhook needs an https http.public_url without a port, since MAX calls port 443 only"
        )


def certificate() -> bytes:
    """Return a certificate in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Some Root CA")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2022, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2032, 1, 1, tzinfo=UTC)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def with_ca_file(folder: Path) -> Path:
    """Write settings whose bot trusts the file ``root.pem``."""
    path = folder / "gatepost.toml"
    path.write_text(
        '[http]\npublic_url = "https://id.example.com"\n'
        '[[bots]]\nname = "max"\nmessenger = "max"\ntoken = "abc"\nterms_acknowledged = true\nca_file = "root.pem"\n'
    )
    return path


def test_a_ca_file_is_looked_for_like_a_secret(tmp_path: Path) -> None:
    """Beside the settings; a credential of that name goes first. Words around the certificate do no harm."""
    settings, credentials = with_ca_file(tmp_path), tmp_path / "credentials"
    credentials.mkdir()
    (tmp_path / "root.pem").write_bytes("Корневой сертификат\n".encode() + certificate())

    (beside,) = load(settings, {}).bots
    (credentials / "root.pem").write_bytes(certificate())
    (credential,) = load(settings, {"CREDENTIALS_DIRECTORY": str(credentials)}).bots

    assert isinstance(beside, MaxBotSettings)
    assert isinstance(credential, MaxBotSettings)
    assert beside.ca_file == tmp_path / "root.pem"
    assert credential.ca_file == credentials / "root.pem"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "does not exist"),
        (b"", "is not a PEM file of certificates"),
        (b"0\x82\x03\x00", "is not a PEM file of certificates"),
        (b"-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n", "is not a PEM file of certificates"),
    ],
    ids=["missing", "empty", "DER", "damaged"],
)
def test_a_ca_file_that_is_none_is_told(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """Before the first call to MAX fails for it."""
    if content is not None:
        (tmp_path / "root.pem").write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        load(with_ca_file(tmp_path), {})

    assert str(caught.value) == f"bots[0].ca_file: {tmp_path / 'root.pem'} {reason}"


def test_a_folder_is_no_ca_file(tmp_path: Path) -> None:
    """A name that leads to a folder is told as such."""
    (tmp_path / "root.pem").mkdir()

    with pytest.raises(SettingsError, match=r"bots\[0\]\.ca_file: .* cannot be read"):
        load(with_ca_file(tmp_path), {})


def test_a_ca_file_is_a_name() -> None:
    """A number is told, not looked for."""
    assert complaint(ca_file=7) == "bots[0].ca_file: must be a file name in quotes"


def test_one_time_codes_are_off_until_somebody_says_otherwise() -> None:
    """MAX's rules forbid them without a contract; the acknowledgement of the terms is not that."""
    assert read().allows_one_time_codes is False
    assert read(allows_one_time_codes=True).allows_one_time_codes is True
