"""Phone numbers as messengers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.core.errors import NotAPhone
from gatepost.core.model.phone import parse_phone


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("79991234567", "+79991234567"),
        ("+7 (999) 123-45-67", "+79991234567"),
        ("+14155552671", "+14155552671"),
        ("4915123456789", "+4915123456789"),
    ],
)
def test_numbers_become_e164(text: str, phone: str) -> None:
    """With or without the plus, with spaces and brackets: one form."""
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
