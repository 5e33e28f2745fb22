"""The settings: what there is to set, and how it is read.

The environment goes before the file, the file before the defaults (``gatepost.example.toml`` tells them all).
"""

import os
import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from gatepost.config import addresses, secret_files
from gatepost.config.across import complaints_across
from gatepost.config.addresses import Address, Network
from gatepost.config.complaints import Complaint, SettingsError, of_detail
from gatepost.config.environment import overlay

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_TELEGRAM_TOKEN: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]{3,}")
_MASTER_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_SQLITE: Final = "sqlite:///"
_HINTS: Final = {
    "http.public_url": "give the address visitors reach Gatepost at, such as https://id.example.com",
    "bots.name": "give the bot a short name of your choice, such as tg",
    "bots.messenger": "say which messenger the bot is on: telegram",
    "bots.token": "give token or token_file (for Telegram, ask @BotFather)",
}


def _bot_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or digit")
    return text


def _telegram_token(secret: SecretStr) -> SecretStr:
    if not _TELEGRAM_TOKEN.fullmatch(secret.get_secret_value()):
        raise ValueError("must look like 123456:ABC-def, as @BotFather gives it")
    return secret


def _master_key(secret: SecretStr) -> SecretStr:
    if not _MASTER_KEY.fullmatch(secret.get_secret_value()):
        raise ValueError("must be 64 hex characters: make one with 'openssl rand -hex 32'")
    return secret


def _storage_url(url: str) -> str:
    path = url.removeprefix(_SQLITE)
    if path == url or path in {"", "/", ":memory:"} or "?" in path:
        raise ValueError(
            "must be sqlite:////folder/gatepost.db, or sqlite:///gatepost.db as seen from where the daemon is started "
            "(PostgreSQL is not supported yet)"
        )
    return url


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Limit = Annotated[int, Field(ge=0)]
"""0 = no limit."""
MessengerBase = Annotated[str, AfterValidator(addresses.messenger_base)]


class Section(BaseModel):
    """A table of the settings: never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class HttpSettings(Section):
    """Where we are on the web. ``public_url`` is an origin, without a slash at the end."""

    public_url: Annotated[str, AfterValidator(addresses.origin)]
    listen: Annotated[Address, BeforeValidator(addresses.listen_address)] = Address("127.0.0.1", 8080)
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(addresses.networks)] = addresses.networks(
        ["127.0.0.1/32", "::1/128"]
    )


class StorageSettings(Section):
    """Where everything is kept."""

    url: Annotated[str, AfterValidator(_storage_url)] = "sqlite:////var/lib/gatepost/gatepost.db"

    @property
    def sqlite_path(self) -> Path:
        """The database file."""
        return Path(self.url.removeprefix(_SQLITE))


class SecuritySettings(Section):
    """The master key in 64 hex characters, if the operator keeps it; ``Settings.key_path`` tells where else it is."""

    key: Annotated[SecretStr, AfterValidator(_master_key)] | None = None
    key_file: Path | None = None


class TelegramBotSettings(Section):
    """A Telegram bot. ``token_file`` is where ``token`` came from; ``None`` = from the settings themselves."""

    name: Annotated[str, AfterValidator(_bot_name)]
    messenger: Literal["telegram"]
    token: Annotated[SecretStr, AfterValidator(_telegram_token)]
    token_file: Path | None = None
    api_base: MessengerBase = "https://api.telegram.org"
    link_base: MessengerBase = "https://t.me"
    updates: Literal["polling", "webhook"] = "polling"


# With a second messenger this becomes Annotated[TelegramBotSettings | …, Field(discriminator="messenger")].
BotSettings = TelegramBotSettings


class LimitSettings(Section):
    """How much one address, one app and everybody together may ask for."""

    logins_per_minute_per_address: Limit = 30
    logins_per_minute_per_app: Limit = 6000
    misses_per_minute_per_address: Limit = 60
    waiting_polls: Limit = 25000
    waiting_polls_per_address: Limit = 500


class LogSettings(Section):
    """What is logged, and how."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] = "json"


class Settings(Section):
    """All the settings."""

    http: HttpSettings
    storage: StorageSettings = StorageSettings()
    security: SecuritySettings = SecuritySettings()
    bots: tuple[BotSettings, ...] = ()
    limits: LimitSettings = LimitSettings()
    log: LogSettings = LogSettings()

    @property
    def key_path(self) -> Path | None:
        """The file the master key is in, to be made at the first start; ``None`` = the settings hold the key."""
        return None if self.security.key is not None else self.storage.sqlite_path.with_name("gatepost.key")


TABLES: Final[dict[str, type[Section]]] = {
    "": Settings,
    "http": HttpSettings,
    "storage": StorageSettings,
    "security": SecuritySettings,
    "bots": BotSettings,
    "limits": LimitSettings,
    "log": LogSettings,
}
"""Every table by its name in the file; the root is ``""``."""


def known_keys() -> dict[str, tuple[str, ...]]:
    """Return the keys of each table of ``TABLES``."""
    return {name: tuple(table.model_fields) for name, table in TABLES.items()}


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the file (``None`` = there is none) and the environment, or raise ``SettingsError``."""
    raw = {} if path is None else _read(path)
    complaints = overlay(raw, environ, known_keys())
    return _checked(raw, complaints, path.parent if path else Path(), environ)


def parse(raw: Mapping[str, Any]) -> Settings:
    """Check settings that are at hand already, as TOML would give them, or raise ``SettingsError``."""
    return _checked(deepcopy(dict(raw)), [], Path(), {})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError([Complaint(str(path), f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise SettingsError([Complaint(str(path), "is not UTF-8 text")]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([Complaint(str(path), f"is not TOML: {error}")]) from None


def _checked(raw: dict[str, Any], complaints: list[Complaint], folder: Path, environ: Mapping[str, str]) -> Settings:
    raw.setdefault("http", {})  # so that a missing section is told as its missing keys
    in_files, filled = secret_files.fill_in(raw, folder, environ)
    complaints = [*complaints, *in_files, *complaints_across(raw)]
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        told = {complaint.key for complaint in complaints}
        for detail in error.errors(include_url=False, include_input=False):
            found = of_detail(detail, known_keys(), _HINTS)
            key = filled.get(found.key, found.key)
            if key not in told:
                complaints.append(Complaint(key, found.text))
        raise SettingsError(complaints) from None
    if complaints:
        raise SettingsError(complaints)
    return settings
