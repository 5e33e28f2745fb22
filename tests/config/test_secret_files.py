"""Secrets may stand in files: beside the settings, or among systemd's credentials."""

from pathlib import Path

import pytest

from gatepost.config.complaints import SettingsError
from gatepost.config.settings import load

SETTINGS = """
[http]
public_url = "https://id.example.com"
[[bots]]
name = "tg"
messenger = "telegram"
token_file = "telegram-token"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a settings file in a folder of its own."""
    path = tmp_path / "etc" / "gatepost.toml"
    path.parent.mkdir()
    path.write_text(SETTINGS)
    return path


def first_complaint(config: Path) -> str:
    """Return the only complaint about the settings."""
    with pytest.raises(SettingsError) as caught:
        load(config, {})
    (complaint,) = caught.value.complaints
    return str(complaint)


def test_a_relative_name_is_found_beside_the_settings(config: Path) -> None:
    """Wherever the program was started."""
    (config.parent / "telegram-token").write_text("1:beside\n")

    bot = load(config, {}).bots[0]

    assert bot.token.get_secret_value() == "1:beside"
    assert bot.token_file == config.parent / "telegram-token"


def test_systemds_credentials_go_first(config: Path, tmp_path: Path) -> None:
    """A credential of that name is meant; without one, the file beside the settings is."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    (config.parent / "telegram-token").write_text("1:beside")

    assert load(config, environ).bots[0].token.get_secret_value() == "1:beside"
    (credentials / "telegram-token").write_text("1:credential")
    assert load(config, environ).bots[0].token.get_secret_value() == "1:credential"


def test_an_absolute_name_is_itself(config: Path, tmp_path: Path) -> None:
    """Also when it comes from the environment."""
    secret = tmp_path / "elsewhere"
    secret.write_text("1:elsewhere")

    settings = load(config, {"GATEPOST_BOTS__0__TOKEN_FILE": str(secret)})

    assert settings.bots[0].token.get_secret_value() == "1:elsewhere"


def test_the_master_key_may_be_in_a_file_too(config: Path) -> None:
    """Whatever is a secret may be in a file."""
    (config.parent / "telegram-token").write_text("1:abc")
    (config.parent / "key").write_text("0a" * 32 + "\n")
    config.write_text(SETTINGS + '[security]\nkey_file = "key"\n')

    settings = load(config, {})

    assert settings.security.key is not None
    assert settings.security.key.get_secret_value() == "0a" * 32
    assert settings.key_path is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "does not exist"), (b" \n", "is empty"), (b"\xff", "is not text"), (b"no token", "must look like")],
    ids=["missing", "empty", "binary", "wrong"],
)
def test_trouble_with_the_file_is_told_under_its_key(config: Path, content: bytes | None, reason: str) -> None:
    """One complaint that names token_file, not a second one about a missing token."""
    if content is not None:
        (config.parent / "telegram-token").write_bytes(content)

    complaint = first_complaint(config)

    assert complaint.startswith("bots[0].token_file: ")
    assert reason in complaint


def test_a_folder_is_no_secret(config: Path) -> None:
    """A name that leads to a folder is told as such."""
    (config.parent / "telegram-token").mkdir()

    assert "cannot be read" in first_complaint(config)


def test_both_ways_at_once_are_refused(config: Path) -> None:
    """Nobody can tell which of the two was meant."""
    (config.parent / "telegram-token").write_text("1:abc")
    config.write_text(SETTINGS + 'token = "2:abc"\n')

    assert first_complaint(config) == "bots[0].token_file: give either token or token_file, not both"
