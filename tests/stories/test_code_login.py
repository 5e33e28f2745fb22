"""Logins of the project dialect by each messenger: flows A, B and C, and everything that can go wrong with a code."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.model.apps.app import MatchPolicy
from core.model.subscribers.subscriber import ALL_SUBSCRIBERS
from emulator.people import Person
from tests.stories.backend import CALLBACK, OTHER_CALLBACK, Backend, answer_in, move_in
from tests.stories.handsets import Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import SITE, Town, town

MESSENGERS = ("telegram", "max", "whatsapp")


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with all three messengers, where a project may call as often as it likes."""
    limits = {"requests_per_minute_per_project": 0}
    async with town(tmp_path, clock, messengers=MESSENGERS, limits=limits) as built:
        await built.daemon.keepers.reached()
        yield built


async def say_yes(handset: Handset, person: Person) -> Any:  # noqa: ANN401 - a message of any messenger
    """Tap Login, and return the message that says what came of it."""
    before = handset.chat(person).last_from_bot
    await handset.tap(person, "Log in")
    if handset.messenger == "whatsapp":
        await handset.next_message(person, before)
    return handset.newest(person)


def way_back(message: Any) -> str:  # noqa: ANN401 - a message of any messenger
    """Return where the only button of a message leads."""
    ((button,),) = message.inline_keyboard
    return str(button["url"])


async def test_flow_a_a_permanent_link(backend: Backend, handset: Handset) -> None:
    """Link, Login, button, code: the site's server learns who it is, once, and nothing of state or phone."""
    anna = backend.town.visitor(language_code="en")
    links = await backend.get("/auth/link")
    assert links["configured"] is True
    question = await handset.open(anna, links[f"{handset.messenger}_link"])
    assert "shop.example.com" in question.text
    assert handset.labels(anna) == ["Log in", "Cancel"]

    answer = answer_in(way_back(await say_yes(handset, anna)))
    assert answer.keys() == {"from", "code"}
    user = await backend.post("/auth/verify", {"code": answer["code"]})
    assert user["channel"] == handset.messenger
    assert user["first_name"].startswith("Anna")
    assert (user["lang"], user["tags"], user["state"], user["avatar_url"]) == ("en", [], None, None)
    assert "phone" not in user
    assert await backend.refused("POST", "/auth/verify", {"code": answer["code"]}) == (400, "bad_request")


async def test_flow_b_a_session_with_state(backend: Backend, handset: Handset) -> None:
    """The state comes back in the address and with the verification; the session's own redirect is where it goes."""
    anna, state = backend.town.visitor(), "s%61+/?#[]='\"~!"
    session = await backend.post("/auth/session", {"state": state, "redirect_uri": OTHER_CALLBACK})
    assert session["expires_in"] == 1800
    await handset.open(anna, session[f"{handset.messenger}_link"])
    address = way_back(await say_yes(handset, anna))
    assert address.startswith(f"{OTHER_CALLBACK}?code=")
    answer = answer_in(address)
    assert answer["state"] == state
    user = await backend.post("/auth/verify", {"code": answer["code"]})
    assert user["state"] == state


async def test_flow_c_another_device_polls(backend: Backend, handset: Handset) -> None:
    """The poll gets the code that the button has, once; the code is good once, whoever brings it."""
    anna = backend.town.visitor()
    session = await backend.post("/auth/session", {})
    status = f"/auth/session/{session['session_id']}/status"
    assert await backend.get(status) == {"status": "pending"}
    await handset.open(anna, session[f"{handset.messenger}_link"])
    assert await backend.get(status) == {"status": "pending"}
    address = way_back(await say_yes(handset, anna))
    told = await backend.get(status)
    assert told == {"status": "completed", "code": answer_in(address)["code"]}
    assert await backend.get(status) == {"status": "expired"}
    await backend.post("/auth/verify", {"code": told["code"]})
    assert await backend.refused("POST", "/auth/verify", {"code": told["code"]}) == (400, "bad_request")


async def test_without_a_callback_the_site_is_only_notified(here: Town, handset: Handset) -> None:
    """No button then; the poll has the code. A permanent link says what is missing."""
    backend = await move_in(here, callbacks=())
    anna = here.visitor()
    session = await backend.post("/auth/session", {"state": "abc"})
    await handset.open(anna, session[f"{handset.messenger}_link"])
    await handset.tap(anna, "Log in")
    if handset.messenger != "whatsapp":  # where each message costs money, the page says it
        assert "confirmed ✅" in handset.newest(anna).text
        assert not handset.newest(anna).inline_keyboard
    told = await backend.get(f"/auth/session/{session['session_id']}/status")
    assert (await backend.post("/auth/verify", {"code": told["code"]}))["state"] == "abc"

    links = await backend.get("/auth/link")
    assert links["configured"] is False
    assert "not set up" in (await handset.open(anna, links[f"{handset.messenger}_link"])).text


async def test_a_name_that_is_no_text(backend: Backend) -> None:
    """A lone surrogate, which JSON can carry and UTF-8 cannot, reaches the site as U+FFFD (faults 7.8)."""
    code = await confirmed_code(backend, backend.town.visitor(first_name="A\ud800"))
    assert (await backend.post("/auth/verify", {"code": code}))["first_name"] == "A\ufffd"


async def test_a_person_says_no(backend: Backend, handset: Handset) -> None:
    """Cancel ends the session; it says so from then on."""
    anna = backend.town.visitor()
    session = await backend.post("/auth/session", {})
    await handset.open(anna, session[f"{handset.messenger}_link"])
    await handset.tap(anna, "Cancel")
    status = f"/auth/session/{session['session_id']}/status"
    assert [await backend.get(status) for _ in range(2)] == [{"status": "cancelled"}] * 2


async def test_the_second_account_on_a_link(backend: Backend, handset: Handset) -> None:
    """Whoever opens a session's link first holds it; the second one gets nothing, and changes nothing."""
    anna, boris = backend.town.visitor(), backend.town.visitor(first_name="Boris")
    session = await backend.post("/auth/session", {})
    link = session[f"{handset.messenger}_link"]
    await handset.open(anna, link)
    said = await handset.open(boris, link)
    assert "opened by somebody else" in said.text
    await say_yes(handset, anna)
    told = await backend.get(f"/auth/session/{session['session_id']}/status")
    assert (await backend.post("/auth/verify", {"code": told["code"]}))["first_name"].startswith("Anna")


async def test_a_number_to_match_if_the_site_asks(backend: Backend, handset: Handset) -> None:
    """``match: true`` gives the site's page a number to show, and the bot asks for it."""
    anna = backend.town.visitor()
    session = await backend.post("/auth/session", {"match": True})
    await handset.open(anna, session[f"{handset.messenger}_link"])
    assert str(session["match_number"]) in handset.labels(anna)
    await handset.tap(anna, str(session["match_number"]))
    told = await backend.get(f"/auth/session/{session['session_id']}/status")
    assert told["status"] == "completed"


async def test_a_number_that_is_typed_leads_back_too(backend: Backend, handset: Handset) -> None:
    """Who types the number instead of pressing it gets the same button."""
    anna = backend.town.visitor()
    session = await backend.post("/auth/session", {"match": True})
    await handset.open(anna, session[f"{handset.messenger}_link"])
    answer = answer_in(way_back(await handset.say(anna, str(session["match_number"]))))
    await backend.post("/auth/verify", {"code": answer["code"]})


@pytest.mark.parametrize("state", ["with space", "a<b", "a>b", "a&b", "", "x" * 129, "ключ", "a\tb", 7])
async def test_a_bad_state(backend: Backend, state: object) -> None:
    """Whatever is not plain printable ASCII is refused, and nothing is kept."""
    before = backend.town.count_logins()
    assert await backend.refused("POST", "/auth/session", {"state": state}) == (400, "validation_failed")
    assert backend.town.count_logins() == before


@pytest.mark.parametrize(
    "uri", [f"{CALLBACK}/", CALLBACK[:-1], CALLBACK.upper(), "javascript:alert(1)", f"{SITE}.evil.example/callback", ""]
)
async def test_a_redirect_that_is_not_allowed(backend: Backend, uri: str) -> None:
    """One character off the allow-list is another address."""
    assert await backend.refused("POST", "/auth/session", {"redirect_uri": uri}) == (400, "invalid_url")


async def confirmed_code(backend: Backend, person: Person) -> str:
    """Log somebody in by Telegram and return the code that the button has."""
    handset = backend.town.handset("telegram")
    session = await backend.post("/auth/session", {})
    await handset.open(person, session["telegram_link"])
    return answer_in(way_back(await say_yes(handset, person)))["code"]


async def test_a_code_dies_after_five_minutes(backend: Backend, clock: MovedClock) -> None:
    """At 299 seconds it works, at 300 it does not; the profile behind it is erased by the next sweep."""
    anna = backend.town.visitor()
    codes = [await confirmed_code(backend, anna) for _ in range(2)]
    clock.ahead += timedelta(seconds=290)
    await backend.post("/auth/verify", {"code": codes[0]})
    clock.ahead += timedelta(seconds=20)
    assert await backend.refused("POST", "/auth/verify", {"code": codes[1]}) == (400, "bad_request")
    clock.ahead += timedelta(seconds=60)
    await backend.town.daemon.services.sweep.sweep()
    kept = await backend.town.daemon.services.store.read(
        lambda unit: unit.subscriptions.count(backend.town.app.app_id, ALL_SUBSCRIBERS)
    )
    assert kept == 1


async def test_a_session_dies_after_half_an_hour(backend: Backend, clock: MovedClock) -> None:
    """The poll and the bot say so alike."""
    session = await backend.post("/auth/session", {})
    clock.ahead += timedelta(seconds=1801)
    assert await backend.get(f"/auth/session/{session['session_id']}/status") == {"status": "expired"}
    said = await backend.town.open(backend.town.visitor(), {"links": {"telegram": session["telegram_link"]}})
    assert "expired" in said.text


async def test_five_hundred_verify_one_code(backend: Backend) -> None:
    """T8: one of them wins."""
    code = await confirmed_code(backend, backend.town.visitor())
    answers = await asyncio.gather(*(backend.ask("POST", "/auth/verify", {"code": code}) for _ in range(500)))
    statuses = [status for status, _ in answers]
    assert (statuses.count(200), statuses.count(400)) == (1, 499)


async def test_who_was_erased_since_the_yes_is_not_told(backend: Backend) -> None:
    """T22: whose site erased them before it fetched a login, of either dialect, is not told to it any more."""
    here, anna = backend.town, backend.town.visitor()
    code, session = await confirmed_code(backend, anna), await here.log_in(anna)
    (subscriber,) = (await backend.get("/subscribers"))["subscribers"]
    assert (await backend.ask("DELETE", f"/subscribers/{subscriber['id']}"))[0] == 200
    assert (await here.poll(session))["status"] == "expired"
    assert await backend.refused("POST", "/auth/verify", {"code": code}) == (400, "bad_request")


async def test_a_code_is_its_own_project_s(backend: Backend) -> None:
    """Another project's key opens neither code nor session; the code stays good for its own."""
    services = backend.town.daemon.services
    stranger = services.apps.draft("stranger", "Stranger")
    theirs = Backend(backend.town, await services.apps.create(stranger))
    anna = backend.town.visitor()
    session = await backend.post("/auth/session", {})
    handset = backend.town.handset("telegram")
    await handset.open(anna, session["telegram_link"])
    code = answer_in(way_back(await say_yes(handset, anna)))["code"]
    status = f"/auth/session/{session['session_id']}/status"
    assert await theirs.get(status) == {"status": "expired"}
    assert await theirs.refused("POST", "/auth/verify", {"code": code}) == (400, "bad_request")
    assert (await backend.get(status))["status"] == "completed"
    await backend.post("/auth/verify", {"code": code})


async def test_a_code_is_its_own_project_s_though_both_know_the_person(backend: Backend, handset: Handset) -> None:
    """T35: whoever logged in to both projects before is told to the one they log in to now, and to no other."""
    services, anna = backend.town.daemon.services, backend.town.visitor()
    stranger = replace(services.apps.draft("stranger", "Stranger"), origins=(SITE,), callbacks=(CALLBACK,))
    theirs = Backend(backend.town, await services.apps.create(stranger))
    for each in (theirs, backend):
        await handset.open(anna, (await each.post("/auth/session", {}))[f"{handset.messenger}_link"])
        await each.post("/auth/verify", {"code": answer_in(way_back(await say_yes(handset, anna)))["code"]})
    session = await backend.post("/auth/session", {})
    await handset.open(anna, session[f"{handset.messenger}_link"])
    code = answer_in(way_back(await say_yes(handset, anna)))["code"]
    status = f"/auth/session/{session['session_id']}/status"
    assert await theirs.get(status) == {"status": "expired"}
    assert await theirs.refused("POST", "/auth/verify", {"code": code}) == (400, "bad_request")
    assert await backend.get(status) == {"status": "completed", "code": code}
    await backend.post("/auth/verify", {"code": code})


@pytest.mark.parametrize("handset", ["telegram", "max"], indirect=True)
async def test_a_slug_nobody_has(backend: Backend, handset: Handset) -> None:
    """The bot says that the link does not work; where answers cost money, strangers get none."""
    link = (await backend.get("/auth/link"))[f"{handset.messenger}_link"].replace("auth_shop", "auth_nobody")
    assert "does not work" in (await handset.open(backend.town.visitor(), link)).text


async def test_a_tap_that_is_heard_twice(backend: Backend) -> None:
    """Whoever taps twice, or is heard twice after a crash, gets the same code and keeps the button."""
    anna, handset = backend.town.visitor(), backend.town.handset("telegram")
    session = await backend.post("/auth/session", {})
    await handset.open(anna, session["telegram_link"])
    taps = [handset.app.tap(anna, handset.bot, "Log in") for _ in range(2)]
    for tap in taps:
        assert (await handset.app.wait_for_answer(tap))["text"] == "You are logged in"
    told = await backend.get(f"/auth/session/{session['session_id']}/status")
    assert answer_in(way_back(handset.newest(anna)))["code"] == told["code"]


async def test_a_callback_that_was_taken_off_the_list(backend: Backend) -> None:
    """T33: whoever says yes after the operator removed the callback is not sent there; nor is a button given again."""
    here, anna, handset = backend.town, backend.town.visitor(), backend.town.handset("telegram")
    session = await backend.post("/auth/session", {})
    await handset.open(anna, session["telegram_link"])
    await here.daemon.services.apps.change(replace(here.app, callbacks=(OTHER_CALLBACK,)))
    await handset.tap(anna, "Log in")
    assert "expired" in handset.newest(anna).text
    assert await backend.get(f"/auth/session/{session['session_id']}/status") == {"status": "pending"}


async def test_the_two_kinds_of_key_end_only_what_they_began(backend: Backend) -> None:
    """Faults 7.11: a lost test key polls no session of real people and takes no code; nor does its own count live."""
    handset, test_key = backend.town.handset("telegram"), backend.secrets.test_api_key
    for own, other in ((None, test_key), (test_key, None)):
        anna = backend.town.visitor()
        _, session = await backend.ask("POST", "/auth/session", {}, key=own)
        await handset.open(anna, session["telegram_link"])
        address = way_back(await say_yes(handset, anna))
        path = f"/auth/session/{session['session_id']}/status"
        assert await backend.ask("GET", path, key=other) == (200, {"status": "expired"})
        told = await backend.ask("GET", path, key=own)
        assert told[1]["status"] == "completed"
        code = {"code": answer_in(address)["code"]}
        assert await backend.refused("POST", "/auth/verify", code, key=other) == (400, "bad_request")
        assert (await backend.ask("POST", "/auth/verify", code, key=own))[0] == 200


async def test_logins_that_only_the_site_can_start_need_no_number(backend: Backend) -> None:
    """Faults 7.5: unless the app insists, sessions made with a key and permanent links are confirmed as ever."""
    assert backend.town.app.match_policy is MatchPolicy.SITE
    assert (await backend.get("/auth/link"))["configured"] is True
    assert (await backend.post("/auth/session", {})).get("match_number") is None


async def test_a_poll_tells_how_long_the_bot_waits(here: Town, clock: MovedClock) -> None:
    """Faults 2.3: one truth on both sides: the minute of the bot's question is told beside the login's own end."""
    handset, anna, session = here.handset("telegram"), here.visitor(), await here.create()
    assert "answer_seconds" not in await here.poll(session, type="status")
    await handset.ask(anna, session["links"]["telegram"])
    assert 50 <= (await here.poll(session, type="status"))["answer_seconds"] <= 60
    clock.ahead += timedelta(seconds=61)
    assert (await here.poll(session, type="status"))["answer_seconds"] == 0
    before = handset.chat(anna).last_from_bot
    handset.app.open_link(anna, session["links"]["telegram"])
    await handset.next_message(anna, before)
    assert (await here.poll(session, type="status"))["answer_seconds"] >= 50
    await handset.tap(anna, str(session["match_number"]))
    assert "answer_seconds" not in await here.poll(session, type="status")


async def test_how_long_a_login_may_take(backend: Backend, clock: MovedClock) -> None:
    """The operator says so for each app and dialect; a change counts for logins that begin afterwards."""
    here = backend.town
    before = await backend.post("/auth/session", {})
    here.app = await here.daemon.services.apps.change(replace(here.app, login_minutes=10, code_login_minutes=60))
    session, code_session = await here.create(), await backend.post("/auth/session", {})
    assert code_session["expires_in"] == 3600
    clock.ahead += timedelta(minutes=9)
    assert (await here.poll(session))["status"] == "pending"
    clock.ahead += timedelta(minutes=2)
    assert (await here.poll(session))["status"] == "expired"
    clock.ahead += timedelta(minutes=48)
    for each, status in ((before, "expired"), (code_session, "pending")):
        assert (await backend.get(f"/auth/session/{each['session_id']}/status"))["status"] == status


async def test_a_number_that_is_required_by_now(backend: Backend) -> None:
    """T33: once the app wants a number, what was asked without one cannot be confirmed; a permanent link says why."""
    here, anna, handset = backend.town, backend.town.visitor(), backend.town.handset("telegram")
    session = await backend.post("/auth/session", {})
    await handset.open(anna, session["telegram_link"])
    await here.ask_for_numbers(MatchPolicy.ALL)
    await handset.tap(anna, "Log in")
    assert "expired" in handset.newest(anna).text
    links = await backend.get("/auth/link")
    assert links["configured"] is False
    assert "asks for a number" in (await handset.open(anna, links["telegram_link"])).text
    assert (await backend.post("/auth/session", {}))["match_number"] is not None


async def test_a_developer_s_own_machine(here: Town) -> None:
    """Telegram takes no button to ``localhost``: the address stands in the text then."""
    callback = "http://localhost:3000/cb"
    backend = await move_in(here, origins=("http://localhost:3000",), redirect_url=None, callbacks=(callback,))
    anna, handset = here.visitor(), here.handset("telegram")
    session = await backend.post("/auth/session", {"state": "a_b"})
    await handset.open(anna, session["telegram_link"])
    await handset.tap(anna, "Log in")
    address = handset.newest(anna).text.rpartition("\n")[2]
    assert address.startswith(f"{callback}?code=")
    await backend.post("/auth/verify", {"code": answer_in(address)["code"]})


async def test_an_address_in_the_app_s_own_text_leads_there(backend: Backend, handset: Handset) -> None:
    """Whatever is in it, no messenger's markup gets into it."""
    await backend.put("/sender", {"auth_text": {"en": "Go on at {{url}} *now*"}})
    anna = backend.town.visitor()
    session = await backend.post("/auth/session", {"state": "browser_session_*abc*~1"})
    await handset.open(anna, session[f"{handset.messenger}_link"])
    said = await say_yes(handset, anna)
    assert f"Go on at {way_back(said)} " in said.text


async def test_who_calls(backend: Backend) -> None:
    """No key, a mistyped one, another kind's, and a rotated one within and after its week."""
    secrets, path = backend.secrets, "/auth/link"
    status, told = await backend.ask("GET", path, headers={"Authorization": ""})
    assert (status, told["code"]) == (401, "unauthorized")
    typo = secrets.api_key[:-1] + ("a" if secrets.api_key[-1] != "a" else "b")
    for wrong in (typo, "x", secrets.message_api_token, secrets.api_key + "0", "gp_live_" + "é" * 32):
        assert await backend.refused("GET", path, key=wrong) == (401, "invalid_api_key")
    assert await backend.refused("GET", "/nowhere", key="x") == (401, "invalid_api_key")
    assert await backend.refused("GET", "/nowhere") == (404, "not_found")
    assert await backend.refused("DELETE", path) == (405, "method_not_allowed")


async def test_errors_speak_russian(backend: Backend) -> None:
    """``Accept-Language`` chooses; codes stay as they are."""
    _, told = await backend.ask("GET", "/nowhere", headers={"Accept-Language": "ru-RU,ru;q=0.9"})
    assert told["error"] == "Здесь ничего нет."
    assert told["code"] == "not_found"
