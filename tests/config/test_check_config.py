"""``gatepost check-config``, as an operator with bots on several messengers sees it."""

from pathlib import Path

import pytest

from daemon.__main__ import main

SETTINGS = """
[http]
public_url = "https://id.example.com"
[storage]
url = "sqlite:///{folder}/gatepost.db"
[[bots]]
name = "tg"
messenger = "telegram"
token = "123456:swordfish"
"""
MAX = """
[[bots]]
name = "max"
messenger = "max"
token = "max-swordfish"
terms_acknowledged = true
"""
WHATSAPP = """
[[bots]]
name = "wa"
messenger = "whatsapp"
token = "wa-swordfish"
app_secret = "app-swordfish"
phone_number_id = "106540352242922"
"""


def checked(folder: Path, capsys: pytest.CaptureFixture[str], settings: str) -> list[str]:
    """Return the lines that the command prints about these settings."""
    path = folder / "gatepost.toml"
    path.write_text(settings.format(folder=folder))
    with pytest.raises(SystemExit) as end:
        main(["check-config", "--config", str(path)])
    assert end.value.code == 0
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_each_bot_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its messenger, how updates come and from where; MAX's terms are recalled, and no secret is shown."""
    lines = checked(tmp_path, capsys, SETTINGS + MAX + WHATSAPP)

    assert [line for line in lines if line.startswith("bot ")] == [
        "bot tg telegram, polling, https://api.telegram.org",
        "bot max max, webhook, https://platform-api2.max.ru, terms acknowledged",
        "bot wa whatsapp, webhook, https://graph.facebook.com",
    ]
    assert "swordfish" not in "".join(lines)


def test_what_is_entered_by_hand_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody else tells Meta where to call; Telegram and MAX are told by Gatepost."""
    with_whatsapp = checked(tmp_path, capsys, SETTINGS + WHATSAPP)
    without = checked(tmp_path, capsys, SETTINGS + MAX)

    assert with_whatsapp[-1] == (
        'WhatsApp: "gatepost bots" tells the address and verify token to enter in Meta\'s dashboard.'
    )
    assert not [line for line in without if "gatepost bots" in line]
