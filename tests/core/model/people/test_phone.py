"""Phone numbers as messengers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import Phone
from core.model.people.errors import NotAPhone
from core.model.people.phone import line_of, parse_phone, without_phones


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("79991234567", "+79991234567"),
        ("+7 (999) 123-45-67", "+79991234567"),
        ("+14155552671", "+14155552671"),
        ("4915123456789", "+4915123456789"),
        ("16505551234", "+16505551234"),
        ("5215512345678", "+525512345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("5491123456789", "+5491123456789"),
        ("+54 11 15 2345-6789", "+5491123456789"),
        ("551187654321", "+551187654321"),
        ("22507123456", "+2250707123456"),
        ("22544123456", "+2250544123456"),
        ("22501123456", "+2250101123456"),
        ("2250707123456", "+2250707123456"),
        ("22997123456", "+2290197123456"),
        ("2290197123456", "+2290197123456"),
        ("841621234567", "+84321234567"),
        ("841291234567", "+84821234567"),
        ("+٧٩٩٩١٢٣٤٥٦٧", "+79991234567"),
        ("\u200e+7\u00a0999\u2011123\u201345\u201467\u202c", "+79991234567"),
        ("\uff0b\uff17\uff19\uff19\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff17", "+79991234567"),
    ],
)
def test_numbers_become_e164(text: str, phone: str) -> None:
    """With or without the plus, in any digits, with spaces and brackets, in the form of today (faults 1.1, 1.3)."""
    assert parse_phone(text) == phone


@pytest.mark.parametrize(
    "text", ["", "12", "+88812345678", "888 0123 4567", "hello", "+7999123456789012345", "0000000000"]
)
def test_what_cannot_be_called_is_no_phone(text: str) -> None:
    """Anonymous numbers, texts and impossible lengths are refused."""
    with pytest.raises(NotAPhone):
        parse_phone(text)


@given(st.text(max_size=40))
def test_any_text_is_a_phone_or_not(text: str) -> None:
    """Whatever is sent, the answer is E.164 or a refusal."""
    try:
        phone = parse_phone(text)
    except NotAPhone:
        return
    assert phone.startswith("+")
    assert phone[1:].isascii()
    assert phone[1:].isdigit()


SAME_LINES = [
    ["+525512345678", "5215512345678", "+52 1 55 1234 5678", "+52 55 1234-5678"],
    ["+5491123456789", "+541123456789", "5491123456789", "+54 11 15 2345-6789", "+54 0 11 15 2345-6789"],
    ["+5492966123456", "542966123456", "+54 2966 15 123456"],
    ["+5511987654321", "551187654321", "+55 11 98765-4321", "+55 0 11 98765 4321"],
]


@pytest.mark.parametrize("forms", SAME_LINES)
def test_forms_of_one_number_are_one_line(forms: list[str]) -> None:
    """Mexico's 1, Argentina's 9 and 15, Brazil's ninth digit: however it is written, it is the same line."""
    assert len({line_of(parse_phone(form)) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+551132654321", "+5511932654321"),
        ("+551187654321", "+5511887654321"),
        ("+5511987654321", "+5521987654321"),
        ("+541123456789", "+542234567890"),
        ("+5491123456789", "+5491123456788"),
        ("+525512345678", "+521551234567"),
        ("+15215551234", "+5215215551234"),
    ],
)
def test_numbers_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    """A Brazilian landline gets no ninth digit, and nothing is cut off where no messenger adds it."""
    lines = set()
    for text in (one, other):
        try:
            lines.add(line_of(parse_phone(text)))
        except NotAPhone:
            lines.add(Phone(text))
    assert len(lines) == 2


def test_a_brazilian_landline_is_left_alone() -> None:
    """Eight digits that begin with 2 to 5 were never a mobile's."""
    for first in "2345":
        assert line_of(Phone(f"+5511{first}2654321")) == f"+5511{first}2654321"


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_line_of_a_line_is_itself(phone: str) -> None:
    """The compared form compares as itself."""
    line = line_of(Phone(phone))
    assert line_of(line) == line


@given(st.from_regex(r"\+(?!54|55)[1-9][0-9]{6,14}", fullmatch=True))
def test_other_countries_are_left_alone(phone: str) -> None:
    """Nothing is rewritten but Argentinian and Brazilian numbers."""
    assert line_of(Phone(phone)) == phone


@given(st.sampled_from(["11", "21", "85"]), st.from_regex("[6-9][0-9]{7}", fullmatch=True))
def test_every_brazilian_mobile_is_one_line_with_and_without_its_nine(area: str, number: str) -> None:
    """And two different ones never are."""
    short, long = Phone(f"+55{area}{number}"), Phone(f"+55{area}9{number}")
    assert line_of(short) == line_of(long) == long


@given(st.from_regex("[1-8][0-9]{9}", fullmatch=True), st.from_regex("[1-8][0-9]{9}", fullmatch=True))
def test_different_numbers_are_never_one_line(one: str, other: str) -> None:
    """In Argentina as in Mexico, whatever prefix is added: the same ten digits are one line, others are not."""
    for forms in (("+54{}", "+549{}"), ("52{}", "521{}")):
        lines = {line_of(parse_or_keep(form.format(number))) for form in forms for number in (one, other)}
        assert len(lines) == len({one, other})


def parse_or_keep(text: str) -> Phone:
    """Return the phone as read where it has to be (Mexico), else as it stands."""
    return Phone(text) if text.startswith("+54") else parse_phone(text)


@pytest.mark.parametrize(
    "words",
    ["+79991234567 is not on WhatsApp", "79991234567 is not on WhatsApp", "+7 (999) 123-45-67 is not on WhatsApp"],
)
def test_a_complaint_is_kept_without_the_phone_it_names(words: str) -> None:
    """Faults 7.9: what a messenger says about a message is kept in clear, so no number may be left in it."""
    assert without_phones(words) == "*** is not on WhatsApp"
    assert without_phones("131026 Message undeliverable (HTTP 400)") == "131026 Message undeliverable (HTTP 400)"
