"""The settings: what there is to set, and how it is read.

The environment goes before the file, the file before the defaults (``gatepost.example.toml`` tells them all).
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError

from config import addresses, certificate_files, secret_files
from config.across import complaints_across
from config.addresses import Address, Network
from config.bots import AnyBotSettings, MaxBotSettings, TelegramBotSettings, WhatsAppBotSettings
from config.complaints import Complaint, SettingsError, of_detail
from config.environment import overlay
from config.section import Limit, Section

_MASTER_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_SQLITE: Final = "sqlite:///"
_HINTS: Final = {
    "http.public_url": "give the address visitors reach Gatepost at, such as https://id.example.com",
    "bots.name": "give the bot a short name of your choice, such as tg",
    "bots.token": "give token or token_file",
    "bots.telegram.token": "give token or token_file (ask @BotFather)",
    "bots.max.token": "give token or token_file (business.max.ru shows it once the bot was moderated)",
    "bots.whatsapp.token": "give token or token_file (that of a system user in Meta's business settings)",
    "bots.whatsapp.app_secret": "give app_secret or app_secret_file (Meta's dashboard, App settings, Basic)",
    "bots.whatsapp.phone_number_id": "give the number's id in Meta's dashboard, in quotes",
}


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


class HttpSettings(Section):
    """Where we are on the web. ``public_url`` is an origin, without a slash at the end."""

    public_url: Annotated[str, AfterValidator(addresses.origin)]
    listen: Annotated[Address, BeforeValidator(addresses.listen_address)] = Address("127.0.0.1", 8080)
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(addresses.networks)] = addresses.networks(
        ["127.0.0.1/32", "::1/128"]
    )
    geoip_file: Path | None = None


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


BotSettings = Annotated[TelegramBotSettings | MaxBotSettings | WhatsAppBotSettings, Field(discriminator="messenger")]


class LimitSettings(Section):
    """How much one address, one app and all together may ask for."""

    logins_per_minute_per_address: Limit = 30
    logins_per_minute_per_app: Limit = 6000
    misses_per_minute_per_address: Limit = 60
    requests_per_minute_per_project: Limit = 300
    messages_per_minute_per_app: Limit = 1200
    waiting_polls: Limit = 25000
    waiting_polls_per_address: Limit = 500


class WebhookSettings(Section):
    """Where sites may have us call, besides the public internet."""

    allowed_networks: Annotated[tuple[Network, ...], BeforeValidator(addresses.networks)] = ()


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
    webhooks: WebhookSettings = WebhookSettings()
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
    "bots.telegram": TelegramBotSettings,
    "bots.max": MaxBotSettings,
    "bots.whatsapp": WhatsAppBotSettings,
    "limits": LimitSettings,
    "webhooks": WebhookSettings,
    "log": LogSettings,
}
"""Every table by its name in the file; the root is ``""``, and a bot's table is also told by its messenger."""


def known_keys() -> dict[str, tuple[str, ...]]:
    """Return the keys of each table of ``TABLES``, and as ``bots`` those of all messengers' bots."""
    known = {name: tuple(table.model_fields) for name, table in TABLES.items()}
    bots = dict.fromkeys(key for name, keys in known.items() if name.startswith("bots.") for key in keys)
    return known | {"bots": tuple(bots)}


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
    in_certificates = certificate_files.find_all(raw, folder, environ)
    complaints = [*complaints, *in_files, *in_certificates, *complaints_across(raw)]
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        complained_of = {complaint.key for complaint in complaints}
        for found in _found(error, raw):
            key = filled.get(found.key, found.key)
            if key not in complained_of:
                complaints.append(Complaint(key, found.text))
                complained_of.add(key)
        raise SettingsError(complaints) from None
    if complaints:
        raise SettingsError(complaints)
    return settings


def _found(error: ValidationError, raw: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what pydantic found; what all bots have in common is checked also where the messenger is not known."""
    known = known_keys()
    for detail in error.errors(include_url=False, include_input=False):
        yield of_detail(detail, known, _HINTS)
        if not detail["type"].startswith("union_tag_"):
            continue
        place = detail["loc"]
        try:
            AnyBotSettings.model_validate(raw["bots"][place[1]], extra="ignore")
        except ValidationError as common:
            for part in common.errors(include_url=False, include_input=False):
                part["loc"] = (*place, "any", *part["loc"])
                yield of_detail(part, known, _HINTS)
