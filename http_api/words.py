"""What a dialect says to people, in every language there is a file for in its ``locales/``."""

import tomllib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

FALLBACK: Final = "en"


class Words:
    """The texts of one package. A language's file is read when that language is first spoken."""

    def __init__(self, package: str) -> None:
        self._package = package
        self.entries = lru_cache(maxsize=None)(self._entries)

    @cached_property
    def languages(self) -> frozenset[str]:
        """The two-letter codes of the languages we speak."""
        files = self._folder.iterdir()
        return frozenset(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))

    def say(self, language: str, key: str, **fields: str) -> str:
        """Return the text ``key`` in ``language``, filled with ``fields``."""
        return self.entries(language)[key].format_map(fields)

    def spoken(self, locale: str | None, accepted: str) -> str:
        """Return the language to speak: ``locale`` if we speak it, else the first such of ``Accept-Language``.

        Source: RFC 9110 section 12.5.4; weights are taken as given by the order, as browsers write them.
        """
        for language_tag in (locale or "", *accepted[:200].split(",")):
            code = language_tag.strip().lower()[:2]
            if code in self.languages:
                return code
        return FALLBACK

    @property
    def _folder(self) -> Traversable:
        return resources.files(self._package) / "locales"

    def _entries(self, language: str) -> Mapping[str, str]:
        file = self._folder / f"{language}.toml"
        return tomllib.loads(file.read_text(encoding="utf-8"))
