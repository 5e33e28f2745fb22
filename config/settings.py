"""The settings: what there is to set, and how it is read.

The environment goes before the file, the file before the defaults (``gatepost.example.toml`` tells them all).
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any, Final, Generic, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, SecretStr, ValidationError

from config import addresses, certificate_files, secret_files
from config.across import complaints_across
from config.addresses import Address, Network
from config.bots import B, Bots
from config.complaints import Complaint, SettingsError, of_detail
from config.environment import overlay
from config.section import Limit, Section

_MASTER_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_SQLITE: Final = "sqlite:///"
_HINTS: Final = {
    "http.public_url": "give the address visitors reach Gatepost at, such as https://id.example.com",
    "bots.name": "give the bot a short name of your choice, such as tg",
    "bots.token": "give token or token_file",
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


class LimitSettings(Section):
    """How much one address, one app and all together may ask for."""

    logins_per_minute_per_address: Limit = 30
    logins_per_minute_per_app: Limit = 6000
    misses_per_minute_per_address: Limit = 60
    requests_per_minute_per_project: Limit = 300
    messages_per_minute_per_app: Limit = 1200
    waiting_polls: Limit = 25000
    waiting_polls_per_address: Limit = 500
    connections_per_address: Limit = 1000


class WebhookSettings(Section):
    """Where sites may have us call, besides the public internet."""

    allowed_networks: Annotated[tuple[Network, ...], BeforeValidator(addresses.networks)] = ()


class LogSettings(Section):
    """What is logged, and how."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] = "json"


class Settings(Section, Generic[B]):
    """All the settings, with bots of shape ``B``."""

    http: HttpSettings
    storage: StorageSettings = StorageSettings()
    security: SecuritySettings = SecuritySettings()
    bots: tuple[B, ...] = ()
    limits: LimitSettings = LimitSettings()
    webhooks: WebhookSettings = WebhookSettings()
    log: LogSettings = LogSettings()

    @property
    def key_path(self) -> Path | None:
        """The file the master key is in, to be made at the first start; ``None`` = the settings hold the key."""
        return None if self.security.key is not None else self.storage.sqlite_path.with_name("gatepost.key")


def tables(bots: Bots[B]) -> dict[str, type[BaseModel]]:
    """Return every table by its name in the file; the root is ``""``, a bot's is told by its messenger too."""
    return {
        "": Settings,
        "http": HttpSettings,
        "storage": StorageSettings,
        "security": SecuritySettings,
        **bots.tables(),
        "limits": LimitSettings,
        "webhooks": WebhookSettings,
        "log": LogSettings,
    }


def _known_keys(bots: Bots[B]) -> dict[str, tuple[str, ...]]:
    """Return the keys of each table, and as ``bots`` those of all messengers' bots."""
    known = {name: tuple(table.model_fields) for name, table in tables(bots).items()}
    keys = dict.fromkeys(key for name in bots.tables() for key in known[name])
    return known | {"bots": tuple(keys)}


def load(path: Path | None, bots: Bots[B], environ: Mapping[str, str] = os.environ) -> Settings[B]:
    """Read the settings from the file (``None`` = there is none) and the environment, or raise ``SettingsError``."""
    raw = {} if path is None else _read(path)
    complaints = overlay(raw, environ, _known_keys(bots))
    return _checked(raw, bots, complaints, path.parent if path else Path(), environ)


def parse(raw: Mapping[str, Any], bots: Bots[B]) -> Settings[B]:
    """Check settings that are at hand already, as TOML would give them, or raise ``SettingsError``."""
    return _checked(deepcopy(dict(raw)), bots, [], Path(), {})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError([Complaint(str(path), f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise SettingsError([Complaint(str(path), "is not UTF-8 text")]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([Complaint(str(path), f"is not TOML: {error}")]) from None


def _checked(
    raw: dict[str, Any], bots: Bots[B], complaints: list[Complaint], folder: Path, environ: Mapping[str, str]
) -> Settings[B]:
    raw.setdefault("http", {})  # so that a missing section is told as its missing keys
    in_files, filled = secret_files.fill_in(raw, _secrets(bots), folder, environ)
    in_certificates = certificate_files.find_all(raw, folder, environ)
    complaints = [*complaints, *in_files, *in_certificates, *complaints_across(raw, bots)]
    generic: Any = Settings  # mypy knows no types that are made of values
    shape: type[Settings[B]] = generic[bots.shape()]
    try:
        settings = shape.model_validate(raw)
    except ValidationError as error:
        complained_of = {complaint.key for complaint in complaints}
        for found in _found(error, raw, bots):
            key = filled.get(found.key, found.key)
            if key not in complained_of:
                complaints.append(Complaint(key, found.text))
                complained_of.add(key)
        raise SettingsError(complaints) from None
    if complaints:
        raise SettingsError(complaints)
    return settings


def _secrets(bots: Bots[B]) -> dict[str, tuple[str, ...]]:
    """Return the keys that may be in files instead, by section: those that have a ``…_file`` beside them."""
    keys = {
        "security": tuple(SecuritySettings.model_fields),
        "bots": tuple(dict.fromkeys(key for table in bots.tables().values() for key in table.model_fields)),
    }
    return {section: tuple(key for key in found if f"{key}_file" in found) for section, found in keys.items()}


def _found(error: ValidationError, raw: Mapping[str, Any], bots: Bots[B]) -> Iterator[Complaint]:
    """Yield what pydantic found; what all bots have in common is checked also where the messenger is not known."""
    known, hints = _known_keys(bots), _HINTS | bots.hints()
    for detail in error.errors(include_url=False, include_input=False):
        yield of_detail(detail, known, hints)
        if not detail["type"].startswith("union_tag_"):
            continue
        place = detail["loc"]
        try:
            bots.common.model_validate(raw["bots"][place[1]], extra="ignore")
        except ValidationError as common:
            for part in common.errors(include_url=False, include_input=False):
                part["loc"] = (*place, "any", *part["loc"])
                yield of_detail(part, known, hints)
