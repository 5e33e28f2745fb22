"""What is wrong with the settings, in words for the person who wrote them.

Complaints name their key and never repeat a value: any value may be a secret in the wrong place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_TEXTS: Final = {
    "missing": "is missing",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be 0 or more",
    "string_type": "must be text in quotes",
    "path_type": "must be a file name in quotes",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong: ``key`` as in ``bots[0].token``, ``text`` as in ``is missing``."""

    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


class SettingsError(Exception):
    """The settings cannot be used; ``complaints`` says everything that is wrong with them."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = list(complaints)


def written(path: Iterable[str | int]) -> str:
    """Return a key as complaints name it: ``("bots", 0, "token")`` is ``bots[0].token``."""
    key = ""
    for step in path:
        if isinstance(step, int):
            key += f"[{step}]"
        else:
            key += f".{step}" if key else step
    return key


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean …?)`` if ``word`` looks like one of ``known``, else nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def of_detail(detail: "ErrorDetails", known: Mapping[str, Sequence[str]], hints: Mapping[str, str]) -> Complaint:
    """Turn one finding of pydantic into a complaint.

    ``known`` lists the keys of each table (the root is ``""``, a MAX bot is ``bots.max``); ``hints`` says what to do
    about a missing key (``http.public_url``, ``bots.name`` for any bot, ``bots.max.token`` for one on MAX).
    """
    path = detail["loc"]
    if detail["type"].startswith("union_tag_"):
        return Complaint(written((*path, "messenger")), _messengers(detail["type"], known))
    # Pydantic names the messenger after the bot's number, where no table of the file has it.
    shown = path[:2] + path[3:] if path[0] == "bots" else path
    hint = hints.get(_general(path)) or hints.get(_general(shown))
    if detail["type"] == "missing" and hint:
        return Complaint(written(shown), f"is missing: {hint}")
    return Complaint(written(shown), _worded(detail, known))


def _general(path: Iterable[str | int]) -> str:
    return ".".join(step for step in path if isinstance(step, str))


def _messengers(kind: str, known: Iterable[str]) -> str:
    *most, last = [table.removeprefix("bots.") for table in known if table.startswith("bots.")]
    return ("is missing: it " if kind == "union_tag_not_found" else "") + f"must be {', '.join(most)} or {last}"


def _worded(detail: "ErrorDetails", known: Mapping[str, Sequence[str]]) -> str:
    table, _, name = _general(detail["loc"]).rpartition(".")
    match detail["type"]:
        case "extra_forbidden":
            return "is not a setting" + suggestion(name, known.get(table, ()))
        case "literal_error":
            return f"must be {detail['ctx']['expected']}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case kind:
            return _TEXTS.get(kind, detail["msg"])
