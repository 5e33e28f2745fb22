"""All that a database keeps sealed: in which columns, and for what. A new master key seals these anew.

A test holds this list against the tables, so that a new column of sealed bytes has its line here. Columns are named as
in the database.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.broadcasts.jobs import draft_context
from core.later.drips import chain_context
from core.later.recurring import recurring_context
from core.later.scheduled import scheduled_context
from core.login.profile import profile_context
from core.messengers.inbox import update_context
from core.people.names import names_context
from core.seal import Seal
from core.sending.outbox import content_context
from core.tokens.jwt import signing_key_context
from core.webhooks.endpoints import secret_context
from core.webhooks.publisher import delivery_context
from storage.vault import line_context, whereabouts_context


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed bytes; ``context`` is what they are sealed for, made of the row's ``identity``."""

    table: str
    column: str
    identity: tuple[str, ...]
    context: Callable[..., str]
    reseal: Callable[[Any, str, Seal, Seal], object]
    """Seals a value anew: what is kept, its context, the former seal and the new one; may raise ``SealBrokenError``."""


def _resealed(sealed: bytes, context: str, former: Seal, new: Seal) -> bytes:
    return new.seal(former.open(sealed, context), context)


def _resealed_formers(kept: str, context: str, former: Seal, new: Seal) -> str:
    """Seal anew the former secrets of an endpoint, a JSON array of pairs: base64, and until when each signs."""
    return json.dumps(
        [
            (b64encode(_resealed(b64decode(secret), context, former, new)).decode(), until)
            for secret, until in json.loads(kept)
        ]
    )


def digest_keys_context(name: str) -> str:
    """Return what the keys left of former master keys are sealed for."""
    return f"keys of {name}"


def _sealed(table: str, column: str, *identity: str, of: Callable[..., str]) -> SealedColumn:
    return SealedColumn(table, column, identity, of, _resealed)


DIGESTS: Final = "digests"
"""The one row of ``digest_keys``."""
SEALED: Final = (
    _sealed("digest_keys", "sealed", "name", of=digest_keys_context),
    _sealed("signing_keys", "sealed", "kid", of=signing_key_context),
    _sealed("accounts", "whereabouts", "account_id", of=whereabouts_context),
    _sealed("persons", "line", "person_id", of=line_context),
    _sealed("subscriptions", "names", "subscription_id", of=names_context),
    _sealed("logins", "profile", "login_id", of=profile_context),
    _sealed("inbox", "body", "bot", "key", of=update_context),
    _sealed("notices", "content", "notice_id", of=content_context),
    _sealed("broadcasts", "draft", "job_id", of=draft_context),
    _sealed("scheduled", "content", "scheduled_id", of=scheduled_context),
    _sealed("recurring", "draft", "recurring_id", of=recurring_context),
    _sealed("drip_chains", "steps", "chain_id", of=chain_context),
    _sealed("endpoints", "secret", "endpoint_id", of=secret_context),
    SealedColumn("endpoints", "formers", ("endpoint_id",), secret_context, _resealed_formers),
    _sealed("deliveries", "body", "delivery_id", of=delivery_context),
)
"""Those first that tell whether a key is the right one."""
TELLING: Final = frozenset({"digest_keys", "signing_keys", "accounts", "persons"})
"""Tables that tell by any of their rows which the key is. One damaged text of a message must keep nobody from starting;
every daemon makes signing keys first of all."""
