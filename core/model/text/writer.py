"""Writes a rich text from front to back, counting as it goes; what the readers of markup have in common."""

import re
from collections.abc import Sequence
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.text.text import (
    HALF_PAIR,
    MOST_ENTITIES,
    TEXT_LIMIT,
    Entity,
    EntityKind,
    RichText,
    length_of,
    with_entities,
)
from core.model.text.variables import Source

_SOURCE_LIMIT: Final = 4 * TEXT_LIMIT
_MOST_LOOKS: Final = 10 * MOST_ENTITIES
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

    def mark(self, kind: EntityKind, start: int, url: str | None = None, language: str | None = None) -> None:
        """Let what was said since ``start`` look so; raise ``Invalid`` for far too many looks."""
        if self.length > start:
            check_looks(len(self._entities) + 1)
            self._entities.append(Entity(kind, start, self.length - start, url, language))

    def said(self) -> str:
        """Return the words that were written."""
        return "".join(self._said)

    def looks(self) -> Sequence[Entity]:
        """Return how they look."""
        return self._entities

    def written(self) -> RichText:
        """Return what was written; raise ``Invalid`` if it cannot be sent."""
        return with_entities(self.said(), self._entities)


def checked_source(source: str) -> str:
    """Return markup that is worth reading; raise ``Invalid`` for what is far too long, or no text."""
    if len(source) > _SOURCE_LIMIT:
        raise Invalid("text", Wrong.MARKUP_TOO_LONG, length=len(source), most=_SOURCE_LIMIT)
    return check_whole(source)


def check_whole(source: str) -> str:
    """Return a text without half characters; raise ``Invalid`` that names the place of one."""
    if half := HALF_PAIR.search(source):
        raise Invalid("text", Wrong.HALF_A_CHARACTER, at=half.start() + 1)
    return source


def check_looks(count: int) -> None:
    """Raise ``Invalid`` for so many looks that it is not worth finding out which of them are seen."""
    if count > _MOST_LOOKS:
        raise Invalid("entities", Wrong.FAR_TOO_MANY_ENTITIES, count=_MOST_LOOKS, most=MOST_ENTITIES)


def read_plain(source: Source) -> RichWriter:
    """Read a text in which nothing is markup, but that may have variables."""
    writer = RichWriter()
    writer.say(source.text)
    return writer


def language_named(name: str) -> str | None:
    """Return the name of a programming language, ``None`` if it cannot be one."""
    return name if _LANGUAGE.fullmatch(name) else None
