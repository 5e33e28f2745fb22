"""How long it takes to say a message in WhatsApp, which has marks for single lines only."""

import time

import pytest

from bots.whatsapp.bodies import new_message
from bots.whatsapp.formatting import MOST_MARKED, lightened
from bots.whatsapp.parts import parts_of
from core.model.messages.message import Choice, Message
from core.model.text.text import Entity, EntityKind, RichText, length_of, with_entities

BOUND = 0.04
"""Seconds of computing: twice the 20 ms that are promised, as tests share a processor with others."""
KINDS = (EntityKind.BLOCKQUOTE, EntityKind.BOLD, EntityKind.ITALIC, EntityKind.STRIKETHROUGH, EntityKind.SPOILER)


@pytest.mark.parametrize("text", ["a\n" * 2000, "é" * 4000, "😀 " * 1300, "*" * 4000, "`" * 4000, "https://a " * 400])
@pytest.mark.parametrize("is_whole", [True, False])
def test_the_worst_messages_are_said_in_a_moment(text: str, *, is_whole: bool) -> None:
    """Looks around all of many lines, or a hundred of them; with buttons, so that the text is split (faults 7.1)."""
    whole = [Entity(kind, 0, length_of(text)) for kind in KINDS]
    many = [Entity(EntityKind.BOLD, 39 * place, 20) for place in range(100)]
    rich = with_entities(text, whole if is_whole else many)
    message = Message(text=rich.text, entities=rich.entities, choices=((Choice("a", "c:a"),),))
    least = float("inf")
    for _ in range(8):
        begun = time.thread_time()
        for part in parts_of(message):
            new_message("+15550100", part)
        least = min(least, time.thread_time() - begun)
    assert least < BOUND


def test_looks_over_too_many_lines_are_left_out() -> None:
    """Links and quotes stay: marks around each line would take more room than the words (faults 7.1)."""
    text = "a\n" * (MOST_MARKED + 1)
    looks = (Entity(EntityKind.BLOCKQUOTE, 0, len(text)), Entity(EntityKind.BOLD, 0, len(text)))
    assert [each.kind for each in lightened(RichText(text, looks)).entities] == [EntityKind.BLOCKQUOTE]
    short = RichText("a\n" * MOST_MARKED, (Entity(EntityKind.BOLD, 0, 2 * MOST_MARKED),))
    assert lightened(short) is short
