"""What the emulated Cloud API says of numbers and tokens, and how fast one may send."""

from emulator import Emulator
from emulator.people import Person
from emulator.whatsapp.model import Number
from tests.emulator.whatsapp.conftest import YES_NO, Business, text


async def test_a_number_describes_itself(business: Business) -> None:
    """The fields asked for are told with the id; unknown and withdrawn ones are refused."""
    path = business.number.phone_number_id
    fields = "display_phone_number,verified_name,quality_rating,whatsapp_business_manager_messaging_limit"
    assert await business.call("GET", f"{path}?fields={fields}") == (
        200,
        {
            "id": path,
            "display_phone_number": "+7 999 000-00-01",
            "verified_name": "Gate",
            "quality_rating": "GREEN",
            "whatsapp_business_manager_messaging_limit": "TIER_250",
        },
    )
    assert set((await business.call("GET", path))[1]) > {"id", "verified_name"}
    status, answer = await business.call("GET", f"{path}?fields=messaging_limit_tier")
    assert (status, answer["error"]["code"]) == (400, 100)


async def test_tokens_are_checked(emulator: Emulator, business: Business, number: Number) -> None:
    """A missing, unknown or revoked token is error 190 with 401; somebody else's number is not there."""
    path = number.phone_number_id
    async with business.session.get(f"{business.base_url}/v26.0/{path}") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (401, 190)
    status, answer = await business.call("GET", path, token="EAAwrong")
    assert (status, answer["error"]["code"]) == (401, 190)
    other = emulator.whatsapp.add_number("+7 999 000-00-02")
    status, answer = await business.call("GET", other.phone_number_id)
    assert (status, answer["error"]["code"], answer["error"]["error_subcode"]) == (400, 100, 33)
    status, answer = await business.call("POST", f"{path}/register", {})
    assert (status, answer["error"]["code"]) == (400, 100)
    status, answer = await business.call("GET", f"{path}?appsecret_proof=00")
    assert (status, answer["error"]["code"]) == (400, 100)
    emulator.whatsapp.revoke(number)
    status, answer = await business.call("GET", path)
    assert (status, answer["error"]["code"]) == (401, 190)


async def test_one_token_may_serve_two_numbers(emulator: Emulator, business: Business) -> None:
    """A system user's token reaches every number that was registered with it."""
    other = emulator.whatsapp.add_number("+7 999 000-00-02", token=business.number.token)
    assert (await business.call("GET", other.phone_number_id))[1]["id"] == other.phone_number_id


async def test_bodies_must_be_json(business: Business) -> None:
    """A form, broken JSON or an array is error 100."""
    url = f"{business.base_url}/v26.0/{business.number.phone_number_id}/messages"
    headers = {"Authorization": f"Bearer {business.number.token}"}
    as_json = {**headers, "Content-Type": "application/json"}
    for data, sent_headers in (({"to": "+7"}, headers), (b"{", as_json), (b"[]", as_json)):
        async with business.session.post(url, data=data, headers=sent_headers) as response:
            assert (response.status, (await response.json())["error"]["code"]) == (400, 100)


async def test_rates_are_limited_only_when_switched_on(emulator: Emulator, business: Business, talking: Person) -> None:
    """With limits on, the 46th message in a row to one person is 131056, and six seconds later one more may go."""
    emulator.whatsapp.limits.is_on = True
    for _ in range(45):
        await business.sent(talking, **YES_NO)
    assert await business.refusal(to=f"+{talking.phone}", **YES_NO) == (429, 131056)
    emulator.advance(6)
    await business.sent(talking, **YES_NO)
    assert await business.refusal(to=f"+{talking.phone}", **YES_NO) == (429, 131056)


async def test_a_number_is_limited_in_both_directions(emulator: Emulator, business: Business, anna: Person) -> None:
    """With limits on, what people send counts for the number's throughput as well: 130429."""
    emulator.whatsapp.limits.is_on = True
    for _ in range(80):
        emulator.whatsapp.send_text(anna, business.number, "Hello")
    assert await business.refusal(to=f"+{anna.phone}", **text()) == (429, 130429)
    emulator.advance(1)
    await business.sent(anna, **text())
