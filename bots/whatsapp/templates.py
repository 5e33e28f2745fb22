"""Message templates: what WhatsApp takes where it takes no free words.

A one-time code goes in an authentication template only, also while free words may be sent; the code stands in the text
and in the button that copies it. A message to who has not written for a day goes in a utility template, as its one
parameter: on one line, since a parameter has no line breaks, tabs or rows of spaces.
"""

from dataclasses import dataclass
from typing import Final

from bots.formatting import rich_of
from bots.whatsapp.bodies import Body, to_chat
from bots.whatsapp.formatting import whatsapp_text
from core.model.messages.message import Message
from core.model.text.text import length_of
from core.ports.messengers import Refused

_PARAMETER_LIMIT: Final = 1024


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template, and the languages it is approved in, as Meta writes them; the first is for all others."""

    name: str
    languages: tuple[str, ...]

    def body(self, chat: str, language: str | None, text: str, *, has_button: bool = False) -> Body:
        """Return the body that sends it with one parameter, in the person's language if there is that."""
        parameters = [{"type": "text", "text": text}]
        components: list[Body] = [{"type": "body", "parameters": parameters}]
        if has_button:
            components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": parameters})
        template = {"name": self.name, "language": {"code": self._spoken(language)}, "components": components}
        return {**to_chat(chat), "type": "template", "template": template}

    def _spoken(self, language: str | None) -> str:
        fitting = (each for each in self.languages if each.partition("_")[0] == language)
        return next(fitting, self.languages[0])


def code_body(chat: str, message: Message, template: Template | None) -> Body:
    """Return the body that sends the message's one-time code; raise ``Refused`` without a template for it."""
    if template is None or message.code is None:
        raise Refused("WhatsApp takes one-time codes in an authentication template only, and none is set up")
    return template.body(chat, message.language, message.code, has_button=True)


def notice_body(chat: str, message: Message, template: Template | None) -> Body | None:
    """Return the body that sends a message outside the window; ``None`` if there is no such way for it."""
    text = " ".join(whatsapp_text(rich_of(message)).split())
    has_more = message.media is not None or bool(message.choices) or message.url_button is not None
    if template is None or has_more or not text or length_of(text) > _PARAMETER_LIMIT:
        return None
    return template.body(chat, message.language, text)
