"""What a bot says when it brings a one-time code for a site that has no words of its own for that."""

from typing import Final

from bots.talk import texts
from bots.talk.subscriptions import name_of
from core.model.apps.app import App
from core.model.apps.project import Project
from core.model.text.text import Entity, EntityKind, RichText, length_of
from core.subscribers.membership import MemberOf

_PLACE: Final = "\0"
"""Stands for the code until the text is whole; no name can hold it."""


class CodeWords:
    """``core.otp.issuing.CodeWords`` in the languages that the bots speak."""

    def text(self, language: str, app: App, project: Project, code: str, minutes: int) -> RichText:
        """Return the text, with the code as code, so that a tap copies it."""
        spoken = texts.spoken(language)
        good = texts.say_count(spoken, "otp_minutes", minutes)
        said = texts.say(spoken, "otp", code=_PLACE, app=name_of(MemberOf(app, project)), minutes=good)
        before, _, behind = said.partition(_PLACE)
        look = Entity(EntityKind.CODE, length_of(before), length_of(code))
        return RichText(f"{before}{code}{behind}", (look,))
