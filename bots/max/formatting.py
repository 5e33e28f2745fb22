"""How words look in MAX: its HTML. Markdown it has too, but no way to keep names from becoming markup there.

MAX counts a text with its tags. One that becomes too long by them keeps its links and loses its other looks, or at last
all of them; words are cut only where there are too many.
"""

from typing import Final

from bots.formatting import marked, rich_of
from core.model.messages.message import Message
from core.model.text.text import Entity, EntityKind, RichText

TEXT_LIMIT: Final = 4000
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_TAGS: Final = {
    EntityKind.BLOCKQUOTE: "blockquote",
    EntityKind.BOLD: "b",
    EntityKind.ITALIC: "i",
    EntityKind.UNDERLINE: "u",
    EntityKind.STRIKETHROUGH: "s",
    EntityKind.PRE: "pre",
    EntityKind.CODE: "code",
}
"""MAX has no spoilers, and finds mentions by itself."""


def text_of(message: Message) -> dict[str, str]:
    """Return the fields of a body that say the message's words, none of which can become markup."""
    rich = rich_of(message).cut(TEXT_LIMIT)
    links = tuple(entity for entity in rich.entities if entity.kind is EntityKind.TEXT_LINK)
    for written in (html_of(rich), html_of(RichText(rich.text, links))):
        if len(written) <= TEXT_LIMIT:
            return {"text": written, "format": "html"}
    return {"text": rich.text}


def html_of(rich: RichText) -> str:
    """Return the text as MAX's HTML."""
    return marked(rich, lambda words, _: words.translate(_ESCAPES), _marks)


def _marks(entity: Entity, words: str) -> tuple[str, str]:
    """Return the tags around words; an address that MAX does not open from a text stands behind them."""
    if entity.kind is EntityKind.TEXT_LINK and entity.url is not None:
        shown = entity.url.translate(_ESCAPES)
        if entity.url.startswith(("http:", "https:")):
            return f'<a href="{shown}">', "</a>"
        return "", "" if words == entity.url.partition(":")[2] else f" ({shown})"
    tag = _TAGS.get(entity.kind)
    return (f"<{tag}>", f"</{tag}>") if tag else ("", "")
