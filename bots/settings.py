"""What the settings of a bot are made of, whatever its messenger; each messenger's room adds its own.

``…_file`` beside a secret is where the secret came from; ``None`` = from the settings themselves.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from yarl import URL

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")


def _bot_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or digit")
    return text


def _token(secret: SecretStr) -> SecretStr:
    if not _PRINTABLE.fullmatch(secret.get_secret_value()):
        raise ValueError("must be letters, digits and signs without spaces, as the messenger shows it")
    return secret


def _messenger_base(text: str) -> str:
    address = _address(text)
    if address is None:
        raise ValueError("must be an address such as https://api.example.com")
    _refuse_http_to_afar(address)
    return str(address.origin()) + address.raw_path.rstrip("/")


def _link_template(text: str) -> str:
    if sorted(_PLACEHOLDER.findall(text)) != ["{bot}", "{code}"] or set("{}") & set(_PLACEHOLDER.sub("", text)):
        raise ValueError("must contain {bot} and {code}, each once, and no other braces")
    before, _, query = text.partition("?")
    address = _address(before)
    if address is None or "{" in before.split("/")[2] or _is_odd(query):
        raise ValueError("must be an address such as https://max.ru/{bot}?start={code}")
    _refuse_http_to_afar(address)
    return text


def _address(text: str) -> URL | None:
    """Read a plain http(s) address, or return ``None`` for anything that is not one."""
    if _is_odd(text):
        return None
    try:
        address = URL(text)
    except ValueError:
        return None
    return address if address.scheme in {"https", "http"} and address.host and address.port else None


def _is_odd(text: str) -> bool:
    return any(mark.isspace() or mark in "?#@\\" for mark in text)


def _refuse_http_to_afar(address: URL) -> None:
    if address.scheme == "http" and not _is_near(address.host or ""):
        raise ValueError("must begin with https:// (http:// is only for this machine and private networks)")


def _is_near(host: str) -> bool:
    """Tell whether the host is on this machine or a private network; one-word names are those of containers."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host.endswith(".localhost") or "." not in host


def is_here(base: object) -> bool:
    """Tell whether a messenger's address is on this very machine, as an emulator's is; what is no address is not."""
    try:
        host = urlsplit(base).hostname or "" if isinstance(base, str) else ""
    except ValueError:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


Limit = Annotated[int, Field(ge=0)]
"""0 = no limit."""
MessengerBase = Annotated[str, AfterValidator(_messenger_base)]
"""A messenger's address without a slash at the end."""
LinkTemplate = Annotated[str, AfterValidator(_link_template)]
"""An address in which ``{bot}`` and ``{code}`` are replaced."""


class BotSettings(BaseModel):
    """What every bot has: never changed, no unknown keys. ``messenger`` is a ``MessengerName``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, AfterValidator(_bot_name)]
    messenger: str
    token: Annotated[SecretStr, AfterValidator(_token)]
    token_file: Path | None = None
