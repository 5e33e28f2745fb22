"""Texts with ``{{variables}}``: templates that a project keeps, and drafts that go to many or later.

A draft's variables are built in and filled in for each recipient. Source: ``projects-api`` section 6.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import Invalid
from core.model.messages.content import Content, Rows, media_from_json, media_to_json, rows_from_json, rows_to_json
from core.model.messages.message import Media
from core.model.text.html import escaped_html, from_html
from core.model.text.markdown import escaped_markdown, from_markdown
from core.model.text.text import RichText, from_plain

TEMPLATES_LIMIT: Final = 100
VALUE_LIMIT: Final = 1000
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}")


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
_ESCAPES: Final[Mapping[Format, Callable[[str], str]]] = {
    Format.PLAIN: str,
    Format.MARKDOWN: escaped_markdown,
    Format.HTML: escaped_html,
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


def checked_template(template: Template) -> Template:
    """Return the template, or raise ``Invalid``: its key is written as tags are, and its text must read."""
    if not _KEY.fullmatch(template.key):
        raise Invalid("key: must be 1 to 64 of A-Z, a-z, 0-9, '-' and '_'")
    read_text(_VARIABLE.sub("x", template.text), template.format)
    return template


def variables_in(text: str) -> list[str]:
    """Name the variables that a text has, in order."""
    return [match[1] for match in _VARIABLE.finditer(text)]


def filled(template: Template, values: Mapping[str, str | int | float]) -> RichText:
    """Return the template's text with its variables filled in; raise ``Invalid`` that names one which is missing.

    Nothing in a value can become markup.
    """
    escape = _ESCAPES[template.format]

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise Invalid(f"vars: {name} is missing")
        value = str(values[name])
        if len(value) > VALUE_LIMIT:
            raise Invalid(f"vars: {name} must have at most {VALUE_LIMIT} characters")
        return escape(value)

    return read_text(_VARIABLE.sub(value_of, template.text), template.format)


SAMPLE_VALUES: Final[Mapping[str, str]] = {
    "first_name": "Anna",
    "username": "anna",
    "subscriber_id": "0" * 36,
    "lang": "en",
}
"""The built-in variables, with the values of an example recipient."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message without a recipient yet; the variables in its text are the keys of ``SAMPLE_VALUES``."""

    text: str
    format: Format = Format.PLAIN
    media: Media | None = None
    buttons: Rows = ()

    def checked(self) -> "Draft":
        """Return the draft; raise ``Invalid`` for another variable, or for what no recipient could get."""
        unknown = next((name for name in variables_in(self.text) if name not in SAMPLE_VALUES), None)
        if unknown is not None:
            variables = ", ".join(f"{{{{{name}}}}}" for name in SAMPLE_VALUES)
            raise Invalid(f"text: there is no variable {{{{{unknown}}}}}, only {variables}")
        self.content(SAMPLE_VALUES, "")
        return self

    def content(self, values: Mapping[str, str], signature: str) -> Content:
        """Return what one recipient gets; raise ``Invalid`` for a variable without a value, or too long a text."""
        text = filled(Template("", self.text, self.format), values)
        return Content(text.append(signature) if signature else text, self.media, self.buttons)

    def to_bytes(self) -> bytes:
        """Return the draft as the JSON under which it is kept, sealed."""
        fields = [self.text, self.format, media_to_json(self.media), rows_to_json(self.buttons)]
        return json.dumps(fields).encode()


def read_draft(kept: bytes) -> Draft:
    """Return the draft that ``to_bytes`` wrote."""
    text, written, media, rows = json.loads(kept)
    return Draft(text, Format(written), media_from_json(media), rows_from_json(rows))
