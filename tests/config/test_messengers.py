"""What the settings of bots on several messengers have in common, and what they tell apart."""

from typing import Any

import pytest

from config.complaints import SettingsError
from daemon.messengers import load, parse

PUBLIC = {"public_url": "https://id.example.com"}
TELEGRAM: dict[str, Any] = {"name": "tg", "messenger": "telegram", "token": "123456:ABC"}
MAX: dict[str, Any] = {"name": "max", "messenger": "max", "token": "abc", "terms_acknowledged": True}
WHATSAPP: dict[str, Any] = {
    "name": "wa",
    "messenger": "whatsapp",
    "token": "EAAG",
    "app_secret": "0123456789abcdef",
    "phone_number_id": "1",
}


def complaints(*bots: object) -> list[str]:
    """Return what is wrong with these bots."""
    with pytest.raises(SettingsError) as caught:
        parse({"http": PUBLIC, "bots": list(bots)})
    return [str(complaint) for complaint in caught.value.complaints]


def test_all_messengers_go_together() -> None:
    """One Gatepost speaks for several, in the order of the file."""
    bots = parse({"http": PUBLIC, "bots": [WHATSAPP, TELEGRAM, MAX]}).bots

    assert [bot.messenger for bot in bots] == ["whatsapp", "telegram", "max"]


@pytest.mark.parametrize("given", ["icq", "Telegram", "", 7, True, ["max"], {"max": 1}])
def test_an_unknown_messenger_is_told_with_those_there_are(given: object) -> None:
    """Once, and what other bots need is not asked of this one."""
    bot = {"name": "x", "messenger": given, "token": "abc"}

    assert complaints(bot) == ["bots[0].messenger: must be telegram, max or whatsapp"]


def test_what_every_bot_needs_is_told_without_a_messenger_too() -> None:
    """So that the operator mends all of it at once."""
    assert complaints({"name": "X"}) == [
        "bots[0].messenger: is missing: it must be telegram, max or whatsapp",
        "bots[0].name: must be 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or digit",
        "bots[0].token: is missing: give token or token_file",
    ]


@pytest.mark.parametrize(
    ("bot", "key", "meant"),
    [
        (TELEGRAM, "link_bse", " (did you mean link_base?)"),
        (TELEGRAM, "phone_number_ids", ""),
        (MAX, "link_templat", " (did you mean link_template?)"),
        (MAX, "max", ""),
        (MAX, "app_secrets", ""),
        (WHATSAPP, "phone_number", " (did you mean phone_number_id?)"),
        (WHATSAPP, "terms_acknowledge", ""),
    ],
)
def test_a_slip_of_the_pen_is_told_with_a_key_of_that_messenger(bot: dict[str, Any], key: str, meant: str) -> None:
    """Another messenger's key would be the next mistake."""
    assert complaints(bot | {key: "x"}) == [f"bots[0].{key}: is not a setting{meant}"]


def test_variables_know_the_keys_of_all_messengers() -> None:
    """A misspelt one is told with what is near, one of another messenger as the key it would be."""
    variables = {
        "GATEPOST_HTTP__PUBLIC_URL": "https://id.example.com",
        "GATEPOST_BOTS__0__NAME": "tg",
        "GATEPOST_BOTS__0__MESSENGER": "telegram",
        "GATEPOST_BOTS__0__TOKEN": "123456:ABC",
        "GATEPOST_BOTS__0__APP_SECRETS": "x",
        "GATEPOST_BOTS__0__API_VERSION": "v26.0",
        "GATEPOST_BOTS.MAX__TOKEN": "x",
    }
    with pytest.raises(SettingsError) as caught:
        load(None, variables)

    found = {complaint.key: complaint.text for complaint in caught.value.complaints}
    assert found["GATEPOST_BOTS__0__APP_SECRETS"] == ("is not a setting (did you mean GATEPOST_BOTS__0__APP_SECRET?)")
    assert set(found) == {"GATEPOST_BOTS__0__APP_SECRETS", "bots[0].api_version", "GATEPOST_BOTS.MAX__TOKEN"}


def test_no_two_bots_share_what_is_theirs() -> None:
    """Name and token whatever the messenger, and a number's id: each would take what is meant for the other."""
    assert complaints(
        TELEGRAM,
        MAX | {"name": "tg", "token": TELEGRAM["token"]},
        WHATSAPP,
        WHATSAPP | {"name": "wa2", "token": "EAAH"},
    ) == [
        "bots[1].name: is the name of bots[0] already",
        "bots[1].token: is the token of bots[0] already",
        "bots[3].phone_number_id: is the phone_number_id of bots[2] already",
    ]


@pytest.mark.parametrize("bot", [7, "max", []])
def test_a_bot_is_a_table(bot: object) -> None:
    """Whatever else stands there is told as such."""
    assert complaints(bot) == ["bots[0]: must be a table"]
