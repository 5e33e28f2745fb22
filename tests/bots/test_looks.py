"""How rich text is said in MAX's HTML and in WhatsApp's marks, within what each of them takes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.formatting import rich_of, with_link_below
from bots.max.formatting import TEXT_LIMIT, html_of, text_of
from bots.whatsapp.bodies import new_message
from bots.whatsapp.formatting import whatsapp_text
from bots.whatsapp.parts import parts_of
from core.model.messages.message import Choice, Media, MediaKind, Message, UrlButton
from core.model.text.html import escaped_html, from_html
from core.model.text.markdown import from_markdown
from core.model.text.text import Entity, EntityKind, RichText, length_of
from tests.core.model.text.test_text import rich_texts

YES = Choice("Yes", "d:1")
LINKS = tuple(UrlButton(f"Link {number}", f"https://shop.example.com/{number}") for number in range(3))
MAX_HAS = frozenset(EntityKind) - {EntityKind.SPOILER, EntityKind.MENTION}


@given(rich_texts())
def test_max_html_reads_as_it_was(rich: RichText) -> None:
    """Read by a strict reader, it says the same words, and those looks which MAX has."""
    kept = tuple(entity for entity in rich.entities if entity.kind in MAX_HAS)
    again = from_html(html_of(rich))
    assert again.text == rich.text
    assert {(e.kind, e.offset, e.length) for e in again.entities} <= {(e.kind, e.offset, e.length) for e in kept}


def test_max_opens_only_pages_from_a_text() -> None:
    """Other addresses stand behind their words, unless the words are the address."""
    rich = from_html(
        '<a href="mailto:a@b.c">write</a> <a href="tel:+15550100">+15550100</a> <a href="https://a.b">c</a>'
    )
    assert html_of(rich) == 'write (mailto:a@b.c) +15550100 <a href="https://a.b">c</a>'


def test_max_counts_tags_so_looks_give_way_to_words() -> None:
    """Links stay as long as they fit; whatever is said stays in any case."""
    link = Entity(EntityKind.TEXT_LINK, 0, 4, "https://a.b/")
    looks = tuple(Entity(EntityKind.BOLD, 10 + 20 * place, 10) for place in range(50))
    said = "x" * 3900
    assert text_of(Message(text=said, entities=(link, *looks))) == {
        "text": f'<a href="https://a.b/">xxxx</a>{"x" * 3896}',
        "format": "html",
    }
    assert text_of(Message(text="&" * 4000, entities=looks)) == {"text": "&" * 4000}
    assert text_of(Message(text="x" * 5000)) == {"text": f"{'x' * 3999}…", "format": "html"}


@given(rich_texts(), st.sampled_from(["", "x" * 3990, "<&>" * 1300]))
def test_max_takes_every_text(rich: RichText, more: str) -> None:
    """Four thousand characters, tags and all."""
    assert len(text_of(Message(text=rich.text + more, entities=rich.entities))["text"]) <= TEXT_LIMIT


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("**b** _i_ ~~s~~ `c` ||p||", "*b* _i_ ~s~ ```c``` p"),
        ("**b *both***", "*b _both_*"),
        ("**Val**ue **b**, (**c**)", "Value *b*, (*c*)"),
        ("**one\ntwo** three", "*one*\n*two* three"),
        ("> one **b**\n> two\nthree", "> one *b*\n> two\nthree"),
        ("```\nx = a_b\n\ny\n```", "```x = a_b```\n\n```y```"),
        ("`123*456`", "```123*456```"),
        ("[here](https://a.b/c_d) [https://a.b](https://a.b/)", "here (https://a.b/c_d) https://a.b"),
        ("[write](mailto:a@b.c), [call](tel:+15550100)", "write (a@b.c), call (+15550100)"),
        ("see https://a.b/c_d_e*f", "see https://a.b/c_d_e*f"),
        (r"2\*3\*4", "2\u2060*\u20603\u2060*\u20604"),
        (r"\> no quote", "\u2060> no quote"),
    ],
)
def test_whatsapp_marks(source: str, said: str) -> None:
    """Around whole words of one line; not in addresses, nor in code, which people copy."""
    assert whatsapp_text(from_markdown(source)) == said


def test_whatsapp_marks_touch_words() -> None:
    """Spaces at the edge of what is bold stay outside; a link over two lines has its address at its end."""
    assert whatsapp_text(RichText("a  b  c", (Entity(EntityKind.BOLD, 1, 5),))) == "a  *b*  c"
    assert whatsapp_text(RichText("a  b", (Entity(EntityKind.BOLD, 1, 2),))) == "a  b"
    linked = RichText("one\ntwo", (Entity(EntityKind.TEXT_LINK, 0, 7, "https://a.b"),))
    assert whatsapp_text(linked) == "one\ntwo (https://a.b)"
    fence = RichText("a```b", (Entity(EntityKind.CODE, 0, 5),))
    assert whatsapp_text(fence) == "```a`\u2060`\u2060`b```"


@given(rich_texts())
def test_whatsapp_says_every_word(rich: RichText) -> None:
    """Whatever looks how: without marks, joiners and addresses it is what was said."""
    said = whatsapp_text(rich).replace("\u2060", "").replace(" (https://shop.example.com/)", "")
    bare = str.maketrans("", "", "*_~`> ")
    assert said.translate(bare) == rich.text.translate(bare)


@settings(deadline=None)
@given(rich_texts(), st.integers(0, 60), st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_whatsapp_parts_fit_and_lose_nothing(
    rich: RichText,
    times: int,
    choices: int,
    links: int,
    has_media: bool,  # noqa: FBT001 - hypothesis draws it
) -> None:
    """However long the text, whatever is below and beside it."""
    text = (rich.text + " words " * 9 + "\n") * times + rich.text
    row = tuple(Choice(f"Choice {number}", f"d:{number}") for number in range(choices)) + LINKS[:links]
    media = Media(MediaKind.PHOTO, "https://shop.example.com/a.jpg") if has_media else None
    message = Message(text=text[:3900], entities=rich.entities, choices=(row,) if row else (), media=media)
    parts = parts_of(message)
    assert len(parts) <= 2
    assert [part.media for part in parts if part.media] == ([media] if media else [])
    said = "".join(part.text for part in parts)
    assert re.sub(r"\s", "", said).startswith(re.sub(r"\s", "", message.text))
    assert all(link.label in said or any(part.url_button == link for part in parts) for link in LINKS[:links])
    for part in parts:
        assert new_message("+15550100", part)
        if part.text and (part.media or part.choices or part.url_button):
            assert length_of(whatsapp_text(rich_of(part))) <= 1024


def test_a_long_text_is_split_between_paragraphs() -> None:
    """As much as can stays with the buttons."""
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 40 for number in range(10))
    ahead, last = parts_of(Message(text=text, choices=((YES,),)))
    assert ahead.text + last.text == text
    assert last.text.startswith("Paragraph 6. ")
    assert not ahead.choices
    assert last.choices == ((YES,),)


def test_a_cut_breaks_no_look() -> None:
    """Marks that begin also end, though the end of their words is cut off."""
    bold = Message(text="x" * 2000, entities=(Entity(EntityKind.BOLD, 0, 2000),), url_button=LINKS[0])
    said = new_message("+15550100", bold)["interactive"]["body"]["text"]
    assert said == f"*{'x' * 1021}*…"
    pairs = new_message("+15550100", Message(text="😀" * 600, choices=((YES,),)))["interactive"]["body"]["text"]
    assert pairs == "😀" * 511 + "…"


def test_the_address_of_media_stands_below_the_text() -> None:
    """Which is cut to make room for it."""
    media = Media(MediaKind.VIDEO, "https://shop.example.com/a.mp4")
    below = with_link_below(Message(text="x" * 4000, media=media), TEXT_LIMIT)
    assert below.text == f"{'x' * 3967}…\n\n{media.url}"
    assert length_of(below.text) == TEXT_LIMIT
    assert with_link_below(Message(text="", media=media), TEXT_LIMIT).text == media.url
    assert with_link_below(Message(text="x"), TEXT_LIMIT) == Message(text="x")


@given(st.text(max_size=60))
def test_nothing_plain_becomes_a_tag(text: str) -> None:
    """T28: a name is a name."""
    assert html_of(RichText(text)) == escaped_html(text)
