"""What each setting accepts, and which go together."""

from pathlib import Path

import pytest

from bots.telegram.settings import TelegramBotSettings
from config.complaints import SettingsError
from daemon.messengers import Settings, parse

TOKEN = "123456:ABC-def_GHI"


def with_http(**values: object) -> Settings:
    """Return settings with these in the section ``http``."""
    return parse({"http": {"public_url": "https://id.example.com"} | values})


def with_bot(**values: object) -> Settings:
    """Return settings with one bot, changed so."""
    bot = {"name": "tg", "messenger": "telegram", "token": TOKEN} | values
    return parse({"http": {"public_url": "https://id.example.com"}, "bots": [bot]})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://id.example.com/", "https://id.example.com"),
        ("https://ID.Example.com:443", "https://id.example.com"),
        ("https://id.example.com:8443", "https://id.example.com:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_public_url_is_kept_as_an_origin(given: str, kept: str) -> None:
    """It is kept the way browsers send origins: no slash, no default port, small letters."""
    assert with_http(public_url=given).http.public_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "id.example.com",
        "http://id.example.com",
        "https://id.example.com/login",
        "https://id.example.com?x=1",
        "https://id.example.com#x",
        "https://me@id.example.com",
        "https://id.example.com:0",
        "https://id.example.com:99999",
        "https://id example.com",
        "https://",
        "ftp://id.example.com",
        7,
    ],
)
def test_public_url_refuses_what_is_no_origin_of_ours(given: object) -> None:
    """Paths, queries, user names, plain http from afar: none of it can be our public address."""
    with pytest.raises(SettingsError, match=r"http\.public_url"):
        with_http(public_url=given)


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:8080", "::1", 8080), ("0.0.0.0:0", "0.0.0.0", 0)],
)
def test_listen_is_host_and_port(given: str, host: str, port: int) -> None:
    """Both kinds of addresses are read, and written again as they were."""
    listen = with_http(listen=given).http.listen

    assert (listen.host, listen.port, str(listen)) == (host, port, given)


@pytest.mark.parametrize("given", ["8080", ":8080", "::1:8080", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", 8080])
def test_listen_refuses_the_rest(given: object) -> None:
    """An address without port, a port without address, and an IPv6 address without brackets are refused."""
    with pytest.raises(SettingsError, match=r"http\.listen"):
        with_http(listen=given)


@pytest.mark.parametrize(
    "given",
    [
        "https://api.telegram.org/",
        "http://127.0.0.1:8090",
        "http://telegram-bot-api:8081",
        "http://10.0.0.7:8081",
        "https://example.com/telegram/",
    ],
)
def test_api_base_may_be_a_server_nearby(given: str) -> None:
    """Plain http is fine on this machine and in private networks; a slash at the end goes."""
    bot = with_bot(api_base=given).bots[0]

    assert isinstance(bot, TelegramBotSettings)
    assert bot.api_base == given.rstrip("/")


@pytest.mark.parametrize("given", ["http://api.telegram.org", "http://8.8.8.8", "api.telegram.org", "https://a?b"])
def test_api_base_never_sends_a_token_in_the_clear(given: str) -> None:
    """Plain http over the internet would show the token to everybody on the way."""
    with pytest.raises(SettingsError, match=r"bots\[0\]\.api_base"):
        with_bot(api_base=given)


def with_storage(**values: object) -> Settings:
    """Return settings with these in the section ``storage``."""
    return parse({"http": {"public_url": "https://id.example.com"}, "storage": values})


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:////folder/x.db", "/folder/x.db"), ("sqlite:///x.db", "x.db"), ("sqlite:///a/x", "a/x")]
)
def test_storage_is_a_file(url: str, path: str) -> None:
    """Absolute with four slashes, relative with three; the master key is beside it."""
    settings = with_storage(url=url)

    assert settings.storage.sqlite_path == Path(path)
    assert settings.key_path == Path(path).with_name("gatepost.key")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////x.db?mode=ro",
        "postgresql://user:password@host/database",
        "mysql://x",
        "",
    ],
)
def test_storage_is_nothing_else(url: str) -> None:
    """A database in memory would forget everybody; other databases we do not speak, PostgreSQL not yet."""
    with pytest.raises(SettingsError, match=r"^storage\.url: must be sqlite:////.*PostgreSQL is not supported yet"):
        with_storage(url=url)


def test_the_storage_url_is_no_secret() -> None:
    """It holds no password, so there is no file to read it from."""
    with pytest.raises(SettingsError, match=r"storage\.url_file: is not a setting"):
        with_storage(url_file="storage-url")


def test_a_key_in_the_settings_needs_no_file() -> None:
    """The first start makes none then."""
    raw = {"http": {"public_url": "https://id.example.com"}, "security": {"key": "0a" * 32}}

    assert parse(raw).key_path is None


def test_two_bots_share_neither_name_nor_token() -> None:
    """Telegram gives each update once, so two bots with one token would steal from each other."""
    bot = {"name": "tg", "messenger": "telegram", "token": TOKEN}

    with pytest.raises(SettingsError) as caught:
        parse({"http": {"public_url": "https://id.example.com"}, "bots": [bot, bot]})

    assert [str(complaint) for complaint in caught.value.complaints] == [
        "bots[1].name: is the name of bots[0] already",
        "bots[1].token: is the token of bots[0] already",
    ]


@pytest.mark.parametrize(
    ("public_url", "api_base", "is_fine"),
    [
        ("https://id.example.com", "https://api.telegram.org", True),
        ("http://localhost:8080", "https://api.telegram.org", False),
        ("http://localhost:8080", "http://127.0.0.1:8090", True),
    ],
)
def test_webhooks_need_a_public_address_that_telegram_can_call(
    public_url: str, api_base: str, *, is_fine: bool
) -> None:
    """Telegram calls https only; the emulator on this machine calls anything."""
    bot = {"name": "tg", "messenger": "telegram", "token": TOKEN, "api_base": api_base, "updates": "webhook"}
    raw = {"http": {"public_url": public_url}, "bots": [bot]}

    if is_fine:
        (read,) = parse(raw).bots
        assert isinstance(read, TelegramBotSettings)
        assert read.updates == "webhook"
    else:
        with pytest.raises(SettingsError, match=r"bots\[0\]\.updates"):
            parse(raw)


def test_settings_never_change() -> None:
    """Whoever is given the settings can rely on them."""
    with pytest.raises(ValueError, match="frozen"):
        with_http().http.public_url = "https://other.example.com"
