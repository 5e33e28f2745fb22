"""Rich text in a messenger's own markup: what the renderers have in common. Entities come outer before inner."""

from collections.abc import Callable
from dataclasses import replace

from core.model.messages.message import Choice, Message, UrlButton
from core.model.text.text import CODES, Entity, RichText, length_of, text_of, units_of

Say = Callable[[str, bool], str]
"""Returns words as markup that says them; the flag tells whether they are code."""
Marks = Callable[[Entity, str], tuple[str, str]]
"""Returns what stands before and behind the words that look so."""


def marked(rich: RichText, say: Say, marks: Marks) -> str:
    """Return the text with marks around the words that have a look."""
    walk = _Walk(rich, say)
    for entity in rich.entities:
        walk.leave(entity.offset)
        walk.enter(entity, *marks(entity, walk.words(entity.offset, entity.end)))
    return walk.whole()


class _Walk:
    """Goes through a text once, in UTF-16 units, keeping the looks that have begun and not ended."""

    def __init__(self, rich: RichText, say: Say) -> None:
        self._units = units_of(rich.text)
        self._say = say
        self._at = 0
        self._out: list[str] = []
        self._around: list[tuple[Entity, str]] = []

    def words(self, start: int, end: int) -> str:
        """Return what stands between two places."""
        return text_of(self._units[2 * start : 2 * end])

    def enter(self, entity: Entity, before: str, behind: str) -> None:
        """Say what stands before a look, and begin it."""
        self._go(entity.offset)
        self._out.append(before)
        self._around.append((entity, behind))

    def leave(self, place: int) -> None:
        """End the looks that end before a place, innermost first."""
        while self._around and self._around[-1][0].end <= place:
            self._go(self._around[-1][0].end)
            self._out.append(self._around.pop()[1])

    def whole(self) -> str:
        """Say the rest, and return everything."""
        self.leave(len(self._units))
        self._go(len(self._units) // 2)
        return "".join(self._out)

    def _go(self, to: int) -> None:
        is_code = any(entity.kind in CODES for entity, _ in self._around)
        self._out.append(self._say(self.words(self._at, to), is_code))
        self._at = to


def rich_of(message: Message) -> RichText:
    """Return the message's words."""
    return RichText(message.text, message.entities)


def saying(message: Message, rich: RichText) -> Message:
    """Return the message with other words."""
    return replace(message, text=rich.text, entities=rich.entities)


def with_link_below(message: Message, limit: int) -> Message:
    """Return the message with the address of its media below the text, which is cut if both do not fit ``limit``."""
    if message.media is None:
        return message
    url = message.media.url
    words = rich_of(message).cut(limit - length_of(url) - 2)
    text = f"{words.text}\n\n{url}" if words.text else url
    return replace(saying(message, RichText(text, words.entities)), media=None)


def rows_of(message: Message) -> list[list[Choice | UrlButton]]:
    """Return all rows of buttons, the single link last."""
    rows = [list(row) for row in message.choices]
    return [*rows, [message.url_button]] if message.url_button is not None else rows
