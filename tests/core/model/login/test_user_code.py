"""The short code of a login, as people really send it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entropy import SystemEntropy
from core.model.login.user_code import ALPHABET, draw_user_code, find_codes, shown

CODES = st.text(st.sampled_from(ALPHABET), min_size=12, max_size=12)
GAPS = st.sampled_from(
    [
        "",
        "-",
        " ",
        "\u2010",
        "\u2011",
        "\u2012",
        "–",
        "—",
        "\u2212",
        "\ufe58",
        "\uff0d",
        ".",
        "_",
        " - ",
        " — ",
        "\u00a0",
    ]
)
BEFORE = st.sampled_from(
    ["", "Мой код: ", "Вот мой код ", "Log me in: ", "that is my code: ", "hello, ", "Войти:\n", "*", "(", "код=", "«"]
)
AFTER = st.sampled_from(["", ", спасибо!", " thanks", ".", "\n-- \nAnna", "»", "*", ")", " пожалуйста", "\r\n"])
INVISIBLE = st.sampled_from("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2069\ufeff\u00ad")
CYRILLIC = str.maketrans("ABEKMH0PCTYX", "АВЕКМНОРСТУХ")


@given(code=CODES, first=GAPS, second=GAPS, before=BEFORE, after=AFTER)
def test_a_code_is_found_in_whatever_is_around_it(code: str, first: str, second: str, before: str, after: str) -> None:
    """Any gaps within, any words around, in any case."""
    sent = f"{before}{code[:4]}{first}{code[4:8]}{second}{code[8:]}{after}"
    for text in (sent, sent.lower(), sent.title()):
        assert code in find_codes(text)


@given(code=CODES, marks=st.lists(st.tuples(st.integers(0, 14), INVISIBLE), max_size=20))
def test_invisible_marks_do_no_harm(code: str, marks: list[tuple[int, str]]) -> None:
    """Zero-width and bidirectional marks, wherever a keyboard or a copied page put them."""
    text = shown(code)
    for at, mark in marks:
        text = text[:at] + mark + text[at:]
    assert find_codes(text) == (code,)


@given(code=CODES, taken=st.sets(st.integers(0, 13)))
def test_letters_that_look_alike_are_taken_for_each_other(code: str, taken: set[int]) -> None:
    """Cyrillic letters for Latin ones, O for 0, I and L for 1: in part or throughout."""
    for table in (CYRILLIC, str.maketrans("01", "OI"), str.maketrans("01", "oL"), str.maketrans("01", "Оl")):
        text = "".join(mark.translate(table) if at in taken else mark for at, mark in enumerate(shown(code)))
        assert find_codes(text) == (code,)
        assert find_codes(text.lower()) == (code,)


def test_other_ways_to_write_the_same_marks_are_read() -> None:
    """Full-width and mathematical letters are what they look like."""
    assert find_codes("Ｋ７ＱＭ－４ＸＲＴ－９ＢＤＡ") == ("K7QM4XRT9BDA",)
    assert find_codes("𝗞𝟳𝗤𝗠-𝟰𝗫𝗥𝗧-𝟵𝗕𝗗𝗔") == ("K7QM4XRT9BDA",)


@given(first=CODES, second=CODES, between=st.sampled_from([" and ", ", ", "\n", " или ", "; "]))
def test_two_codes_give_two(first: str, second: str, between: str) -> None:
    """Both are found (where little stands between them, their halves together too); apart, they are all there is."""
    assert {first, second} <= set(find_codes(f"{shown(first)}{between}{shown(second)}"))
    assert find_codes(f"{shown(first)}\n{shown(second)}") == tuple(dict.fromkeys((first, second)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "K7QM-4XRT",
        "K7QM-4XRT-9BD",
        "K7QM-4XRT-9BDAB",
        "AK7QM-4XRT-9BDA",
        "K7QM    4XRT    9BDA",
        "K7QM\n4XRT\n9BDA",
        "U7QM-4XRT-9BDA",
        "Привет, это я, впустите меня пожалуйста",
        "Please let me in, I am waiting at the gate",
    ],
)
def test_what_has_not_the_shape_is_none(text: str) -> None:
    """Parts of a code, letters that no code has, ordinary words."""
    assert find_codes(text) == ()


def test_four_letter_words_are_bounded() -> None:
    """Three words of four letters may be a code; of a text full of them no more than eight are looked up."""
    assert find_codes("send them back") == ("SENDTHEMBACK",)
    words = " ".join(f"{word}" for word in ("that", "then", "beat", "gate", "rate", "date", "fate", "mate", "hate") * 9)
    assert len(find_codes(words)) == 8


def test_words_that_no_code_can_be_do_not_crowd_a_code_out() -> None:
    """Only what is spelt with a code's letters counts among the eight."""
    assert find_codes(f"{'your four ' * 20}K7QM-4XRT-9BDA")[-1] == "K7QM4XRT9BDA"


@given(st.text(max_size=200))
def test_any_text_gives_at_most_eight_codes(text: str) -> None:
    """Whatever is sent: at most eight, each twelve of the alphabet."""
    codes = find_codes(text)
    assert len(codes) <= 8
    assert all(len(code) == 12 and set(code) <= set(ALPHABET) for code in codes)


@pytest.mark.parametrize("piece", ["K7QM ", "A", "-", "ﷺ", "\u200b", "K7QM-4XRT-9BDA ", "K---"])
def test_huge_texts_are_cheap(piece: str) -> None:
    """A megabyte of whatever costs less than half a second."""
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    find_codes(text)
    assert time.process_time() - began < 0.5


def test_drawn_codes_are_whole_and_different() -> None:
    """Twelve of the alphabet, all of its letters in each place, shown in groups of four and found again."""
    codes = [draw_user_code(SystemEntropy()) for _ in range(2000)]
    assert len(set(codes)) == 2000
    for place in range(12):
        assert {code[place] for code in codes} == set(ALPHABET)
    for code in codes[:50]:
        assert find_codes(shown(code)) == (code,)
        assert [len(group) for group in shown(code).split("-")] == [4, 4, 4]
