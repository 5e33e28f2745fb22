"""What goes into WhatsApp's templates, and what does not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.whatsapp.templates import Template, code_body, notice_body
from core.model.messages.message import Choice, Media, MediaKind, Message, UrlButton
from core.model.text.text import length_of
from core.ports.messengers import Refused

PHONE = "+16505551234"
CODES = Template("login_code", ("en_US", "ru", "pt_BR"))
NOTICES = Template("site_message", ("en_US",))


def test_a_code_stands_in_the_text_and_in_the_button() -> None:
    """As Meta's reference shows it."""
    body = code_body(PHONE, Message(text="123456 is your code", code="123456", language="en"), CODES)
    told = {"type": "text", "text": "123456"}
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        "type": "template",
        "template": {
            "name": "login_code",
            "language": {"code": "en_US"},
            "components": [
                {"type": "body", "parameters": [told]},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": [told]},
            ],
        },
    }


@pytest.mark.parametrize(
    ("language", "approved"), [("ru", "ru"), ("pt", "pt_BR"), ("de", "en_US"), ("", "en_US"), (None, "en_US")]
)
def test_the_language_is_one_that_is_approved(language: str | None, approved: str) -> None:
    """The person's if there is it, else the first."""
    body = code_body(PHONE, Message(text="1", code="1", language=language), CODES)
    assert body["template"]["language"] == {"code": approved}


def test_without_a_template_no_code_goes_out() -> None:
    """As free text it must not."""
    with pytest.raises(Refused):
        code_body(PHONE, Message(text="123456", code="123456"), None)


@given(text=st.text(max_size=1100))
def test_a_parameter_is_never_what_meta_refuses(text: str) -> None:
    """No line breaks, no tabs, no four spaces, at most 1,024 characters, and not empty."""
    body = notice_body(PHONE, Message(text=text), NOTICES)
    if body is not None:
        (component,) = body["template"]["components"]
        (parameter,) = component["parameters"]
        assert 0 < length_of(parameter["text"]) <= 1024
        assert not re.search(r"[\n\r\t]| {4}", parameter["text"])


@pytest.mark.parametrize(
    "message",
    [
        Message(text=" "),
        Message(text="a", media=Media(MediaKind.PHOTO, "https://shop.example.com/a.jpg")),
        Message(text="a", choices=((Choice("b", "c"),),)),
        Message(text="a", url_button=UrlButton("b", "https://shop.example.com")),
    ],
)
def test_what_does_not_fit_is_not_cut(message: Message) -> None:
    """The person's next messenger shows all of it."""
    assert notice_body(PHONE, message, NOTICES) is None


def test_a_text_fits_on_one_line() -> None:
    """It is the one parameter, with no button and no line breaks."""
    body = notice_body(PHONE, Message(text="Order 17\n\tis ready", language="ru"), NOTICES)
    assert body is not None
    assert body["template"]["components"] == [
        {"type": "body", "parameters": [{"type": "text", "text": "Order 17 is ready"}]}
    ]
    assert notice_body(PHONE, Message(text="Order 17 is ready"), None) is None
