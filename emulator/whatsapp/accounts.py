"""What a business does with its number and account: describe the number, subscribe the account to webhooks."""

import ipaddress
from typing import Any, Final
from urllib.parse import urlsplit

from emulator.errors import ImpossibleError
from emulator.whatsapp.errors import invalid
from emulator.whatsapp.identity import shown
from emulator.whatsapp.model import Number
from emulator.whatsapp.parts import refuse_others, words
from emulator.whatsapp.platform import WhatsApp

Json = dict[str, Any]

_USUAL_FIELDS: Final = "verified_name,display_phone_number,quality_rating"
_URL_LIMIT: Final = 2048


def describe_number(number: Number, fields: object) -> Json:
    """Tell the fields asked for, separated by commas, and the id."""
    known = {
        "id": number.phone_number_id,
        "display_phone_number": shown(number.digits),
        "verified_name": number.verified_name,
        "quality_rating": number.quality_rating,
        "whatsapp_business_manager_messaging_limit": number.messaging_limit,
    }
    asked = [name.strip() for name in str(fields or _USUAL_FIELDS).split(",") if name.strip()]
    for name in asked:
        if name not in known:
            raise invalid(f"Tried accessing nonexisting field ({name}) on node type (WhatsAppBusinessPhoneNumber)")
    return {name: known[name] for name in (*asked, "id")}


async def subscribe_app(whatsapp: WhatsApp, number: Number, values: Json) -> Json:
    """Subscribe the account to the app's webhooks, perhaps at a callback of its own."""
    refuse_others(values, ("override_callback_uri", "verify_token"), "body")
    if values:
        url = words(values, "override_callback_uri", "", _URL_LIMIT)
        token = words(values, "verify_token", "", _URL_LIMIT)
        try:
            await set_callback(whatsapp, number, url, token)
        except ImpossibleError as error:
            raise invalid(f"Callback verification failed: {error}") from None
    number.is_subscribed = True
    return {"success": True}


def get_subscribed_apps(number: Number) -> Json:
    """List the apps that get the account's webhooks: one or none."""
    app = {"id": number.account_id[::-1], "name": number.verified_name, "link": "https://www.facebook.com/games/"}
    return {"data": [{"whatsapp_business_api_data": app}] if number.is_subscribed else []}


async def set_callback(whatsapp: WhatsApp, number: Number, url: str, verify_token: str) -> None:
    """Save where webhooks go, once the callback has proved that it knows the token."""
    _check_url(url)
    challenge = str(whatsapp.chance.randrange(10**8, 10**10))
    trouble = await whatsapp.webhooks.verify(url, verify_token, challenge)
    if trouble is not None:
        raise ImpossibleError("not_verified", f"The callback was not verified: {trouble}.")
    number.callback_url = url


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise ImpossibleError("bad_callback", "The callback is not a URL.") from None
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host))):
        raise ImpossibleError("bad_callback", "A callback begins with https://, or http:// for a loopback address.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
