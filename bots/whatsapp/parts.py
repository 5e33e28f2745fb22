"""What of a message goes where in WhatsApp, which has room for little.

Three buttons that answer, or one that opens a page; 1,024 characters above buttons and below pictures. Other links
become lines of the text. A text too long for its place goes ahead by itself, and what is left of it stays with the
buttons: two messages, both paid for, but no words are lost.
"""

from dataclasses import replace
from typing import Final

from bots.formatting import rich_of, rows_of, saying
from bots.whatsapp.formatting import lightened, line_starts, whatsapp_lines, whatsapp_text
from core.model.messages.message import Choice, Message, UrlButton
from core.model.text.text import Entity, EntityKind, RichText, length_of

SHORT_LIMIT: Final = 1024
_BREAKS: Final = ("\n\n", "\n", " ")


def parts_of(message: Message) -> tuple[Message, ...]:
    """Return the messages that say what ``message`` says, each of which fits its place."""
    message = _with_room_for_buttons(saying(message, lightened(rich_of(message))))
    has_buttons = bool(message.choices or message.url_button)
    if not (has_buttons or message.media) or not _is_long(message):
        return (message,)
    if not has_buttons:
        return replace(message, text="", entities=()), replace(message, media=None)
    head, tail = _split(rich_of(message))
    ahead = replace(saying(message, head), choices=(), url_button=None, media=None)
    return ahead, saying(message, tail)


def _with_room_for_buttons(message: Message) -> Message:
    """Keep one link as a button if it is alone and the text short; all others become lines of the text."""
    buttons = [button for row in rows_of(message) for button in row]
    links = [button for button in buttons if isinstance(button, UrlButton)]
    choices = tuple(button for button in buttons if isinstance(button, Choice))
    if not links or message.ask_contact is not None:
        return message
    if not choices and len(links) == 1 and message.text.strip() and not _is_long(message):
        return replace(message, choices=(), url_button=links[0])
    written = saying(message, _with_lines(rich_of(message), links))
    return replace(written, choices=(choices,) if choices else (), url_button=None)


def _is_long(message: Message) -> bool:
    """Tell whether the words are too long with their marks, which only add to them."""
    return length_of(message.text) > SHORT_LIMIT or length_of(whatsapp_text(rich_of(message))) > SHORT_LIMIT


def _with_lines(rich: RichText, links: list[UrlButton]) -> RichText:
    """Write links below a text."""
    text, entities = rich.text.rstrip(), list(rich.entities)
    for place, link in enumerate(links):
        text += "" if not text else "\n" if place else "\n\n"
        entities.append(Entity(EntityKind.TEXT_LINK, length_of(text), length_of(link.label), link.url))
        text += link.label
    return RichText(text, tuple(entities))


def _split(rich: RichText) -> tuple[RichText, RichText]:
    """Split a long text, best between paragraphs, so that what is left is short."""
    whole = length_of(rich.text)
    low, end, room = _last_lines(rich)
    high = end if room >= 0 else end + 1
    while low < high:
        middle = (low + high) // 2
        if length_of(whatsapp_text(rich.part(middle, end))) > room:
            low = middle + 1
        else:
            high = middle
    left = rich.part(low, whole).text
    for between in _BREAKS:
        place = left.find(between, 0, -1)
        if place >= 0 and left[place:].strip():
            low += length_of(left[: place + len(between)])
            break
    return rich.part(0, low), rich.part(low, whole)


def _last_lines(rich: RichText) -> tuple[int, int, int]:
    """Return where the last line begins and ends that does not fit with all behind it, and how much room it has."""
    room, end = SHORT_LIMIT, length_of(rich.text)
    for start, line in zip(reversed(line_starts(rich)), reversed(whatsapp_lines(rich)), strict=True):
        if length_of(line) > room:
            return start, end, room
        room -= length_of(line) + 1
        end = start - 1
    return 0, 0, 0
