"""The profile of who confirmed: made in the bot, sealed into the login, opened when a site redeems it, then erased."""

import json
from datetime import datetime

from core.model.ids import LoginId, PersonId, Phone
from core.model.people.person import Account, MessengerName, Profile, Sender
from core.seal import Seal


def profile_of(sender: Sender, account: Account) -> Profile:
    """Return what a site will learn: the names as the messenger just told them, the phone as it was proved."""
    return Profile(
        person_id=account.person_id,
        user_id=account.user_id,
        messenger=account.messenger,
        first_name=sender.first_name,
        last_name=sender.last_name,
        username=sender.username,
        phone=account.phone,
        phone_verified_at=account.phone_verified_at,
    )


def seal_profile(profile: Profile, login_id: LoginId, seal: Seal) -> bytes:
    """Return the profile, sealed for this login."""
    fields = (
        profile.person_id,
        profile.user_id,
        profile.messenger.value,
        profile.first_name,
        profile.last_name,
        profile.username,
        profile.phone,
        profile.phone_verified_at and profile.phone_verified_at.isoformat(),
    )
    return seal.seal(json.dumps(fields).encode(), profile_context(login_id))


def open_profile(sealed: bytes, login_id: LoginId, seal: Seal) -> Profile:
    """Return what ``seal_profile`` sealed for this login; raise ``SealBrokenError``."""
    person_id, user_id, messenger, first_name, last_name, username, phone, verified_at = json.loads(
        seal.open(sealed, profile_context(login_id))
    )
    return Profile(
        person_id=PersonId(person_id),
        user_id=user_id,
        messenger=MessengerName(messenger),
        first_name=first_name,
        last_name=last_name,
        username=username,
        phone=phone and Phone(phone),
        phone_verified_at=verified_at and datetime.fromisoformat(verified_at),
    )


def profile_context(login_id: LoginId) -> str:
    """Return what a login's profile is sealed for."""
    return f"profile {login_id}"
