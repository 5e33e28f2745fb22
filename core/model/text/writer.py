"""Writes a rich text from front to back, counting as it goes; what the readers of markup have in common."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import Invalid
from core.model.text.text import HALF_PAIR, TEXT_LIMIT, Entity, EntityKind, RichText, length_of, with_entities

_SOURCE_LIMIT: Final = 4 * TEXT_LIMIT
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.-]{1,32}")


class RichWriter:
    """What is said so far, and how it looks."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._entities: list[Entity] = []
        self.length = 0

    def say(self, words: str) -> None:
        """Add words as they are."""
        self._said.append(words)
        self.length += length_of(words)

    @contextmanager
    def looking(self, kind: EntityKind, url: str | None = None, language: str | None = None) -> Iterator[None]:
        """Let what is said inside the block look so."""
        start = self.length
        yield
        self.mark(kind, start, url, language)

    def mark(self, kind: EntityKind, start: int, url: str | None = None, language: str | None = None) -> None:
        """Let what was said since ``start`` look so."""
        if self.length > start:
            self._entities.append(Entity(kind, start, self.length - start, url, language))

    def written(self) -> RichText:
        """Return what was written; raise ``Invalid`` if it cannot be sent."""
        return with_entities("".join(self._said), self._entities)


def checked_source(source: str) -> str:
    """Return markup that is worth reading; raise ``Invalid`` for what is far too long, or no text."""
    if len(source) > _SOURCE_LIMIT:
        raise Invalid(f"text: has {len(source)} characters with its markup, at most {_SOURCE_LIMIT}")
    if half := HALF_PAIR.search(source):
        raise Invalid(f"text: character {half.start() + 1} is half a surrogate pair")
    return source


def language_named(name: str) -> str | None:
    """Return the name of a programming language, ``None`` if it cannot be one."""
    return name if _LANGUAGE.fullmatch(name) else None
