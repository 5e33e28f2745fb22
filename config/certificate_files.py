"""Finds and tries the files of certificates that a bot trusts, before the messenger has to be reached with them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.complaints import Complaint, written
from config.secret_files import find, reason


def find_all(raw: Mapping[str, Any], folder: Path, environ: Mapping[str, str]) -> list[Complaint]:
    """Put the whole path into each bot's ``ca_file``, in place, and return what is wrong with the files."""
    complaints = []
    bots = raw.get("bots")
    for number, bot in enumerate(bots if isinstance(bots, list) else []):
        name = bot.get("ca_file") if isinstance(bot, dict) else None
        if not isinstance(name, str):
            continue
        path = find(name, folder, environ)
        try:
            _try(path)
        except (OSError, ValueError) as error:
            complaints.append(Complaint(written(("bots", number, "ca_file")), f"{path} {reason(error)}"))
        else:
            bot["ca_file"] = str(path)
    return complaints


def _try(path: Path) -> None:
    import ssl  # noqa: PLC0415 - 10 ms, and most settings name no such file

    path.open("rb").close()  # tells, other than OpenSSL, why a file cannot be read
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise ValueError("is not a PEM file of certificates") from None
