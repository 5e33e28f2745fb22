"""Secrets may stand in files: beside the settings, or among systemd's credentials."""

from pathlib import Path

import pytest

from bots.whatsapp.settings import WhatsAppBotSettings
from config.complaints import SettingsError
from daemon.messengers import load

SETTINGS = """
[http]
public_url = "https://id.example.com"
[[bots]]
name = "tg"
messenger = "telegram"
token_file = "telegram-token"
"""
SETTINGS_OF_WHATSAPP = """
[http]
public_url = "https://id.example.com"
[[bots]]
name = "wa"
messenger = "whatsapp"
token_file = "wa-token"
app_secret_file = "wa-secret"
phone_number_id = "106540352242922"
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


def test_every_secret_of_whatsapp_may_be_in_a_file(config: Path, tmp_path: Path) -> None:
    """Beside the settings, among the credentials, or named by the environment."""
    config.write_text(SETTINGS_OF_WHATSAPP)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (config.parent / "wa-token").write_text("EAAG-token\n")
    (credentials / "wa-secret").write_text("0123456789abcdef")
    (tmp_path / "former").write_text("fedcba9876543210")

    bot = load(
        config,
        {
            "CREDENTIALS_DIRECTORY": str(credentials),
            "GATEPOST_BOTS__0__FORMER_APP_SECRET_FILE": str(tmp_path / "former"),
        },
    ).bots[0]

    assert isinstance(bot, WhatsAppBotSettings)
    assert bot.former_app_secret is not None
    assert [secret.get_secret_value() for secret in (bot.token, bot.app_secret, bot.former_app_secret)] == [
        "EAAG-token",
        "0123456789abcdef",
        "fedcba9876543210",
    ]
    assert bot.app_secret_file == credentials / "wa-secret"
    assert bot.former_app_secret_file == tmp_path / "former"


def test_a_wrong_secret_in_a_file_is_told_under_its_file(config: Path) -> None:
    """Whichever of a bot's secrets it is, once, and never with what is in it."""
    config.write_text(SETTINGS_OF_WHATSAPP + 'former_app_secret_file = "wa-former"\n')
    (config.parent / "wa-token").write_text("two words")
    (config.parent / "wa-secret").write_text("short")

    with pytest.raises(SettingsError) as caught:
        load(config, {})

    assert [complaint.key for complaint in caught.value.complaints] == [
        "bots[0].former_app_secret_file",
        "bots[0].token_file",
        "bots[0].app_secret_file",
    ]
    assert "short" not in str(caught.value)


def test_a_file_for_a_secret_of_another_messenger_is_told_once(config: Path) -> None:
    """Telegram has no app secret, wherever it is."""
    (config.parent / "telegram-token").write_text("1:abc")
    (config.parent / "wa-secret").write_text("0123456789abcdef")
    config.write_text(SETTINGS + 'app_secret_file = "wa-secret"\n')

    assert first_complaint(config) == "bots[0].app_secret_file: is not a setting"
