"""What a project writes, apart from to whom and when: media, buttons, and drafts with built-in variables."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from core.complaints import Wrong
from core.errors import Invalid
from core.model.messages.content import Rows, checked_buttons
from core.model.messages.message import Choice, Media, UrlButton, checked_media
from core.model.messages.template import Draft, Format
from http_api.route import RequestBody


class SentMedia(RequestBody):
    """A picture, a video or a file that the messenger fetches from its address."""

    type: Literal["photo", "video", "document"]
    url: Annotated[str, Field(max_length=2048)]


class SentButton(RequestBody):
    """A button: with ``url`` it opens that, with ``callback_data`` you are told of it as ``button.clicked``."""

    text: Annotated[str, Field(max_length=64)]
    url: Annotated[str, Field(max_length=2048)] | None = None
    callback_data: Annotated[str, Field(max_length=62)] | None = None

    def button(self) -> Choice | UrlButton:
        """Return the button; raise ``Invalid`` unless it does one thing."""
        if self.url is not None and self.callback_data is None:
            return UrlButton(self.text, self.url)
        if self.callback_data is not None and self.url is None:
            return Choice(self.text, self.callback_data)
        raise Invalid("buttons", Wrong.URL_OR_CALLBACK_DATA)


class DraftBody(RequestBody):
    """A message for many, or for later; {{first_name}}, {{username}}, {{subscriber_id}} and {{lang}} are filled in.

    {{first_name|there}} says what stands there for those whose name is not known.
    """

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    format: Format = Format.PLAIN
    media: SentMedia | None = None
    buttons: Annotated[list[list[SentButton]], Field(max_length=3, default_factory=list)]

    def draft(self) -> Draft:
        """Return the draft; raise ``Invalid`` for what no recipient could get."""
        buttons = rows_of(self.buttons, has_variables=True)
        return Draft(self.text, self.format, media_of(self.media), buttons).checked()


def media_of(sent: SentMedia | None) -> Media | None:
    """Return the media; raise ``Invalid``."""
    return checked_media(sent.type, sent.url) if sent else None


def rows_of(sent: Sequence[Sequence[SentButton]], *, has_variables: bool = False) -> Rows:
    """Return the buttons, whose labels and addresses may have variables; raise ``Invalid``."""
    return checked_buttons([[button.button() for button in row] for row in sent], has_variables=has_variables)
