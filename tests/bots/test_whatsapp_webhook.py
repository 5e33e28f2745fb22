"""What may enter by WhatsApp's webhook, and what is made of it."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.whatsapp.incoming import name_of
from bots.whatsapp.webhook import challenge, check_signature, updates_in
from core.errors import Invalid
from core.model.ids import BotName
from core.model.messages.errors import WebhookRefused

Json = dict[str, Any]

BOT = BotName("wa")
NUMBER = "106540352242922"
SECRET = "app-secret-1"
BODY = b'{"object":"whatsapp_business_account","entry":[]}'
SIGNED = "0ca28c0f1996234eb6829e59ad3c11a18161f6eb043943d601e420c312432cdf"
VECTORS = [
    (BODY, SIGNED),
    (
        b'{"object": "whatsapp_business_account", "entry": []}',
        "9a9a1f7a6276b77f9fa8deef9d60ceee0cb9f1bf57877b0191fd983ce6d618e4",
    ),
    (b'{"t":"h\\u00e9"}', "ff7e1c67793369406787052251aa17101f528f49776b38f4b22209b5e6c9b54d"),
    ('{"t":"hé"}'.encode(), "d9ce788b3e35f8cfe444e53aebfd52672eb7b5939cf3f67f8c69b1987bd64298"),
]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY_JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def message(number: int, **more: object) -> Json:
    """Return a text as Meta tells it."""
    return {
        "from": "16505551234",
        "id": f"wamid.{number}",
        "timestamp": "1763700000",
        "type": "text",
        "text": {"body": f"text {number}"},
        **more,
    }


def change(*messages: object, **more: object) -> Json:
    """Return a change with these messages for our number."""
    metadata = {"display_phone_number": "15550001111", "phone_number_id": NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": list(messages), **more}
    return {"field": "messages", "value": value}


def posted(*changes: object, **more: object) -> bytes:
    """Return a body with one entry of these changes."""
    told = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": list(changes)}], **more}
    return json.dumps(told).encode()


def keys(body: bytes) -> list[str]:
    """Return the keys of the updates in a body."""
    return [update.key for update in updates_in(BOT, NUMBER, body) if not update.key.startswith("senseless ")]


@pytest.mark.parametrize(("body", "signature"), VECTORS)
def test_the_very_bytes_are_signed(body: bytes, signature: str) -> None:
    """What is signed is accepted as it came; one other byte, or the same JSON written otherwise, is not."""
    check_signature(f"sha256={signature}", body, (SECRET,))
    for other in (body + b"\n", body.replace(b":", b" :"), b"", *(vector for vector, _ in VECTORS if vector != body)):
        with pytest.raises(WebhookRefused):
            check_signature(f"sha256={signature}", other, (SECRET,))


@pytest.mark.parametrize(
    "header",
    [
        "",
        SIGNED,
        f"sha1={SIGNED}",
        f"SHA256={SIGNED}",
        f"sha256={SIGNED.upper()}",
        f"sha256={SIGNED[:-1]}",
        f"sha256={SIGNED}0",
        f"sha256={SIGNED}\n",
        f" sha256={SIGNED}",
        f"sha256={SIGNED}, sha256={SIGNED}",
        f"sha256={SIGNED[:-1]}é",
        "sha256=" + "0" * 64,
        "sha256=",
    ],
)
def test_a_header_of_another_shape_is_refused(header: str) -> None:
    """Sixty-four small hex digits after ``sha256=``, or nothing."""
    with pytest.raises(WebhookRefused):
        check_signature(header, BODY, (SECRET,))


def test_without_a_secret_nobody_is_let_in() -> None:
    """No secret is not an empty secret."""
    for secrets in ((), ("",), ("another",), ("", "another")):
        with pytest.raises(WebhookRefused):
            check_signature(f"sha256={SIGNED}", BODY, secrets)


def test_the_former_secret_counts_while_it_is_rotated() -> None:
    """Whichever of the secrets Meta signs with."""
    check_signature(f"sha256={SIGNED}", BODY, ("new", SECRET))
    check_signature(f"sha256={SIGNED}", BODY, (SECRET, "old"))


@given(st.text(max_size=90), st.binary(max_size=50))
def test_no_made_up_signature_is_accepted(header: str, body: bytes) -> None:
    """Whatever the header says, it is refused and nothing worse."""
    with pytest.raises(WebhookRefused):
        check_signature(header, body, (SECRET,))


GOOD = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "ours"}


def test_the_challenge_is_answered_to_who_knows_the_token() -> None:
    """Verbatim."""
    assert challenge(GOOD, "ours") == "1158201444"
    assert challenge({**GOOD, "hub.challenge": "x" * 256}, "ours") == "x" * 256


@pytest.mark.parametrize(
    ("query", "token"),
    [
        (GOOD, "theirs"),
        (GOOD, ""),
        ({**GOOD, "hub.verify_token": ""}, ""),
        ({key: value for key, value in GOOD.items() if key != "hub.verify_token"}, ""),
        ({**GOOD, "hub.verify_token": "ourѕ"}, "ours"),
        ({**GOOD, "hub.challenge": "x" * 257}, "ours"),
        ({**GOOD, "hub.mode": "unsubscribe"}, "ours"),
        ({**GOOD, "hub.mode": ""}, "ours"),
        ({}, "ours"),
    ],
)
def test_a_wrong_question_is_refused(query: dict[str, str], token: str) -> None:
    """Another token, none, another mode, more than a challenge; an empty token of ours matches nothing."""
    with pytest.raises(WebhookRefused):
        challenge(query, token)


@given(st.dictionaries(st.sampled_from(list(GOOD)), st.text(max_size=30)))
def test_no_guess_is_answered(query: dict[str, str]) -> None:
    """Whatever is asked without the token is refused and nothing worse."""
    with pytest.raises(WebhookRefused):
        challenge(query, "the token that nobody guesses")


def test_all_parts_of_a_batch_are_found() -> None:
    """Several messages and statuses, in several changes of several entries, each by its own key."""
    status = {"id": "wamid.s", "status": "sent", "timestamp": "1763700000", "recipient_id": "16505551234"}
    entries = [
        {"id": "1", "changes": [change(message(1), message(2)), change(message(3))]},
        {"id": "1", "changes": [change(statuses=[status, {**status, "status": "read"}])]},
    ]
    assert keys(posted(entry=entries)) == [
        f"message {name_of('wamid.1')}",
        f"message {name_of('wamid.2')}",
        f"message {name_of('wamid.3')}",
        f"status {name_of('wamid.s')} sent",
        f"status {name_of('wamid.s')} read",
    ]


def test_each_message_keeps_its_own_contact() -> None:
    """By BSUID or by number; who has no entry of their own gets nobody else's."""
    contacts = [
        {"profile": {"name": "Anna"}, "wa_id": "16505551234"},
        {"profile": {"name": "Boris"}, "user_id": "US.2"},
        {"profile": {"name": "Nobody"}},
    ]
    senders: list[Json] = [{}, {"from": None, "from_user_id": "US.2"}, {"from": "1999"}, {"from": ["x"]}]
    body = posted(change(*(message(at, **sender) for at, sender in enumerate(senders)), contacts=contacts))
    names = [
        json.loads(update.body)["contact"].get("profile", {}).get("name") for update in updates_in(BOT, NUMBER, body)
    ]
    assert names == ["Anna", "Boris", None, None]


def test_another_number_of_the_same_app_is_dropped() -> None:
    """One secret may serve many numbers; only ours is heard."""
    other = change(message(1))
    other["value"]["metadata"]["phone_number_id"] = "999"
    assert keys(posted(other, change(message(2)))) == [f"message {name_of('wamid.2')}"]


def test_other_fields_are_dropped() -> None:
    """What we did not subscribe to means nothing."""
    other = {**change(message(1)), "field": "message_template_status_update"}
    assert keys(posted(other, {"field": "security", "value": {"event": "PIN"}}, change(message(2)))) == [
        f"message {name_of('wamid.2')}"
    ]


def test_trouble_with_the_number_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """``value.errors`` is an error for the operator, by its code, and no update; a message beside it is heard."""
    errors = [{"code": 131042, "title": "Payment", "message": "about +16505551234"}, None, "odd"]
    assert keys(posted(change(message(1), errors=errors))) == [f"message {name_of('wamid.1')}"]
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(record)["code"] == 131042
    assert "16505551234" not in caplog.text


@pytest.mark.parametrize("odd", [None, 7, "x", [], [[]], {}, {"id": None}, {"id": 7}, {"id": ""}, {"id": "\ud800"}])
def test_a_malformed_part_does_not_hold_up_the_others(odd: object, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever it stands: what can be read beside it is heard, and the log says that something could not."""
    good = change(message(1), odd, message(2), contacts=[odd, {"wa_id": "16505551234"}], statuses=[odd])
    entries = [odd, {"changes": odd}, {"changes": [odd, {"field": "messages", "value": odd}, good, odd]}, odd]
    assert keys(posted(entry=entries)) == [f"message {name_of('wamid.1')}", f"message {name_of('wamid.2')}"]
    assert "passing over it" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"hello",
        b"null",
        b"[]",
        b"7",
        b"{}",
        b'{"object": "page", "entry": []}',
        b'{"object": ["whatsapp_business_account"]}',
        b'{"entry": []}',
        b"[" * 200_000,
        b'{"object": ' * 100_000,
        b"1" * 10_000,
    ],
)
def test_what_is_no_webhook_of_whatsapps_is_invalid(body: bytes) -> None:
    """Another object, another shape, no JSON, nested without end."""
    with pytest.raises(Invalid):
        updates_in(BOT, NUMBER, body)


@given(ANY_JSON)
def test_any_json_is_invalid_or_harmless(told: object) -> None:
    """At every place of the envelope: updates, or ``Invalid``, and nothing worse."""
    bodies: list[object] = [
        told,
        {"object": "whatsapp_business_account", "entry": told},
        {"object": "whatsapp_business_account", "entry": [{"changes": told}]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": told}]}]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [change(told, contacts=told, errors=told)]}]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [change(message(1, id=told), statuses=told)]}]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [change(statuses=[{"id": told}, told])]}]},
    ]
    for body in bodies:
        try:
            found = updates_in(BOT, NUMBER, json.dumps(body).encode())
        except Invalid:
            continue
        for update in found:
            assert update.key.encode().startswith((b"message ", b"status ", b"senseless "))


def test_a_thousand_updates_of_three_megabytes_are_quick() -> None:
    """All of a full batch is found."""
    body = posted(*(change(message(number, text={"body": "x" * 2800})) for number in range(1000)))
    assert 2_900_000 < len(body) < 3_200_000
    assert len(set(keys(body))) == 1000
