"""What the settings accept, where they come from, and what they complain about."""

import json
import logging
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from config.complaints import SettingsError
from config.settings import tables
from daemon.messengers import BOT_TABLES, load, parse

TABLES = tables(BOT_TABLES)
TOKEN = "123456:ABC-def_GHI"
MINIMAL = f"""
[http]
public_url = "https://id.example.com"
[[bots]]
name = "tg"
messenger = "telegram"
token = "{TOKEN}"
"""


def write(folder: Path, text: str) -> Path:
    """Write a settings file and return its path."""
    path = folder / "gatepost.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(path: Path | None, environ: dict[str, str] | None = None) -> dict[str, str]:
    """Return what ``load`` complains about, by key."""
    with pytest.raises(SettingsError) as caught:
        load(path, environ or {})
    return {complaint.key: complaint.text for complaint in caught.value.complaints}


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    """An address and a bot are all that must be set; the rest has the documented defaults."""
    settings = load(write(tmp_path, MINIMAL), {})

    assert settings.bots[0].token.get_secret_value() == TOKEN
    assert str(settings.http.listen) == "127.0.0.1:8080"
    assert settings.storage.sqlite_path == Path("/var/lib/gatepost/gatepost.db")
    assert settings.key_path == Path("/var/lib/gatepost/gatepost.key")


def test_no_file_is_needed() -> None:
    """Everything can come from the environment, bots by number or as JSON."""
    by_number = load(
        None,
        {
            "GATEPOST_HTTP__PUBLIC_URL": "https://id.example.com",
            "GATEPOST_BOTS__0__NAME": "tg",
            "GATEPOST_BOTS__0__MESSENGER": "telegram",
            "GATEPOST_BOTS__0__TOKEN": TOKEN,
        },
    )
    as_json = load(
        None,
        {
            "GATEPOST_HTTP": json.dumps({"public_url": "https://id.example.com"}),
            "GATEPOST_BOTS": json.dumps([{"name": "tg", "messenger": "telegram", "token": TOKEN}]),
        },
    )

    assert by_number == as_json


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """A variable replaces one key and leaves its neighbours, also in an entry of the list of bots."""
    settings = load(
        write(tmp_path, MINIMAL),
        {
            "GATEPOST_BOTS__0__TOKEN": "7:other",
            "GATEPOST_BOTS__1__NAME": "second",
            "GATEPOST_BOTS__1__MESSENGER": "telegram",
            "GATEPOST_BOTS__1__TOKEN": "8:another",
            "GATEPOST_LIMITS__WAITING_POLLS": "7",
            "GATEPOST_HTTP__TRUSTED_PROXIES": "10.0.0.0/8, ::1/128",
            "GATEPOST_WEBHOOKS__ALLOWED_NETWORKS": "10.1.0.0/16, fd00::/8",
            "GATEPOST_LOG__LEVEL": "",
        },
    )

    assert [(bot.name, bot.token.get_secret_value()) for bot in settings.bots] == [
        ("tg", "7:other"),
        ("second", "8:another"),
    ]
    assert settings.limits.waiting_polls == 7
    assert settings.http.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert settings.webhooks.allowed_networks == (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert settings.log.level == "info"


def test_a_secret_of_the_environment_displaces_a_secret_file_of_the_file(tmp_path: Path) -> None:
    """Either way of giving a secret in the environment wins over the other way in the file."""
    text = MINIMAL.replace(f'token = "{TOKEN}"', 'token_file = "nowhere"')

    settings = load(write(tmp_path, text), {"GATEPOST_BOTS__0__TOKEN": "7:other"})

    assert settings.bots[0].token.get_secret_value() == "7:other"


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Mistakes of every kind come in one list, each under its key."""
    text = """
[http]
public_url = "http://id.example.com"
listen = "8080"
trusted_proxies = ["10.0.0.1/8"]
lisen = "x"
[storage]
url = "mysql://host/database"
[security]
key = "abc"
[[bots]]
name = "Tg"
messenger = "telegram"
token = "secret-but-wrong"
api_base = "ftp://api.telegram.org"
updates = "push"
[[bots]]
name = "Tg"
token_file = "nowhere"
[[bots]]
name = "Icq"
messenger = "icq"
[[bots]]
messenger = "max"
link_base = "https://max.ru"
[[bots]]
messenger = "whatsapp"
app_secret_file = "nowhere"
ca_file = "nowhere"
[limits]
waiting_polls = -1
[lgo]
"""
    found = complaints(
        write(tmp_path, text),
        {
            "GATEPOST_LIMITS__WAITING_POLS": "1",
            "GATEPOST_BOTS__9__NAME": "x",
            "GATEPOST_LOG": "{",
            "GATEPOST_LIMITS__WAITING_POLLS_PER_ADDRESS": "many",
        },
    )

    assert set(found) == {
        "http.public_url",
        "http.listen",
        "http.trusted_proxies",
        "http.lisen",
        "storage.url",
        "security.key",
        "bots[0].name",
        "bots[0].token",
        "bots[0].api_base",
        "bots[0].updates",
        "bots[1].name",
        "bots[1].messenger",
        "bots[1].token_file",
        "bots[2].name",
        "bots[2].messenger",
        "bots[2].token",
        "bots[3].name",
        "bots[3].token",
        "bots[3].link_base",
        "bots[3].terms_acknowledged",
        "bots[3].updates",
        "bots[4].name",
        "bots[4].messenger",
        "bots[4].token",
        "bots[4].app_secret_file",
        "bots[4].phone_number_id",
        "bots[4].ca_file",
        "limits.waiting_polls",
        "limits.waiting_polls_per_address",
        "lgo",
        "GATEPOST_LIMITS__WAITING_POLS",
        "GATEPOST_BOTS__9__NAME",
        "GATEPOST_LOG",
    }
    assert found["http.lisen"] == "is not a setting (did you mean listen?)"
    assert found["lgo"] == "is not a setting (did you mean log?)"
    assert "GATEPOST_LIMITS__WAITING_POLLS?" in found["GATEPOST_LIMITS__WAITING_POLS"]


def test_missing_settings_say_what_to_give() -> None:
    """Nothing at all is one complaint, which says what to write."""
    assert complaints(None) == {
        "http.public_url": "is missing: give the address visitors reach Gatepost at, such as https://id.example.com"
    }


def test_a_file_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    """The operator learns the line of the first thing that is not TOML."""
    path = write(tmp_path, '[http]\npublic_url = "https://id.example.com\n')

    assert "line 2" in complaints(path)[str(path)]


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["not UTF-8", "not there"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    """A missing or unreadable file is a complaint about the file, not a crash."""
    path = tmp_path / "gatepost.toml"
    if content is not None:
        path.write_bytes(content)

    assert str(path) in complaints(path)


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    """Editors of Windows put one first."""
    assert load(write(tmp_path, "\ufeff" + MINIMAL), {}).bots


def test_a_table_in_the_wrong_shape_is_told() -> None:
    """[bots] for [[bots]] is a common slip, and a section may hold something else altogether."""
    with pytest.raises(SettingsError) as caught:
        parse({"http": "https://id.example.com", "bots": {"name": "tg"}, "log": [], "limits": {"waiting_polls": "x"}})

    assert {str(complaint) for complaint in caught.value.complaints} == {
        "http: must be a table",
        "bots: must be a list",
        "log: must be a table",
        "limits.waiting_polls: must be a whole number",
    }


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    """Kubernetes sets GATEPOST_PORT and more for a service of our name; a slip of the pen is still noticed."""
    others = {
        "GATEPOST_CONFIG": "/etc/gatepost.toml",
        "GATEPOST_PORT": "tcp://10.0.0.1:80",
        "GATEPOST_SERVICE_HOST": "10.0.0.1",
    }
    path = write(tmp_path, MINIMAL)

    assert load(path, others) == load(path, {})
    assert (
        "GATEPOST_HTTP__PUBLIC_URL?" in complaints(path, {"GATEPOST_HTTP_PUBLIC_URL": "x"})["GATEPOST_HTTP_PUBLIC_URL"]
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEPOST_BOTS__TG__TOKEN", "7:abc"),
        ("GATEPOST_HTTP__0__X", "1"),
        ("GATEPOST_HTTP", "[]"),
        ("GATEPOST_BOTS", "7"),
    ],
)
def test_variables_in_the_wrong_place_are_told(tmp_path: Path, name: str, value: str) -> None:
    """A variable that fits nowhere is a complaint, never a crash and never passed over."""
    assert complaints(write(tmp_path, MINIMAL), {name: value})


def test_a_file_and_a_variable_of_different_shapes_are_told(tmp_path: Path) -> None:
    """A variable cannot reach into what the file made something else."""
    found = complaints(write(tmp_path, 'http = "x"\nbots = [7]'), {"GATEPOST_HTTP__LISTEN": "127.0.0.1:1"})

    assert "something else" in found["GATEPOST_HTTP__LISTEN"]
    assert found["bots[0]"] == "must be a table"


def test_secrets_show_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the settings printed nor logged contain a token or a key."""
    secrets = [TOKEN, "5e" * 32]

    settings = load(write(tmp_path, MINIMAL + f'[security]\nkey = "{"5e" * 32}"\n'), {})
    logging.getLogger(__name__).warning("%s %r", settings, settings)
    shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()} {caplog.text}"

    assert not [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize("messenger", ["telegram", "max", "whatsapp", TOKEN])
def test_a_secret_in_the_wrong_place_shows_nowhere(messenger: str) -> None:
    """Complaints repeat no values, since any of them may be a secret that slipped a line."""
    tables = {name: dict.fromkeys(model.model_fields, f"{TOKEN} ") for name, model in TABLES.items() if name}
    bot = tables.get(f"bots.{messenger}", tables["bots.whatsapp"])
    raw: dict[str, Any] = {name: table for name, table in tables.items() if "." not in name}
    raw["bots"] = [bot | {"messenger": messenger}]
    for table in (bot, raw["security"], raw["bots"][0]):
        for key in [key for key in table if key.endswith("_file")]:
            del table[key]  # where a file was looked for is told

    with pytest.raises(SettingsError) as caught:
        parse(raw)

    keys = {complaint.key for complaint in caught.value.complaints}
    assert {"http.public_url", "security.key", "bots[0].name", "bots[0].token", "log.level"} <= keys
    assert TOKEN not in str(caught.value)
