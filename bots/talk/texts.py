"""What the bots say, in every language there is a file for in ``locales/``.

A text is looked up by language and key; ``{fields}`` are filled in. Counted texts have a form for each of the
language's plural categories (CLDR, through Babel).
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

FALLBACK: Final = "en"

_Entry = str | Mapping[str, str]


@cache
def languages() -> Mapping[str, str]:
    """Return the languages we speak: two-letter code to the language's own name."""
    files = resources.files("bots.talk.locales").iterdir()
    codes = sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))
    return {code: say(code, "language") for code in codes}


def spoken(*wishes: str | None) -> str:
    """Return the first of ``wishes`` (IETF tags such as ``pt-br``) that we speak, English if none."""
    for wish in wishes:
        code = (wish or "").lower().replace("_", "-").partition("-")[0]
        if code in languages():
            return code
    return FALLBACK


def say(language: str, key: str, **fields: str) -> str:
    """Return the text ``key`` in ``language``, filled with ``fields``."""
    entry = entries(language)[key]
    if not isinstance(entry, str):
        raise TypeError(f"{key} counts: use say_count")
    return entry.format_map(fields)


def say_count(language: str, key: str, count: int) -> str:
    """Return the counted text ``key`` in ``language`` for ``count``."""
    entry = entries(language)[key]
    if isinstance(entry, str):
        raise TypeError(f"{key} does not count: use say")
    return entry.get(_plural_category(language, count), entry["other"]).format(count=count)


@cache
def entries(language: str) -> Mapping[str, _Entry]:
    """Return all texts of a language."""
    file = resources.files("bots.talk.locales") / f"{language}.toml"
    loaded: Mapping[str, _Entry] = tomllib.loads(file.read_text(encoding="utf-8"))
    return loaded


def language_of_draft(text: str) -> str | None:
    """Return the language of a text that a link of ours prepared; ``None`` if it is none of these."""
    for code in languages():
        for key in ("draft", "draft_subscribe", "draft_otp"):
            if text.lstrip().startswith(say(code, key, code="").rstrip()):
                return code
    return None


@cache
def words(key: str) -> frozenset[str]:
    """Return the words, in every language, that mean what ``key`` says."""
    return frozenset(word.strip() for code in languages() for word in say(code, key).split(","))


def _plural_category(language: str, count: int) -> str:
    from babel import Locale  # noqa: PLC0415 - 40 ms that the first prompt can wait for and a start need not

    return Locale.parse(language).plural_form(count)
