"""Texts with ``{{variables}}``: templates that a project keeps, and drafts that go to many or later.

A draft's variables are built in and filled in for each recipient; ``{{first_name|there}}`` says what stands there if
nothing is known. A text is read once, when it is accepted, and filled in as it was understood (``Wording``). Addresses
and labels of buttons, and the address of media, have variables too. Source: ``projects-api`` section 6.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from core.complaints import Complaint, Wrong
from core.errors import Invalid
from core.model.messages.content import (
    LABEL_LIMIT,
    UNSHOWABLE,
    Content,
    Rows,
    media_from_json,
    media_to_json,
    rows_from_json,
    rows_to_json,
)
from core.model.messages.message import Choice, Media, UrlButton
from core.model.text.addresses import WEB
from core.model.text.html import from_html, read_html
from core.model.text.markdown import from_markdown, read_markdown
from core.model.text.text import RichText, from_plain
from core.model.text.variables import Source, Variable, checked_pattern, source_of
from core.model.text.wording import Filling, Reader, Values, Wording, read_wording, wording_from_json
from core.model.text.writer import check_whole, checked_source, read_plain

TEMPLATES_LIMIT: Final = 100
_REMEMBERED: Final = 64
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Format(StrEnum):
    """How a text is written."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


_READERS: Final[Mapping[Format, Callable[[str], RichText]]] = {
    Format.PLAIN: from_plain,
    Format.MARKDOWN: from_markdown,
    Format.HTML: from_html,
}
_READERS_OF_WORDINGS: Final[Mapping[Format, Reader]] = {
    Format.PLAIN: read_plain,
    Format.MARKDOWN: read_markdown,
    Format.HTML: read_html,
}


@dataclass(frozen=True, slots=True)
class Template:
    """A text that a project keeps under a key: 1 to 64 of ``A-Za-z0-9_-``."""

    key: str
    text: str
    format: Format = Format.PLAIN


def read_text(text: str, written: Format) -> RichText:
    """Return a text as it looks; raise ``Invalid`` for markup that cannot be read, or too long a text."""
    return _READERS[written](text)


def wording_of(text: str, written: Format) -> Wording:
    """Return a text with variables as it is understood; raise ``Invalid``. Texts used last are not read again."""
    understood = _understood(text, written)
    if isinstance(understood, Complaint):
        raise Invalid.of(understood)
    return understood


@lru_cache(_REMEMBERED)
def _understood(text: str, written: Format) -> Wording | Complaint:
    """Read a text with variables; what is wrong with it is remembered too."""
    try:
        source = check_whole(text) if written is Format.PLAIN else checked_source(text)
        return read_wording(source, _READERS_OF_WORDINGS[written])
    except Invalid as trouble:
        return trouble.complaint


def checked_template(template: Template) -> Template:
    """Return the template, or raise ``Invalid``: its key is written as tags are, and its text must read."""
    if not _KEY.fullmatch(template.key):
        raise Invalid("key", Wrong.BAD_KEY)
    wording_of(template.text, template.format)
    return template


def filled(template: Template, values: Values) -> RichText:
    """Return the template's text with its variables filled in; raise ``Invalid`` that names one which is missing.

    Nothing in a value can become markup, or lead an address elsewhere.
    """
    return wording_of(template.text, template.format).filled(values)


def filled_media(media: Media | None, values: Values) -> Media | None:
    """Return media with the variables in its address filled in; raise ``Invalid``."""
    return None if media is None else replace(media, url=_filled_address(media.url, "media.url", values))


def filled_buttons(rows: Rows, values: Values) -> Rows:
    """Return buttons with the variables in their labels and addresses filled in; raise ``Invalid``.

    What a button tells the site stays as it is.
    """
    return tuple(tuple(_filled_button(button, values) for button in row) for row in rows)


def _filled_button(button: Choice | UrlButton, values: Values) -> Choice | UrlButton:
    label = _filled_label(button.label, values)
    if isinstance(button, Choice):
        return replace(button, label=label)
    return UrlButton(label, _filled_address(button.url, "buttons.url", values))


def _filled_label(label: str, values: Values) -> str:
    source = _source(label)
    if not source.variables:
        return label
    said = " ".join(UNSHOWABLE.sub(" ", Filling(source.variables, values).whole(source.text)).split())
    if not said:
        raise Invalid("buttons", Wrong.LABEL_EMPTY)
    return said if len(said) <= LABEL_LIMIT else f"{said[: LABEL_LIMIT - 1]}…"


def _filled_address(url: str, where: str, values: Values) -> str:
    source = _source(url)
    if not source.variables:
        return url
    return Filling(source.variables, values).address(checked_pattern(source.text, WEB, where))


def _source(text: str) -> Source:
    return source_of(text) if "{{" in text else Source(text)


SAMPLE_VALUES: Final[Mapping[str, str]] = {
    "first_name": "Anna",
    "username": "anna",
    "subscriber_id": "0" * 36,
    "lang": "en",
}
"""The built-in variables, with the values of an example recipient."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message without a recipient yet; its variables are the keys of ``SAMPLE_VALUES``.

    ``understood`` is its text as it was read when it was accepted.
    """

    text: str
    format: Format = Format.PLAIN
    media: Media | None = None
    buttons: Rows = ()
    understood: Wording | None = field(default=None, repr=False, compare=False)

    @property
    def wording(self) -> Wording:
        """Its text as it is understood; raise ``Invalid`` for one that cannot be read."""
        return self.understood or wording_of(self.text, self.format)

    def checked(self) -> "Draft":
        """Return the draft, its text read; raise ``Invalid`` for another variable, or what no recipient could get."""
        read = replace(self, understood=self.wording)
        unknown = next((each.name for each in read.variables() if each.name not in SAMPLE_VALUES), None)
        if unknown is not None:
            variables = tuple(f"{{{{{name}}}}}" for name in SAMPLE_VALUES)
            raise Invalid("text", Wrong.NO_SUCH_VARIABLE, variable=f"{{{{{unknown}}}}}", variables=variables)
        read.content(SAMPLE_VALUES, "")
        return read

    def variables(self) -> list[Variable]:
        """List the variables of its text, its buttons, and its media."""
        buttons = [button for row in self.buttons for button in row]
        texts = [button.label for button in buttons]
        texts += [button.url for button in buttons if isinstance(button, UrlButton)]
        texts += [self.media.url] if self.media else []
        return [*self.wording.variables, *(variable for text in texts for variable in _source(text).variables)]

    def content(self, values: Mapping[str, str], signature: str) -> Content:
        """Return what one recipient gets; raise ``Invalid`` for a variable without a value, or too long a text."""
        text = self.wording.filled(values)
        signed = text.append(signature) if signature else text
        return Content(signed, filled_media(self.media, values), filled_buttons(self.buttons, values))

    def to_bytes(self) -> bytes:
        """Return the draft as the JSON under which it is kept, sealed."""
        fields = [self.text, self.format, media_to_json(self.media), rows_to_json(self.buttons), self.wording.to_json()]
        return json.dumps(fields).encode()


def read_draft(kept: bytes) -> Draft:
    """Return the draft that ``to_bytes`` wrote, or that was kept before texts were kept as they were understood."""
    text, written, media, rows, *understood = json.loads(kept)
    wording = wording_from_json(understood[0]) if understood else None
    return Draft(text, Format(written), media_from_json(media), rows_from_json(rows), wording)
