"""Rich text as a value: entities stay where they belong, whatever is done to the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.text.entities import from_entities
from core.model.text.text import (
    TEXT_LIMIT,
    Entity,
    EntityKind,
    RichText,
    from_plain,
    is_split,
    length_of,
    units_of,
    with_entities,
)
from tests.bots.test_whatsapp_webhook import ANY_JSON

TEXTS = st.text(alphabet="ab 😀ё\n*<", min_size=1, max_size=30).filter(lambda text: text.strip() != "")


def holds(rich: RichText) -> None:
    """Assert that the entities are inside the text, split no character, and never cross."""
    units = units_of(rich.text)
    around: list[Entity] = []
    for entity in rich.entities:
        assert entity.length > 0
        assert 0 <= entity.offset < entity.end <= len(units) // 2
        assert not is_split(units, entity.offset)
        assert not is_split(units, entity.end)
        around = [outer for outer in around if outer.end > entity.offset]
        assert all(outer.end >= entity.end for outer in around)
        around.append(entity)


@st.composite
def rich_texts(draw: st.DrawFn) -> RichText:
    """Draw texts with entities that nest."""
    text = draw(TEXTS)
    places = [length_of(text[:place]) for place in range(len(text) + 1)]
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(EntityKind), st.sampled_from(places), st.sampled_from(places)), max_size=5)
    )
    kept: list[Entity] = []
    for kind, one, other in drawn:
        url = "https://shop.example.com/" if kind is EntityKind.TEXT_LINK else None
        entity = Entity(kind, min(one, other), abs(one - other), url)
        crosses = any(max(e.offset, entity.offset) < min(e.end, entity.end) for e in kept)
        if entity.length and (not crosses or all(_nests(entity, e) for e in kept)):
            kept.append(entity)
    return with_entities(text, kept)


def _nests(one: Entity, other: Entity) -> bool:
    is_apart = one.end <= other.offset or other.end <= one.offset
    is_inside = one.offset <= other.offset and other.end <= one.end
    return is_apart or is_inside or (other.offset <= one.offset and one.end <= other.end)


@given(TEXTS)
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    """Nothing in it is markup."""
    assert from_plain(text) == RichText(text)


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0", "x" * 4001, "😀" * 2001, "a\ud800b", "\udc00"])
def test_what_cannot_be_sent_is_invalid(text: str) -> None:
    """Empty, blank, longer than 4,000 units, or with half a character: by every way in."""
    with pytest.raises(Invalid, match=r"^text: "):
        from_plain(text)
    with pytest.raises(Invalid, match=r"^text: "):
        from_entities(text, [])


def test_a_text_may_have_four_thousand_characters() -> None:
    """Counted as UTF-16 units, so that it fits however a messenger counts."""
    assert from_plain("x" * TEXT_LIMIT).text == "x" * TEXT_LIMIT
    assert from_plain("😀" * 2000).text == "😀" * 2000


@given(rich_texts(), st.integers(-2, 40), st.integers(-2, 40))
def test_a_part_is_sound_in_itself(rich: RichText, start: int, end: int) -> None:
    """Wherever it is cut out, and the parts around it make the whole again."""
    part = rich.part(start, end)
    holds(part)
    assert rich.part(0, start).text + rich.part(start, 999).text == rich.text


@given(rich_texts(), st.integers(1, 40))
def test_a_cut_text_fits_and_is_seen_to_be_cut(rich: RichText, limit: int) -> None:
    """No entity and no character is broken."""
    cut = rich.cut(limit)
    holds(cut)
    assert length_of(cut.text) <= limit
    assert cut == rich if length_of(rich.text) <= limit else cut.text.endswith("…")


@given(rich_texts())
def test_a_signature_leaves_the_entities_where_they_are(rich: RichText) -> None:
    """It is plain, below the text; a blank one is none."""
    signed = rich.append("— *Shop* 😀\nTeapots ")
    assert signed.text == f"{rich.text}\n\n— *Shop* 😀\nTeapots"
    assert signed.entities == rich.entities
    assert rich.append(" ") == rich


def test_a_signature_that_does_not_fit_is_invalid() -> None:
    """Better than a text that lacks its end."""
    with pytest.raises(Invalid, match=r"^text: .*with the signature"):
        from_plain("x" * 3990).append("The shop of teapots")


def test_inside_code_nothing_looks_like_anything() -> None:
    """Nor does what is bold become bold again; links do not stand in links."""
    found = from_entities(
        "0123456789",
        [
            {"type": "code", "offset": 0, "length": 4},
            {"type": "bold", "offset": 1, "length": 2},
            {"type": "italic", "offset": 5, "length": 4},
            {"type": "italic", "offset": 6, "length": 1},
            {"type": "mention", "offset": 7, "length": 2},
        ],
    )
    assert [(entity.kind, entity.offset) for entity in found.entities] == [("code", 0), ("italic", 5), ("mention", 7)]


@given(rich_texts())
def test_entities_come_back_as_they_were_given(rich: RichText) -> None:
    """What was read from a list is the same when read from its own list."""
    told = [
        {"type": e.kind.value, "offset": e.offset, "length": e.length} | ({"url": e.url} if e.url else {})
        for e in reversed(rich.entities)
    ]
    assert from_entities(rich.text, told) == rich


@pytest.mark.parametrize(
    ("entities", "words"),
    [
        ({}, "entities: must be a list"),
        (["bold"], r"entities\[0\]: must be an object"),
        ([{"type": "bold", "offset": 0, "length": 1}, {"type": "big"}], r"entities\[1\].type: must be one of"),
        ([{"type": ["bold"]}], r"entities\[0\].type"),
        ([{"type": "bold", "offset": -1, "length": 1}], r"entities\[0\].offset"),
        ([{"type": "bold", "offset": True, "length": 1}], r"entities\[0\].offset"),
        ([{"type": "bold", "offset": 0, "length": 0}], r"entities\[0\].length"),
        ([{"type": "bold", "offset": 0}], r"entities\[0\].length"),
        ([{"type": "bold", "offset": 3, "length": 2}], r"entities\[0\]: ends after the text, which has 4"),
        ([{"type": "bold", "offset": 1, "length": 1}], r"entities\[0\]: .*middle of a character"),
        ([{"type": "bold", "offset": 0, "length": 2}], r"entities\[0\]: .*middle of a character"),
        ([{"type": "text_link", "offset": 0, "length": 1}], r"entities\[0\].url: needs an address"),
        ([{"type": "text_link", "offset": 0, "length": 1, "url": "javascript:alert(1)"}], r"entities\[0\].url"),
        ([{"type": "text_link", "offset": 0, "length": 1, "url": "https://"}], r"entities\[0\].url"),
        ([{"type": "pre", "offset": 0, "length": 1, "language": "<b>"}], r"entities\[0\].language"),
        (
            [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 1, "length": 3}],
            "entities: italic at 1 crosses bold at 0|middle",
        ),
        (
            [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 3, "length": 1}] * 2
            + [{"type": "underline", "offset": 3, "length": 1}] * 98,
            "^$",
        ),
    ],
    ids=str,
)
def test_wrong_entities_are_named(entities: object, words: str) -> None:
    """Which one, and what is wrong with it; repetitions are no harm."""
    if words == "^$":
        assert len(from_entities("a😀b", entities).entities) == 3
        return
    with pytest.raises(Invalid, match=words):
        from_entities("a😀b", entities)


def test_crossing_entities_and_too_many_are_invalid() -> None:
    """Messengers would each make something else of them."""
    crossing = [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 2, "length": 3}]
    with pytest.raises(Invalid, match="entities: italic at 2 crosses bold at 0"):
        from_entities("abcdef", crossing)
    many = [{"type": "bold", "offset": place, "length": 1} for place in range(101)]
    with pytest.raises(Invalid, match="entities: there are 101, at most 100"):
        from_entities("x" * 101, many)


@given(TEXTS, ANY_JSON | st.lists(st.fixed_dictionaries({"type": st.sampled_from([*EntityKind, "x"])}, optional={
    "offset": st.integers(-1, 40), "length": st.integers(-1, 40), "url": st.text(max_size=9), "language": ANY_JSON,
}), max_size=4))  # fmt: skip
def test_any_list_is_sound_or_invalid(text: str, told: object) -> None:
    """And nothing worse."""
    try:
        holds(from_entities(text, told))
    except Invalid:
        return
