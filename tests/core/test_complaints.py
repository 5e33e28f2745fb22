"""What the core complains of, and the sentences for it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import core
from core.complaints import Complaint, Spot, Where, Wrong, sentences, spoken_languages, worded
from core.errors import Invalid
from core.model.calendar.recurrence import read_cron
from core.model.messages.template import Format, read_text

_HOUSE = Path(core.__file__).parents[1]
_ROOMS = ("core", "http_api", "bots", "daemon")


def _named(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def _raised() -> Iterator[tuple[Wrong, set[str], str]]:
    """List each complaint that is written out in the code: its name, what figures it has, and where it stands."""
    for room in _ROOMS:
        for file in (_HOUSE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Invalid":
                    wrong = node.args[1] if len(node.args) > 1 else None
                    if isinstance(wrong, ast.Attribute) and ast.unparse(wrong.value) == "Wrong":
                        figures = {keyword.arg or "" for keyword in node.keywords}
                        yield Wrong[wrong.attr], figures, f"{file.name}:{node.lineno}"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_complaint_has_its_sentence(language: str) -> None:
    """All complaints and places, and nothing else, so no sentence is for nothing (faults 5.4)."""
    assert set(sentences(language)) == {*Wrong, *Where}
    assert all(sentence.strip() for sentence in sentences(language).values())


def test_the_languages_say_the_same() -> None:
    """Each sentence has the same figures in Russian as in English (faults 5.4)."""
    assert spoken_languages() == {"ru", "en"}
    for name, sentence in sentences("en").items():
        assert _named(sentences("ru")[name]) == _named(sentence), name


def test_every_raise_brings_the_figures_of_its_sentence() -> None:
    """So none fails for a figure that is missing, where somebody is only to be told what is wrong (faults 5.4)."""
    raised = list(_raised())
    assert len(raised) > 100
    for wrong, figures, where in raised:
        assert figures == _named(sentences("en")[wrong]), where


def test_every_complaint_is_raised() -> None:
    """Somewhere in the house, if only by name (faults 5.4)."""
    code = "".join(file.read_text() for room in _ROOMS for file in (_HOUSE / room).rglob("*.py"))
    assert [wrong.name for wrong in Wrong if f"Wrong.{wrong.name}" not in code] == []


@pytest.mark.parametrize(
    ("markup", "english", "russian"),
    [
        ("<b>x", "text: <b> at character 1: it is never closed", "text: <b>, знак 1: этот тег не закрыт"),
        (
            "<b><i>x</b>",
            "text: </b> at character 8: </i> must come first",
            "text: </b>, знак 8: сначала нужно закрыть другой: </i>",
        ),
        ("1 < 2", "text: a < that begins no tag at character 3: write it &lt;", None),
        ("<span>x</span>", 'text: <span> at character 1: its class must be "tg-spoiler"', None),
        ("x</b>", "text: </b> at character 2: no tag is open", None),
        ("<a>x</a>", "text: href of <a> at character 1: needs an address", None),
    ],
)
def test_a_place_is_said_too(markup: str, english: str, russian: str | None) -> None:
    """Where in a text, in the language of the sentence (faults 5.4)."""
    with pytest.raises(Invalid) as refused:
        read_text(markup, Format.HTML)
    assert str(refused.value) == english
    if russian is not None:
        assert worded(refused.value.complaint, "ru") == russian


def test_a_name_within_a_sentence_is_translated() -> None:
    """The fields of a cron expression have names of their own (faults 5.4)."""
    with pytest.raises(Invalid) as refused:
        read_cron("0 25 * * *")
    assert str(refused.value) == "cron: the hour must be 0 to 23"
    assert worded(refused.value.complaint, "ru") == "cron: в поле «часы» можно от 0 до 23"


def test_a_language_without_sentences_is_spoken_in_english() -> None:
    """As everywhere."""
    assert worded(Complaint("text", Wrong.EMPTY, {}), "de") == "text: is empty"


def test_a_complaint_is_moved_to_the_field_that_held_the_text() -> None:
    """With its place."""
    spot = Spot("text", Where.HREF, {"at": 3})
    moved = Complaint(spot, Wrong.NO_ADDRESS, {}).within("otp_template")
    assert worded(moved) == "otp_template: href of <a> at character 3: needs an address"
    assert worded(Complaint("text", Wrong.EMPTY, {}).within("otp_template")) == "otp_template: is empty"


def test_what_was_sent_is_no_format() -> None:
    """Braces in a value stay as they are."""
    assert (
        worded(Complaint("vars", Wrong.VARIABLE_MISSING, {"name": "{x!r}{"}), "ru") == "vars: нет значения для {x!r}{"
    )
