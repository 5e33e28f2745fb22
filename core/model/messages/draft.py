"""Drafts: what a site writes to many, or for later; ``{{first_name}}`` and the like are filled in for each recipient.

Source: ``projects-api`` section 6, built-in variables.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.errors import Invalid
from core.model.messages.content import Content, Rows, media_from_json, media_to_json, rows_from_json, rows_to_json
from core.model.messages.media import Media
from core.model.messages.template import Format, Template, filled, variables_in

SAMPLE: Final[Mapping[str, str]] = {"first_name": "Anna", "username": "anna", "subscriber_id": "0" * 36, "lang": "en"}
"""The built-in variables, as an example of one recipient."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is not anybody's yet."""

    text: str
    format: Format = Format.PLAIN
    media: Media | None = None
    buttons: Rows = ()

    def checked(self) -> "Draft":
        """Return the draft; raise ``Invalid`` for what no recipient could get."""
        unknown = next((name for name in variables_in(self.text) if name not in SAMPLE), None)
        if unknown is not None:
            known = ", ".join(f"{{{{{name}}}}}" for name in SAMPLE)
            raise Invalid(f"text: there is no variable {{{{{unknown}}}}}, only {known}")
        self.content(SAMPLE, "")
        return self

    def content(self, values: Mapping[str, str], signature: str) -> Content:
        """Return what one recipient gets; raise ``Invalid`` for a variable that is not built in, or too long a text."""
        text = filled(Template("", self.text, self.format), values)
        return Content(text.append(signature) if signature else text, self.media, self.buttons)

    def to_bytes(self) -> bytes:
        """Return the draft as it is kept."""
        told = [self.text, self.format, media_to_json(self.media), rows_to_json(self.buttons)]
        return json.dumps(told).encode()


def read_draft(kept: bytes) -> Draft:
    """Return what ``to_bytes`` wrote."""
    text, written, media, rows = json.loads(kept)
    return Draft(text, Format(written), media_from_json(media), rows_from_json(rows))
