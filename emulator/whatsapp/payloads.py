"""The `value` objects of webhooks: what a business is told of messages and statuses, and of whom they are."""

from typing import Any

from emulator.whatsapp.errors import webhook_error
from emulator.whatsapp.identity import Identity
from emulator.whatsapp.model import Message, Number

Json = dict[str, Any]


def value_for(number: Number, **parts: Any) -> Json:  # noqa: ANN401 - parts are any JSON
    """Make a value about a number."""
    metadata = {"display_phone_number": number.digits, "phone_number_id": number.phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata, **parts}


def contact_of(identity: Identity, *, shows_phone: bool) -> Json:
    """Describe whom a value is about."""
    profile = {"name": identity.profile_name}
    if identity.username:
        profile["username"] = identity.username
    return {"profile": profile, **_named(identity, "wa_id", "user_id", shows_phone=shows_phone)}


def message_value(number: Number, sender: Identity, message: Json, *, shows_phone: bool) -> Json:
    """Tell of a message that a person sent; `message` has its id, time, type and content."""
    return value_for(
        number,
        contacts=[contact_of(sender, shows_phone=shows_phone)],
        messages=[{**_named(sender, "from", "from_user_id", shows_phone=shows_phone), **message}],
    )


def status_value(number: Number, recipient: Identity, message: Message, status: Json, *, shows_phone: bool) -> Json:
    """Tell what became of a message; `status` has its name, time and what else belongs to it."""
    names = _named(recipient, "recipient_id", "recipient_user_id", shows_phone=shows_phone)
    is_failed = status["status"] == "failed"
    if is_failed and message.is_to_phone:
        names.pop("recipient_user_id", None)
    told = {"id": message.id, **names, **status}
    if message.opaque is not None:
        told["biz_opaque_callback_data"] = message.opaque
    if is_failed:
        return value_for(number, statuses=[told])
    return value_for(number, contacts=[contact_of(recipient, shows_phone=shows_phone)], statuses=[told])


def failure(code: int) -> Json:
    """Make the part of a failed status that says why."""
    return {"status": "failed", "errors": [webhook_error(code)]}


def _named(identity: Identity, phone_field: str, user_id_field: str, *, shows_phone: bool) -> Json:
    """Name a person: what is not to be known is left out, not empty. Legacy people have nothing but the phone."""
    names: Json = {}
    if shows_phone or identity.is_legacy:
        names[phone_field] = identity.wa_id
    if not identity.is_legacy:
        names[user_id_field] = identity.user_id
    return names
