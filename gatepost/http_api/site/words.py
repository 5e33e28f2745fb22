"""What the login pages say, in every language there is a file for in ``locales/``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

FALLBACK: Final = "en"
_FOLDER: Final = "gatepost.http_api.site"


@cache
def languages() -> frozenset[str]:
    """Return the two-letter codes of the languages we speak."""
    files = (resources.files(_FOLDER) / "locales").iterdir()
    return frozenset(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


@cache
def entries(language: str) -> Mapping[str, str]:
    """Return all texts of a language."""
    file = resources.files(_FOLDER) / "locales" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def say(language: str, key: str, **fields: str) -> str:
    """Return the text ``key`` in ``language``, filled with ``fields``."""
    return entries(language)[key].format_map(fields)


def spoken(locale: str | None, accepted: str) -> str:
    """Return the language to speak: ``locale`` if we speak it, else the first such of ``Accept-Language``.

    Source: RFC 9110 section 12.5.4; weights are taken as given by the order, as browsers write them.
    """
    for wish in (locale or "", *accepted[:200].split(",")):
        code = wish.strip().lower()[:2]
        if code in languages():
            return code
    return FALLBACK
