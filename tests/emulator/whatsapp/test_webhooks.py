"""Webhooks: verified, signed, tried again for a week, in batches, with what became of each message."""

import hashlib
import hmac
import json

import pytest

from emulator import Emulator, Fault, ImpossibleError
from emulator.people import Person
from emulator.whatsapp.webhook import signature_of
from tests.emulator.whatsapp.conftest import VERIFY_TOKEN, Business, Callback, text

SECRET = "app-secret-1"


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (
            '{"object":"whatsapp_business_account","entry":[]}',
            "0ca28c0f1996234eb6829e59ad3c11a18161f6eb043943d601e420c312432cdf",
        ),
        (
            '{"object": "whatsapp_business_account", "entry": []}',
            "9a9a1f7a6276b77f9fa8deef9d60ceee0cb9f1bf57877b0191fd983ce6d618e4",
        ),
        ('{"t":"h\\u00e9"}', "ff7e1c67793369406787052251aa17101f528f49776b38f4b22209b5e6c9b54d"),
        ('{"t":"hé"}', "d9ce788b3e35f8cfe444e53aebfd52672eb7b5939cf3f67f8c69b1987bd64298"),
    ],
)
def test_signatures_cover_the_exact_bytes(body: str, signature: str) -> None:
    """The signature is the HMAC-SHA256 of the body as it is, so white space and escapes matter."""
    assert signature_of(SECRET, body.encode()) == f"sha256={signature}"


async def test_a_callback_is_verified(emulator: Emulator, business: Business, callback: Callback) -> None:
    """A callback is saved once it answers 200 with the challenge verbatim, and only with the right token."""
    number, whatsapp = business.number, emulator.whatsapp
    for token in ("wrong", ""):
        with pytest.raises(ImpossibleError, match="answered 403"):
            await whatsapp.subscribe(number, callback.url, token)
    callback.challenge_answer = b"<b>1</b>"
    with pytest.raises(ImpossibleError, match="did not answer the challenge"):
        await whatsapp.subscribe(number, callback.url, VERIFY_TOKEN)
    with pytest.raises(ImpossibleError, match="cannot be asked"):
        await whatsapp.subscribe(number, "http://127.0.0.1:9/hook", VERIFY_TOKEN)
    for url in ("http://shop.example/hook", "hook", "https://["):
        with pytest.raises(ImpossibleError, match="callback"):
            await whatsapp.subscribe(number, url, VERIFY_TOKEN)
    assert number.callback_url is None
    callback.challenge_answer = None
    await whatsapp.subscribe(number, f"{callback.url}?from=meta", VERIFY_TOKEN)
    assert number.callback_url == f"{callback.url}?from=meta"


async def test_a_text_is_posted_and_signed(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """A message comes in its envelope, with the signature of the raw body."""
    message = emulator.whatsapp.send_text(anna, business.number, "Привет")
    signature, raw = await subscribed.raw()
    assert signature == f"sha256={hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()}"
    assert json.loads(raw) == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": business.number.account_id,
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "79990000001",
                                "phone_number_id": business.number.phone_number_id,
                            },
                            "contacts": [
                                {
                                    "profile": {"name": "Anna Petrova"},
                                    "wa_id": "79991234567",
                                    "user_id": emulator.whatsapp.bsuid(anna, business.number),
                                }
                            ],
                            "messages": [
                                {
                                    "from": "79991234567",
                                    "from_user_id": emulator.whatsapp.bsuid(anna, business.number),
                                    "id": message.id,
                                    "timestamp": "1790000000",
                                    "type": "text",
                                    "text": {"body": "Привет"},
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }


async def test_an_account_must_be_subscribed(
    emulator: Emulator, business: Business, callback: Callback, anna: Person
) -> None:
    """Without subscribed_apps real messages never come, and what was missed is gone; a callback may come along."""
    number, path = business.number, f"{business.number.account_id}/subscribed_apps"
    await emulator.whatsapp.subscribe(number, callback.url, VERIFY_TOKEN, with_account=False)
    emulator.whatsapp.send_text(anna, number, "lost")
    assert await business.call("GET", path) == (200, {"data": []})
    assert await business.call("POST", path) == (200, {"success": True})
    (app,) = (await business.call("GET", path))[1]["data"]
    assert app["whatsapp_business_api_data"]["name"] == "Gate"
    emulator.whatsapp.send_text(anna, number, "heard")
    assert (await callback.message())["text"]["body"] == "heard"
    override = {"override_callback_uri": f"{callback.url}?own=1", "verify_token": "wrong"}
    status, answer = await business.call("POST", path, override)
    assert (status, answer["error"]["code"]) == (400, 100)
    assert (await business.call("POST", path, {**override, "verify_token": VERIFY_TOKEN}))[0] == 200
    assert number.callback_url == f"{callback.url}?own=1"


async def test_only_200_is_a_success(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """Any other status is tried again at once, then ever later, for seven days, while other news pass by."""
    subscribed.answers = [204, 500, 200, 200, 500]
    for words in ("one", "two"):
        emulator.whatsapp.send_text(anna, business.number, words)
    assert [(await subscribed.message())["text"]["body"] for _ in range(3)] == ["one", "one", "two"]
    emulator.advance(9)
    emulator.whatsapp.send_text(anna, business.number, "three")
    assert (await subscribed.message())["text"]["body"] == "three"
    for seconds in (1, 20):
        emulator.advance(seconds)
        assert (await subscribed.message())["text"]["body"] == "one"
    assert subscribed.answers == []


async def test_after_a_week_nothing_is_tried(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """What was not accepted within seven days is dropped."""
    subscribed.answers = [500, 500]
    for words in ("one", "two"):
        emulator.whatsapp.send_text(anna, business.number, words)
    assert [(await subscribed.message())["text"]["body"] for _ in range(3)] == ["one", "one", "two"]
    emulator.advance(7 * 24 * 3600)
    emulator.whatsapp.send_text(anna, business.number, "three")
    assert (await subscribed.message())["text"]["body"] == "three"
    assert subscribed.bodies.empty()


async def test_many_updates_come_in_one_body(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """What is held comes in one body of several entries, over 1 MiB; more than 1000 updates make two."""
    emulator.whatsapp.hold()
    for place in range(60):
        emulator.whatsapp.send_text(anna, business.number, f"{place} {'ё' * 4000}")
    assert emulator.whatsapp.release_held() == 1
    signature, raw = await subscribed.raw()
    assert len(raw) > 2**20
    assert signature == signature_of(SECRET, raw)
    entries = json.loads(raw)["entry"]
    changes = [change for entry in entries for change in entry["changes"]]
    told = [change["value"]["messages"][0]["text"]["body"].partition(" ")[0] for change in changes]
    assert told == [str(place) for place in range(60)]
    emulator.whatsapp.hold()
    for _ in range(1001):
        emulator.whatsapp.send_text(anna, business.number, "Hi")
    assert emulator.whatsapp.release_held() == 2
    assert subscribed.bodies.empty()


async def test_held_news_can_be_forgotten(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """A server that stops lets go of what is held."""
    emulator.whatsapp.hold()
    emulator.whatsapp.send_text(anna, business.number, "one")
    emulator.whatsapp.release()
    emulator.whatsapp.send_text(anna, business.number, "two")
    assert (await subscribed.message())["text"]["body"] == "two"


async def test_duplicates_and_disorder(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """The faults duplicate and out_of_order strike deliveries to the callback; statuses may come delivered first."""
    await subscribed.message()
    emulator.add_fault(Fault("out_of_order"), messenger="whatsapp", method="webhook", bot="79990000001")
    emulator.add_fault(Fault("duplicate"), messenger="whatsapp", method="webhook")
    await business.sent(talking, **text())
    assert [(await subscribed.status())["status"] for _ in range(3)] == ["delivered", "delivered", "sent"]


async def test_the_same_body_can_come_again(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """A body can be posted once more byte for byte, but only if there was one."""
    with pytest.raises(ImpossibleError, match="Nothing was posted"):
        emulator.whatsapp.repeat(business.number)
    emulator.whatsapp.send_text(anna, business.number, "one")
    first = await subscribed.raw()
    emulator.whatsapp.repeat(business.number)
    assert await subscribed.raw() == first


async def test_anything_can_be_injected(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """Any value can be posted with a good, a bad or no signature, for another number, or with nothing but an error."""
    value = emulator.whatsapp.text_value(anna, business.number, "K7QM")
    value["metadata"]["phone_number_id"] = "1"
    emulator.whatsapp.inject(business.number, value)
    emulator.whatsapp.inject(business.number, value, signature="bad")
    emulator.whatsapp.inject(business.number, value, signature="missing")
    heard = [await subscribed.raw() for _ in range(3)]
    (raw,) = {body for _, body in heard}
    assert json.loads(raw)["entry"][0]["changes"][0]["value"] == value
    good, bad, missing = (signature for signature, _ in heard)
    assert good == signature_of(SECRET, raw)
    assert bad is not None
    assert (len(bad), bad == good, missing) == (71, False, None)
    assert emulator.whatsapp.chat(anna, business.number).messages == {}
    emulator.whatsapp.tell_trouble(business.number, 131042)
    trouble = await subscribed.value()
    assert (trouble["errors"][0]["code"], "messages" in trouble) == (131042, False)
