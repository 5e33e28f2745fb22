"""Logging in, from the site's button to the verified token, and every way it can end otherwise."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from core.model.apps.app import MatchPolicy
from emulator import SharedContact
from tests.stories.town import BOT, RETURN_URL, SITE, TOKEN, Json, Town, buttons


async def test_a_visitor_logs_in_and_the_site_gets_a_verified_token(here: Town) -> None:
    """The main job: create, open, share the phone, pick the number, redeem once, verify with another library."""
    anna = here.visitor(phone="79991234567")
    session = await here.create()
    assert session["success"] is True
    assert session["redirect_url"] == RETURN_URL
    assert session["display_order"] == ["telegram"]
    assert session["hosted_login_url"] == f"https://id.example.com/login/{here.app.app_id}"
    assert session["session_id"] not in session["links"]["telegram"]
    pending = await here.poll(session, type="status")
    assert (pending["status"], pending["poll_type"], pending["messenger_opened"]) == ("pending", "status", False)

    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))
    asked_phone = await here.open(anna, session)
    assert "shop.example.com" in asked_phone.text
    opened = await waiting
    assert (opened["status"], opened["messenger_opened"]) == ("pending", True)
    assert "messenger_opened_at" in opened

    question = await here.share(anna)
    assert "shop.example.com" in question.text
    assert len(buttons(question)[0]) == 3
    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))
    toast = await here.tap(anna, str(session["match_number"]))
    assert toast["text"] == "You are logged in"
    confirmed = await waiting
    assert confirmed["status"] == "confirmed"
    assert "token" not in confirmed
    assert "token_consumed" not in confirmed
    done = here.newest(anna)
    assert done.id == question.id
    assert not done.inline_keyboard

    full = await here.poll(session)
    assert full["poll_type"] == "full"
    user = full["user"]
    since = datetime.now(UTC) - datetime.fromisoformat(user["phone_verified_at"])  # noqa: TID251 - the real one
    assert timedelta() < since < timedelta(minutes=1)
    assert {key: user[key] for key in user if key not in {"_id", "phone_verified_at"}} == {
        "user_id": str(anna.id),
        "type": "telegram",
        "first_name": "Anna",
        "last_name": "Petrova",
        "username": "anna",
        "phone": "+79991234567",
    }
    claims = await verified(here, full["token"])
    assert claims["iss"] == "https://id.example.com"
    assert claims["sub"] == claims["_id"] == user["_id"]
    assert claims["exp"] - claims["iat"] == 3600
    assert {key: claims[key] for key in user} == user

    again = await here.poll(session, type="full")
    assert again["token_consumed"] is True
    assert "token" not in again
    assert "user" not in again


async def verified(here: Town, token: str) -> Json:
    """Verify a token as a site does, from the JWKS alone, with joserfc: it shares no code with what signed it."""
    async with here.browser.get(f"{here.url}/.well-known/jwks.json") as answer:
        keys = KeySet.import_key_set(await answer.json())
    decoded = joserfc_jwt.decode(token, keys, algorithms=["RS256"])
    JWTClaimsRegistry(
        iss={"essential": True, "value": here.daemon.services.sign_in.public_origin},
        aud={"essential": True, "value": here.app.app_id},
        exp={"essential": True},
    ).validate(decoded.claims)
    assert set(decoded.header) >= {"alg", "kid"}
    return decoded.claims


async def test_the_second_login_asks_for_no_phone_and_finds_the_same_person(here: Town) -> None:
    """A phone is proved once; ``_id`` stays."""
    anna = here.visitor()
    first = await here.poll(await here.log_in(anna))
    question = await here.open(anna, session := await here.create())
    assert question.inline_keyboard
    await here.tap(anna, str(session["match_number"]))
    second = await here.poll(session)
    assert second["user"]["_id"] == first["user"]["_id"]


async def test_without_a_match_number_login_and_cancel_are_asked(here: Town) -> None:
    """A caller with no place to show a number gets the plain question."""
    anna = here.visitor()
    await here.ask_for_numbers(MatchPolicy.OFF)
    session = await here.create(match=False)
    assert "match_number" not in session
    question = await here.ask(anna, session)
    assert [button["text"] for button in buttons(question)[0]] == ["Log in", "Cancel"]
    await here.tap(anna, "Log in")
    assert (await here.poll(session))["user"]["user_id"] == str(anna.id)


@pytest.mark.parametrize(
    ("choose", "reason"), [("wrong", "wrong_number"), ("Not me", "not_me")], ids=["wrong number", "not me"]
)
async def test_a_wrong_number_or_not_me_ends_the_login_for_good(here: Town, choose: str, reason: str) -> None:
    """T1: whoever does not see the page cannot confirm; the right number does not help afterwards."""
    anna = here.visitor()
    session = await here.create()
    question = await here.ask(anna, session)
    right = str(session["match_number"])
    numbers = {button["text"]: button["callback_data"] for button in buttons(question)[0]}
    button = next(number for number in numbers if number != right) if choose == "wrong" else choose
    waiting = asyncio.create_task(here.poll(session, type="status", poll="true"))
    await here.tap(anna, button)
    ended = await waiting
    assert (ended["status"], ended["cancel_reason"]) == ("cancelled", reason)
    forged = here.telegram.forge_tap(anna, BOT, numbers[right], message_id=question.id)
    assert await here.telegram.wait_for_answer(forged)
    after = await here.poll(session)
    assert after["status"] == "cancelled"
    assert "token" not in after


async def test_cancelling_in_the_bot_and_on_the_site(here: Town) -> None:
    """Either side can give up; the other one hears of it."""
    anna = here.visitor()
    await here.ask_for_numbers(MatchPolicy.OFF)
    session = await here.create(match=False)
    await here.ask(anna, session)
    await here.tap(anna, "Cancel")
    assert (await here.poll(session))["cancel_reason"] == "declined"

    session = await here.create()
    async with here.browser.delete(f"{here.url}/api/v1/auth/session/{session['session_id']}") as answer:
        assert answer.status == 200
        assert (await answer.json())["status"] == "cancelled"
    said = await here.open(anna, session)
    assert "was cancelled" in said.text


async def test_two_hundred_redeemers_get_one_token(here: Town) -> None:
    """T7: whoever races, exactly one gets the token."""
    session = await here.log_in(here.visitor())
    answers = await asyncio.gather(*(here.poll(session, type="full") for _ in range(200)))
    assert sum("token" in answer for answer in answers) == 1
    assert all(answer["status"] == "confirmed" for answer in answers)
    assert sum(answer.get("token_consumed", False) for answer in answers) == 199


async def test_a_forwarded_link_works_for_the_first_who_opens_it(here: Town) -> None:
    """T5: the second account is told so and can do nothing, not even with the first one's buttons."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    session = await here.create()
    question = await here.ask(anna, session)
    said = await here.open(boris, session)
    assert "somebody else" in said.text
    tap = here.telegram.tap(anna, BOT, str(session["match_number"]), message_id=question.id, as_person=boris)
    answer = await here.telegram.wait_for_answer(tap)
    assert answer is not None
    assert answer["text"] == "This request is not yours"
    assert (await here.poll(session, type="status"))["status"] == "pending"
    await here.tap(anna, str(session["match_number"]))
    assert (await here.poll(session))["user"]["user_id"] == str(anna.id)


async def test_two_logins_in_one_chat_do_not_disturb_each_other(here: Town) -> None:
    """Each prompt answers for its own login, in any order."""
    anna = here.visitor()
    first, second = await here.create(), await here.create()
    question = await here.ask(anna, first)
    await here.open(anna, second)
    await here.tap(anna, str(second["match_number"]))
    assert (await here.poll(first, type="status"))["status"] == "pending"
    assert "token" in await here.poll(second)
    tap = here.telegram.tap(anna, BOT, str(first["match_number"]), message_id=question.id)
    await here.telegram.wait_for_answer(tap)
    assert "token" in await here.poll(first)


async def test_the_newest_waiting_login_is_asked_about_after_the_phone(here: Town) -> None:
    """Two links opened before the phone was shared: one question follows, the other link asks when opened again."""
    anna = here.visitor()
    first, second = await here.create(), await here.create()
    await here.open(anna, first)
    await here.open(anna, second)
    await here.share(anna)
    await here.tap(anna, str(second["match_number"]))
    assert "token" in await here.poll(second)
    await here.open(anna, first)
    await here.tap(anna, str(first["match_number"]))
    assert "token" in await here.poll(first)


@pytest.mark.parametrize(
    "contact",
    [
        SharedContact(phone_number="79990000000"),
        SharedContact(has_user_id=False, is_attached=True),
        SharedContact(is_attached=True, is_forwarded=True),
    ],
    ids=["another number", "no account", "forwarded"],
)
async def test_only_the_senders_own_contact_proves_a_phone(here: Town, contact: SharedContact) -> None:
    """T10: a contact of somebody else, of nobody, or forwarded is refused, and asked for again."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    session = await here.create()
    asked = await here.open(anna, session)
    if contact.phone_number:
        contact = SharedContact(owner=boris, is_attached=True)
    here.telegram.share_contact(anna, BOT, contact)
    said = await here.telegram.wait_for_message(anna, BOT, after=asked.id)
    assert "cannot be used" in said.text
    assert "token" not in await here.poll(session)
    await here.share(anna)
    await here.tap(anna, str(session["match_number"]))
    assert (await here.poll(session))["user"]["phone"] == f"+{anna.phone}"


async def test_an_anonymous_number_is_no_phone(here: Town) -> None:
    """A +888 number cannot be called, so it does not log anybody in."""
    anna = here.visitor(phone="88801234567")
    asked = await here.open(anna, await here.create())
    here.telegram.share_contact(anna, BOT)
    said = await here.telegram.wait_for_message(anna, BOT, after=asked.id)
    assert "cannot be used" in said.text


async def test_a_number_that_changed_hands_is_a_new_person(here: Town) -> None:
    """T12: the second account with the same number is never merged into the first, which must prove a number anew."""
    anna = here.visitor(phone="79991112233")
    first = await here.poll(await here.log_in(anna))
    boris = here.visitor(first_name="Boris", phone="79991112233")
    second = await here.poll(await here.log_in(boris))
    assert second["user"]["phone"] == first["user"]["phone"]
    assert second["user"]["_id"] != first["user"]["_id"]
    said = await here.open(anna, await here.create())
    assert "phone number" in said.text
    assert not said.inline_keyboard


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", "Hello!"),
        ("/start nonsense", "does not work"),
        ("/help", "Hello!"),
        ("what?", "I only understand"),
        ("/stop", "No website is writing"),
    ],
)
async def test_every_text_gets_a_useful_answer(here: Town, text: str, expected: str) -> None:
    """Bare starts, unknown codes, commands and chatter: the person is told what to do."""
    anna = here.visitor()
    here.telegram.open_link(anna, f"https://t.me/{BOT}")
    hello = await here.telegram.wait_for_message(anna, BOT)
    here.telegram.send_text(anna, BOT, text)
    said = await here.telegram.wait_for_message(anna, BOT, after=hello.id)
    assert expected in said.text


async def test_the_bot_speaks_the_persons_language_and_can_be_told_another(here: Town) -> None:
    """Russian by the app's language; /lang changes it for good."""
    anna = here.visitor(language_code="ru")
    question = await here.ask(anna, await here.create())
    assert "Войти на сайт shop.example.com?" in question.text
    here.telegram.send_text(anna, BOT, "/lang")
    choice = await here.telegram.wait_for_message(anna, BOT, after=question.id)
    assert [button["text"] for button in buttons(choice)[0]] == ["English", "Русский"]
    await here.tap(anna, "English")
    assert here.newest(anna).text == "I speak English now."
    said = await here.open(anna, await here.create())
    assert "Log in to shop.example.com?" in said.text


async def test_stop_ends_subscriptions_and_a_new_login_begins_one(here: Town) -> None:
    """/stop is final until the person logs in again."""
    anna = here.visitor()
    await here.log_in(anna)
    before = here.newest(anna).id
    here.telegram.send_text(anna, BOT, "/stop")
    said = await here.telegram.wait_for_message(anna, BOT, after=before)
    assert "no website will write to you" in said.text
    here.telegram.send_text(anna, BOT, "/stop")
    said = await here.telegram.wait_for_message(anna, BOT, after=said.id)
    assert "No website is writing" in said.text
    await here.log_in(anna)
    before = here.newest(anna).id
    here.telegram.send_text(anna, BOT, "/stop")
    said = await here.telegram.wait_for_message(anna, BOT, after=before)
    assert "no website will write to you" in said.text


async def test_pkce_binds_redemption_to_the_starter(here: Town) -> None:
    """T3: without the verifier nobody redeems, and a wrong try costs nothing."""
    verifier = "v" * 43
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    session = await here.log_in(here.visitor(), code_challenge=challenge)
    url = f"{here.url}/api/v1/auth/session/{session['session_id']}"
    for query, code in (({}, "CODE_VERIFIER_REQUIRED"), ({"code_verifier": "w" * 43}, "CODE_VERIFIER_MISMATCH")):
        async with here.browser.get(url, params=query) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"] == code
    assert "token" in await here.poll(session, code_verifier=verifier)


async def test_a_disabled_app_lets_nobody_in(here: Town) -> None:
    """T33: what was allowed at the start is checked again at the end."""
    session = await here.log_in(here.visitor())
    await here.daemon.services.apps.change(replace(here.app, enabled=False))
    async with here.browser.get(f"{here.url}/api/v1/auth/session/{session['session_id']}") as answer:
        assert answer.status == 403
        assert (await answer.json())["error"] == "APP_DISABLED"


async def test_a_name_that_is_no_text_harms_nobody(here: Town) -> None:
    """A lone surrogate, which JSON can carry and UTF-8 cannot, reaches the site as U+FFFD (faults 1.4)."""
    session = await here.log_in(here.visitor(first_name="A\ud800"))
    assert (await here.poll(session))["user"]["first_name"] == "A\ufffd"


async def test_names_leave_the_database_with_the_token(here: Town) -> None:
    """T22: names and secrets stand nowhere in the files, neither before nor after redemption."""
    anna = here.visitor(first_name="Zinaida-Unmistakable", username="unmistakable")
    session = await here.log_in(anna)
    here.telegram.send_text(anna, BOT, "a text nobody else may read")
    await here.telegram.wait_for_message(anna, BOT, after=here.newest(anna).id)
    await here.poll(session)
    octets = b"".join(file.read_bytes() for file in here.folder.glob("gatepost.db*"))
    code = session["links"]["telegram"].partition("start=")[2]
    for secret in ("Unmistakable", "unmistakable", session["session_id"], code, TOKEN, "a text nobody"):
        assert secret.encode() not in octets


async def test_the_site_may_be_read_by_its_own_pages_only(here: Town) -> None:
    """CORS: the app's pages may read a session, other pages may not."""
    session = await here.create()
    url = f"{here.url}/api/v1/auth/session/{session['session_id']}?type=status"
    for origin, allowed in ((SITE, SITE), ("https://evil.example", None)):
        async with here.browser.get(url, headers={"Origin": origin}) as answer:
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed
            assert answer.headers["Vary"] == "Origin"
        confirmation = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        async with here.browser.options(f"{here.url}/api/v1/auth/session", headers=confirmation) as answer:
            assert answer.status == 204
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed
