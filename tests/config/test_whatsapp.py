"""A WhatsApp number's settings."""

import pytest

from bots.whatsapp.settings import WhatsAppBotSettings
from config.complaints import SettingsError
from daemon.messengers import load, parse

BOT = {
    "name": "wa",
    "messenger": "whatsapp",
    "token": "EAAGm0PX4ZCpsBA",
    "app_secret": "0123456789abcdef0123456789abcdef",
    "phone_number_id": "106540352242922",
}


def read(public_url: str = "https://id.example.com", **changed: object) -> WhatsAppBotSettings:
    """Return the settings of a WhatsApp number, changed so; ``None`` leaves a key out."""
    values = {key: value for key, value in (BOT | changed).items() if value is not None}
    (bot,) = parse({"http": {"public_url": public_url}, "bots": [values]}).bots
    assert isinstance(bot, WhatsAppBotSettings)
    return bot


def complaint(key: str, value: object, public_url: str = "https://id.example.com") -> str:
    """Return the only complaint about a bot with another value for one key."""
    with pytest.raises(SettingsError) as caught:
        read(public_url, **{key: value})
    (only,) = caught.value.complaints
    return str(only)


def test_token_secret_and_number_are_enough() -> None:
    """The rest has the documented defaults."""
    bot = read()

    assert bot.app_secret.get_secret_value() == BOT["app_secret"]
    assert bot.former_app_secret is None
    assert (bot.api_base, bot.api_version) == ("https://graph.facebook.com", "v26.0")
    assert bot.link_base == "https://wa.me"
    assert (bot.replies_per_person_per_day, bot.replies_per_day) == (20, 5000)


def test_everything_may_come_from_the_environment() -> None:
    """Secrets and limits too."""
    values = BOT | {"former_app_secret": "fedcba9876543210", "replies_per_day": "0"}
    variables = {f"GATEPOST_BOTS__0__{key.upper()}": value for key, value in values.items()}

    (bot,) = load(None, variables | {"GATEPOST_HTTP__PUBLIC_URL": "https://id.example.com"}).bots

    assert isinstance(bot, WhatsAppBotSettings)
    assert bot == read(former_app_secret="fedcba9876543210", replies_per_day=0)


@pytest.mark.parametrize("key", ["token", "app_secret", "phone_number_id"])
def test_what_is_required_says_where_it_is_found(key: str) -> None:
    """Meta's dashboards are large."""
    told = complaint(key, None)

    assert told.startswith(f"bots[0].{key}: is missing: give ")
    assert "Meta" in told


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token", "two words"),
        ("app_secret", "seven77"),
        ("app_secret", "x" * 129),
        ("app_secret", "eight or more"),
        ("former_app_secret", "seven77"),
        ("phone_number_id", 106540352242922),
        ("phone_number_id", "+491510000000"),
        ("phone_number_id", "1" * 33),
        ("phone_number_id", "١٢"),
        ("api_base", "http://graph.facebook.com"),
        ("api_version", "26.0"),
        ("api_version", "v26"),
        ("api_version", "v26.0/"),
        ("link_base", "wa.me"),
        ("replies_per_person_per_day", -1),
        ("replies_per_day", "many"),
        ("updates", "webhook"),
    ],
)
def test_the_rest_is_refused(key: str, value: object) -> None:
    """One complaint, under the key as it stands in the file."""
    assert complaint(key, value).startswith(f"bots[0].{key}: ")


@pytest.mark.parametrize(
    ("public_url", "api_base", "is_fine"),
    [
        ("https://id.example.com:8443", None, True),
        ("http://localhost:8080", None, False),
        ("http://localhost:8080", "http://emulator:8090", False),
        ("http://localhost:8080", "http://[::1]:8090", True),
    ],
)
def test_meta_calls_https_only(public_url: str, api_base: str | None, *, is_fine: bool) -> None:
    """There is no other way for its messages to come; the emulator on this machine calls anything."""
    if is_fine:
        assert read(public_url, api_base=api_base).name == "wa"
    else:
        assert complaint("api_base", api_base, public_url) == (
            "bots[0].messenger: whatsapp needs an https http.public_url: Meta calls nothing else"
        )


def test_secrets_show_nowhere() -> None:
    """Neither the settings printed nor dumped contain a token or an app secret."""
    bot = read(former_app_secret="fedcba9876543210")
    shown = f"{bot} {bot!r} {bot.model_dump()} {bot.model_dump_json()}"

    for secret in (BOT["token"], BOT["app_secret"], "fedcba9876543210"):
        assert secret not in shown


def test_templates_are_named_as_meta_lists_them() -> None:
    """None unless named; each has its languages, in order."""
    bot = read()
    assert (bot.otp_template, bot.notice_template) == (None, None)
    bot = read(otp_template="login_code", otp_languages=["ru", "en_US"], notice_template="site_message")
    assert (bot.otp_template, bot.otp_languages) == ("login_code", ("ru", "en_US"))
    assert (bot.notice_template, bot.notice_languages) == ("site_message", ("en_US",))


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("otp_template", "Login code", "must be 1 to 512 of a-z, 0-9 and '_'"),
        ("notice_template", "", "must be 1 to 512 of a-z, 0-9 and '_'"),
        ("otp_languages", ["en-US"], "must be one language or more, each as Meta writes it"),
        ("notice_languages", [], "must be one language or more"),
    ],
)
def test_a_template_that_cannot_be_one(key: str, value: object, told: str) -> None:
    """Told before the first message is refused by Meta."""
    assert told in complaint(key, value)
