"""Reads secrets from files: ``token_file = "telegram-token"`` stands for ``token = "<what is in the file>"``.

A relative name is looked for among systemd's credentials first, then beside the settings file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from config.complaints import Complaint, written

_SUFFIX: Final = "_file"
_LONGEST: Final = 4096

Place = tuple[str | int, ...]


def find(name: str, folder: Path, environ: Mapping[str, str]) -> Path:
    """Return the file called ``name``: in ``$CREDENTIALS_DIRECTORY`` if it is there, else as seen from ``folder``."""
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / name).is_file():
        return Path(credentials) / name
    return folder / name


def fill_in(
    raw: dict[str, Any], secrets: Mapping[str, Sequence[str]], folder: Path, environ: Mapping[str, str]
) -> tuple[list[Complaint], dict[str, str]]:
    """Put the ``secrets`` that are in files into ``raw``, in place; they are keys by section.

    Returns what is wrong, and which key was filled from which (``bots[0].token`` from ``bots[0].token_file``).
    """
    complaints: list[Complaint] = []
    filled: dict[str, str] = {}
    for place, table, key in _secrets(raw, secrets):
        name = table.get(key + _SUFFIX)
        if not isinstance(name, str):
            continue
        secret_key, file_key = written((*place, key)), written((*place, key + _SUFFIX))
        filled[secret_key] = file_key
        if key in table:
            complaints.append(Complaint(file_key, f"give either {key} or {key}{_SUFFIX}, not both"))
            continue
        path = find(name, folder, environ)
        try:
            table[key] = _content(path)
        except (OSError, ValueError) as error:
            complaints.append(Complaint(file_key, f"{path} {reason(error)}"))
        else:
            table[key + _SUFFIX] = str(path)
    return complaints, filled


def _secrets(raw: dict[str, Any], secrets: Mapping[str, Sequence[str]]) -> Iterator[tuple[Place, dict[str, Any], str]]:
    for section, keys in secrets.items():
        value = raw.get(section)
        entries: Iterable[tuple[Place, Any]] = (
            (((section, number), entry) for number, entry in enumerate(value))
            if isinstance(value, list)
            else [((section,), value)]
        )
        yield from ((place, entry, key) for place, entry in entries if isinstance(entry, dict) for key in keys)


def _content(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        text = file.read(_LONGEST).strip()
    if not text:
        raise ValueError("is empty")
    return text


def reason(error: OSError | ValueError) -> str:
    """Return what is wrong with a file, to be said after its name."""
    match error:
        case FileNotFoundError():
            return "does not exist"
        case PermissionError():
            return "may not be read by this user"
        case OSError():
            return f"cannot be read: {error.strerror}"
        case UnicodeDecodeError():
            return "is not text"
        case ValueError():
            return str(error)
