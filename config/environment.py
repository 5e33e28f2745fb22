"""Lays ``GATEPOST_*`` variables over the settings of the file.

Written here and not left to pydantic-settings, because that can neither reach into an entry of a list
(``GATEPOST_BOTS__0__TOKEN``), nor see a variable that is misspelt, nor complain about more than one at a time.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final

from config.complaints import Complaint, suggestion

PREFIX: Final = "GATEPOST_"
_OURS_BUT_NO_SETTING: Final = "GATEPOST_CONFIG"
_JOINT: Final = "__"
_CLOSE: Final = 0.8

Steps = tuple[str | int, ...]


def overlay(raw: dict[str, Any], environ: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> list[Complaint]:
    """Put the environment's settings into ``raw`` in place and return what is wrong with them.

    ``known`` lists the keys of each table (the root is ``""``, a bot of any messenger is ``bots``). Empty variables
    count as unset.
    """
    complaints = []
    found = {_path(name): name for name, value in environ.items() if value and _may_be_ours(name, known)}
    for path in sorted(found, key=_wholes_first):
        name = found[path]
        trouble = _unknown(path, known) or _put(raw, path, environ[name])
        if trouble:
            complaints.append(Complaint(name, trouble))
    return complaints


def variables(known: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """List the names of the variables there are, without prefix, bots being number 0."""
    for table in ("", *known[""]):
        start = {"": "", "bots": f"BOTS{_JOINT}0{_JOINT}"}.get(table, f"{table.upper()}{_JOINT}")
        yield from (f"{start}{key.upper()}" for key in known.get(table, ()))


def _path(name: str) -> Steps:
    steps = name.removeprefix(PREFIX).lower().split(_JOINT)
    return tuple(int(step) if step.isdecimal() and place else step for place, step in enumerate(steps))


def _may_be_ours(name: str, known: Mapping[str, Sequence[str]]) -> bool:
    """Tell settings, also misspelt ones, from what others set: Kubernetes gives a service so named GATEPOST_PORT."""
    if not name.startswith(PREFIX) or name == _OURS_BUT_NO_SETTING:
        return False
    word = name.removeprefix(PREFIX)
    return _JOINT in word or bool(get_close_matches(word, list(variables(known)), n=1, cutoff=_CLOSE))


def _wholes_first(path: Steps) -> tuple[int, list[tuple[int, str]]]:
    return len(path), [(step, "") if isinstance(step, int) else (0, step) for step in path]


def _unknown(path: Steps, known: Mapping[str, Sequence[str]]) -> str:
    match path:
        case (str(table),) if table in known[""]:
            return ""
        case ("bots", int()):
            return ""
        case ("bots", int(), str(key)) if key in known["bots"]:
            return ""
        case (str(table), str(key)) if table in known[""] and table != "bots" and key in known.get(table, ()):
            return ""
        case _:
            word = _JOINT.join(str(step) for step in path).upper()
            return "is not a setting" + suggestion(word, variables(known)).replace("mean ", f"mean {PREFIX}")


def _put(raw: dict[str, Any], path: Steps, text: str) -> str:
    """Put one value in its place; return what is wrong, or nothing."""
    whole = len(path) == 1 or isinstance(path[-1], int)
    value: Any = text
    if whole:
        try:
            value = json.loads(text)
        except ValueError:
            return "must be JSON"
    home, trouble = _home(raw, path)
    if home is None:
        return trouble
    step = path[-1]
    if isinstance(home, list):
        home[int(step)] = value
    elif whole and isinstance(home.get(str(step)), dict) and isinstance(value, dict):
        home[str(step)] |= value
    else:
        _displace(home, str(step))
        home[str(step)] = value
    return ""


def _home(raw: dict[str, Any], path: Steps) -> tuple[Any, str]:
    """Find or make the table or list that holds the last step of ``path``; without one, say why."""
    home: Any = raw
    for step, following in pairwise(path):
        home = home[step] if isinstance(step, int) else home.setdefault(step, [] if isinstance(following, int) else {})
        kind = list if isinstance(following, int) else dict
        if not issubclass(type(home), kind):
            return None, "cannot be set: the settings hold something else in its place"
        if isinstance(following, int) and not _has_room(home, following):
            return None, f"comes too early: there is no number {len(home)} before it"
    return home, ""


def _has_room(entries: list[Any], number: int) -> bool:
    """Make an empty entry if ``number`` is the next one; tell whether there is one now."""
    if number == len(entries):
        entries.append({})
    return number < len(entries)


def _displace(table: dict[str, Any], key: str) -> None:
    """Forget the file's other way of giving the same secret, so that the environment wins."""
    table.pop(key.removesuffix("_file") if key.endswith("_file") else f"{key}_file", None)
