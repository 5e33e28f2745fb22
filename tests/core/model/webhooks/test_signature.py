"""Webhooks are signed both ways; Standard Webhooks' own library is the judge of one of them."""

import hashlib
import hmac
import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.model.ids import DeliveryId
from core.model.webhooks.signature import draw_secret, headers

ID = DeliveryId("6f1c2e8a-9d3b-4c5d-8e7f-0123456789ab")
NEW, OLD, FOREIGN = (draw_secret(SystemEntropy()) for _ in range(3))


def signed(body: bytes, *secrets: str, ago: timedelta = timedelta()) -> dict[str, str]:
    """Sign a body, some time ago."""
    return headers(ID, "auth.completed", body, secrets, SystemClock().now() - ago)


def is_ours(body: bytes, told: dict[str, str], secret: str) -> bool:
    """Check our own header as ``docs/project-api.md`` tells sites to."""
    at, *values = told["X-Gatepost-Signature"].split(",")
    expected = hmac.new(secret.encode(), at.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(value, f"v1={expected}") for value in values)


def test_a_secret_is_32_bytes_that_any_library_reads() -> None:
    """``whsec_`` and base64."""
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", NEW)
    assert len({draw_secret(SystemEntropy()) for _ in range(100)}) == 100


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3))
def test_the_standard_library_believes_us(data: dict[str, str]) -> None:
    """Whatever the body holds."""
    body = json.dumps({"event": "auth.completed", "data": data}, ensure_ascii=False).encode()
    assert Webhook(NEW).verify(body, signed(body, NEW))["data"] == data


def test_during_a_rotation_both_secrets_verify() -> None:
    """Whichever the site has in place; a foreign one does not."""
    body = b'{"event":"auth.completed","data":{}}'
    told = signed(body, NEW, OLD)
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(body, told)
        assert is_ours(body, told, secret)
    with pytest.raises(WebhookVerificationError):
        Webhook(FOREIGN).verify(body, told)
    assert not is_ours(body, told, FOREIGN)


@pytest.mark.parametrize("changed", [b'{"event":"x"}', b""])
def test_a_changed_body_is_noticed(changed: bytes) -> None:
    """By both signatures."""
    told = signed(b"{}", NEW)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(changed, told, json_parse=False)
    assert not is_ours(changed, told, NEW)


def test_an_old_one_is_refused_by_its_time() -> None:
    """The time is part of what is signed, and libraries allow five minutes."""
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(b"{}", signed(b"{}", NEW, ago=timedelta(minutes=6)))


def test_the_headers_say_what_it_is() -> None:
    """Id, event and time, ours and the standard's being the same; no secret is among them."""
    told = signed(b"{}", NEW, OLD)
    assert told["X-Gatepost-Delivery-Id"] == told["webhook-id"] == ID
    assert told["X-Gatepost-Event"] == "auth.completed"
    assert told["X-Gatepost-Timestamp"] == told["webhook-timestamp"]
    assert re.fullmatch(
        rf"t={told['webhook-timestamp']},v1=[0-9a-f]{{64}},v1=[0-9a-f]{{64}}", told["X-Gatepost-Signature"]
    )
    assert not any(secret in value for value in told.values() for secret in (NEW, OLD))
