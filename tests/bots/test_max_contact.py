"""T10: a contact counts only if MAX signed it and everything around it says that it is the sender's own."""

import hashlib
import hmac
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.max.contact import own_phone

TOKEN = "f9LHodD0cOLmade-up-for-these-tests"
ANNA, BORIS = 5001, 5002
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:ez-vcard 0.10.3\r\nTEL;TYPE=cell:79990000000\r\nFN:Anna\r\nEND:VCARD\r\n"
CARD_HASH = "cd669e3e44c3547eb4c73fadcedeeeb944338763b83e335fe85359906c272851"
"""The signature of ``CARD`` under ``TOKEN``, reckoned once by another program (OpenSSL)."""

Json = dict[str, Any]


def signed(card: str, token: str = TOKEN) -> str:
    """Sign a card as MAX does."""
    return hmac.new(token.encode(), card.encode(), hashlib.sha256).hexdigest()


def message(card: str = CARD, *, told: str | None = None) -> Json:
    """Return a message in which Anna shares her card by the button."""
    payload = {
        "vcf_info": card,
        "max_info": {"user_id": ANNA, "first_name": "Anna", "is_bot": False},
        "hash": signed(card) if told is None else told,
    }
    return {
        "sender": {"user_id": ANNA, "first_name": "Anna", "is_bot": False},
        "recipient": {"chat_id": -7, "chat_type": "dialog", "user_id": 9001},
        "timestamp": 1763700000000,
        "body": {"mid": "mid.1", "seq": 1, "text": "", "attachments": [{"type": "contact", "payload": payload}]},
    }


def with_numbers(*lines: str) -> str:
    """Return a card with these lines where the number stands."""
    return CARD.replace("TEL;TYPE=cell:79990000000", "\r\n".join(lines))


def test_the_vector_holds() -> None:
    """The signature is HMAC-SHA-256 of the card under the token, in lowercase hex."""
    assert signed(CARD) == CARD_HASH
    assert own_phone(message(), TOKEN) == "+79990000000"


def _in_group(told: Json) -> None:
    told["recipient"]["chat_type"] = "chat"


def _from_bot(told: Json) -> None:
    told["sender"]["is_bot"] = True


def _forwarded(told: Json) -> None:
    told["link"] = {"type": "forward", "message": deepcopy(told["body"])}


def _linked_somehow(told: Json) -> None:
    told["link"] = {"type": "something_new"}


def _two_attachments(told: Json) -> None:
    told["body"]["attachments"] *= 2


def _beside_a_picture(told: Json) -> None:
    told["body"]["attachments"].insert(0, {"type": "image", "payload": {}})


def _of_another(told: Json) -> None:
    told["body"]["attachments"][0]["payload"]["max_info"]["user_id"] = BORIS


def _of_nobody(told: Json) -> None:
    told["body"]["attachments"][0]["payload"]["max_info"] = None


def _unsigned(told: Json) -> None:
    del told["body"]["attachments"][0]["payload"]["hash"]


def _signed_with_nothing(told: Json) -> None:
    told["body"]["attachments"][0]["payload"]["hash"] = None


def _signed_for_another_bot(told: Json) -> None:
    told["body"]["attachments"][0]["payload"]["hash"] = signed(CARD, "another token")


def _in_capitals(told: Json) -> None:
    told["body"]["attachments"][0]["payload"]["hash"] = signed(CARD).upper()


def _without_card(told: Json) -> None:
    told["body"]["attachments"][0]["payload"]["vcf_info"] = None


def _with_empty_card(told: Json) -> None:
    told["body"]["attachments"][0]["payload"] = None


REASONS: list[Callable[[Json], None]] = [
    _in_group, _from_bot, _forwarded, _linked_somehow, _two_attachments, _beside_a_picture, _of_another, _of_nobody,
    _unsigned, _signed_with_nothing, _signed_for_another_bot, _in_capitals, _without_card, _with_empty_card,
]  # fmt: skip


@pytest.mark.parametrize("spoil", REASONS, ids=lambda spoil: spoil.__name__)
def test_each_reason_alone_is_enough_to_refuse(spoil: Callable[[Json], None]) -> None:
    """Where it was sent, how, whose it is, and whether MAX signed it: none makes up for another."""
    told = message()
    spoil(told)
    assert own_phone(told, TOKEN) is None


def test_a_contact_that_answers_our_question_counts() -> None:
    """The app may mark what the button sends as a reply to the message with the button; that forwards nothing."""
    told = message()
    told["link"] = {"type": "reply", "message": {"mid": "mid.0", "seq": 0, "text": "Your phone?"}}
    assert own_phone(told, TOKEN) == "+79990000000"


@pytest.mark.parametrize(
    ("lines", "phone"),
    [
        (("TEL;TYPE=cell:79990000000",), "+79990000000"),
        (("TEL:+7 (999) 000-00-00",), "+79990000000"),
        (("tel;type=cell:7.999.000.00.00 ",), "+79990000000"),
        (("item1.TEL;TYPE=cell:79990000000", "item1.X-ABLabel:work"), "+79990000000"),
        (("TEL;TYPE=cell:7999", " 0000000"), "+79990000000"),
        (("TEL;TYPE=ce", "\tll:79990000000"), "+79990000000"),
        (("TEL;VALUE=uri:tel:+79990000000",), "+79990000000"),
        (("TEL;TYPE=cell:89990000000",), "+79990000000"),
        (("TEL;TYPE=cell:87070000000",), "+77070000000"),
        (("TEL;TYPE=cell:84912345678",), "+84912345678"),
        (("TEL;TYPE=cell:+84912345678",), "+84912345678"),
        (("TEL;TYPE=cell:375291234567",), "+375291234567"),
        (("TEL;TYPE=cell:448912345678",), "+448912345678"),
        (("TEL;TYPE=cell:123456789012345",), "+123456789012345"),
    ],
    ids=str,
)
def test_a_number_is_read_however_it_is_written(lines: tuple[str, ...], phone: str) -> None:
    """Folded, grouped, with a plus, or as it is dialled in Russia; a country's code that begins with 8 stays."""
    assert own_phone(message(with_numbers(*lines)), TOKEN) == phone


@pytest.mark.parametrize(
    "lines",
    [
        ("TEL;TYPE=cell:79990000000", "TEL;TYPE=work:74950000000"),
        ("TEL;TYPE=cell:79990000000", "TEL;TYPE=cell:79990000000"),
        ("TEL;TYPE=cell:79990000000", "item1.TEL:74950000000"),
        ("NOTE:no number",),
        ("TEL;TYPE=cell:",),
        ("TEL;TYPE=cell:call me",),
        ("TEL;TYPE=cell:7999ABC0000000",),
        ("TEL;TYPE=cell:79990000000;ext=12",),
        ("TEL;TYPE=cell:79990000000 x12",),
        ("TEL;TYPE=cell:79990000000,12",),
        ("TEL;TYPE=cell:7999000٠0000",),
        ("TEL;TYPE=cell:7999000٠00000",),
        ("TEL;TYPE=cell:799900000",),
        ("TEL;TYPE=cell:1234567890123456",),
        ("TEL;TYPE=cell:++79990000000",),
    ],
    ids=str,
)
def test_what_is_not_exactly_one_number_is_refused(lines: tuple[str, ...]) -> None:
    """Two numbers, none, or one whose digits alone would be somebody else's."""
    assert own_phone(message(with_numbers(*lines)), TOKEN) is None


def test_line_ends_may_be_left_as_written_out_escapes() -> None:
    """The proof is over real line ends; over the escapes it is accepted too, since either text is MAX's own."""
    escaped = CARD.replace("\r\n", "\\r\\n")
    assert own_phone(message(escaped, told=signed(CARD)), TOKEN) == "+79990000000"
    assert own_phone(message(escaped, told=signed(escaped)), TOKEN) == "+79990000000"


@pytest.mark.parametrize("mark", ["\\r\\n", "\u2028", "\x0b", "\x85", "\\n"])
def test_a_name_adds_no_number(mark: str) -> None:
    """People choose their names: nothing in one begins a line, whatever it looks like."""
    card = CARD.replace("FN:Anna", f"FN:{mark}TEL;TYPE=cell:74950000000")
    assert own_phone(message(card), TOKEN) == "+79990000000"
    alone = card.replace("TEL;TYPE=cell:79990000000\r\n", "")
    assert own_phone(message(alone), TOKEN) is None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(texts)
def test_no_other_card_passes_under_the_same_signature(card: str) -> None:
    """What MAX did not sign is not read, whatever it says."""
    if card.replace("\\r\\n", "\r\n") == CARD:
        return
    assert own_phone(message(card, told=signed(CARD)), TOKEN) is None


@given(st.integers(0, len(CARD) - 1), st.characters(exclude_categories=["Cs"]), st.sampled_from(["put", "cut", "set"]))
def test_no_change_of_one_letter_passes(at: int, letter: str, how: str) -> None:
    """One letter more, less or other: refused."""
    changed = CARD[:at] + (letter if how != "cut" else "") + CARD[at + (how != "put") :]
    if changed != CARD:
        assert own_phone(message(changed, told=signed(CARD)), TOKEN) is None


@given(st.text(max_size=70) | st.text("0123456789abcdef", min_size=64, max_size=64))
def test_no_other_signature_passes(told: str) -> None:
    """The signature is one of 2**256."""
    if told != signed(CARD):
        assert own_phone(message(told=told), TOKEN) is None


@given(st.integers() | st.text() | st.none() | st.booleans() | st.just(str(ANNA)))
def test_no_other_owner_passes(owner: object) -> None:
    """The account on the card is the sender's, as the same kind of number."""
    if owner == ANNA:
        return
    told = message()
    told["body"]["attachments"][0]["payload"]["max_info"]["user_id"] = owner
    assert own_phone(told, TOKEN) is None


@given(st.lists(st.from_regex(r"(item[0-9]\.)?TEL(;TYPE=(cell|home))?:7[0-9]{10}", fullmatch=True), max_size=4))
def test_exactly_one_number_passes(lines: list[str]) -> None:
    """None, two, or twice the same: refused, although signed."""
    phone = own_phone(message(with_numbers(*lines) if lines else with_numbers("NOTE:none")), TOKEN)
    assert phone == (f"+{lines[0].rpartition(':')[2]}" if len(lines) == 1 else None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List where something stands in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [found for name, part in pairs for found in _paths(part, (*path, name))]
    return [path, *inner] if path else inner


@given(st.sampled_from(_paths(message())), json_values)
def test_anything_anywhere_is_no_more_than_senseless(path: tuple[str | int, ...], value: object) -> None:
    """Whatever stands wherever in a message: it is refused, or an error that the listener knows to pass over."""
    told: Any = message()
    where = told
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    try:
        phone = own_phone(told, TOKEN)
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    assert phone in {None, "+79990000000"}


@given(json_values)
def test_any_json_is_no_more_than_senseless(value: Any) -> None:  # noqa: ANN401 - any JSON is what it is about
    """The same for JSON that is no message at all."""
    try:
        assert own_phone(json.loads(json.dumps(value)), TOKEN) is None
    except (KeyError, TypeError, ValueError, AttributeError):
        return
