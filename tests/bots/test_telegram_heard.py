"""What some of Telegram's updates mean to us; the shapes are those of the Bot API."""

from typing import Any

import pytest

from bots.telegram.incoming import heard_in
from core.model.ids import BotName
from core.model.messages.message import Said, SharedContact

ANNA = {"id": 77, "is_bot": False, "first_name": "Anna"}
CONTACT = {"phone_number": "79991234567", "first_name": "Anna", "user_id": 77}
ORIGIN = {"type": "hidden_user", "sender_user_name": "Anna", "date": 1}


def heard(**content: Any) -> Any:  # noqa: ANN401 - one of the kinds of what is heard
    """Hear one message that Anna sent in her own chat."""
    message = {"message_id": 1, "date": 1, "chat": {"id": 77, "type": "private"}, "from": ANNA, **content}
    return heard_in(BotName("tg"), {"update_id": 1, "message": message})


@pytest.mark.parametrize("text", ["K7QM-4XRT-9BDA", "/start uU0a1Jc2Q0mO0b1YxkqS3w", "yes"])
def test_what_is_forwarded_is_nobodys_own_word(text: str) -> None:
    """T1: a code, a link or a word that somebody else sent is not read, whatever it says."""
    told = heard(text=text, forward_origin=ORIGIN)
    assert isinstance(told, Said)
    assert (told.text, told.is_forwarded) == ("", True)
    assert not getattr(heard(text=text), "is_forwarded", False)


@pytest.mark.parametrize(
    ("more", "is_own"),
    [
        ({"contact": CONTACT}, True),
        ({"contact": CONTACT, "forward_origin": ORIGIN}, False),
        ({"contact": CONTACT, "via_bot": {"id": 5, "is_bot": True, "first_name": "Other"}}, False),
        ({"contact": {**CONTACT, "user_id": 78}}, False),
        ({"contact": {name: CONTACT[name] for name in ("phone_number", "first_name")}}, False),
    ],
    ids=["own", "forwarded", "by another bot", "somebody else's", "of no account"],
)
def test_only_the_own_contact_at_first_hand_is_own(more: dict[str, Any], *, is_own: bool) -> None:
    """T10: the account on the card is the sender's, and the sender sent it here."""
    told = heard(**more)
    assert isinstance(told, SharedContact)
    assert told.is_own is is_own
