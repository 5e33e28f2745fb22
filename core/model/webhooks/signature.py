"""The headers of a webhook, signed both ways: ours, and those of Standard Webhooks (standardwebhooks.com).

Ours is ``X-Gatepost-Signature: t=<unix>,v1=<hex>``, HMAC-SHA-256 over ``<t>.<body>`` under the whole secret as a text
(``projects-api`` section 12). Theirs is ``v1,<base64>`` over ``<id>.<timestamp>.<body>``, under what the part after
``whsec_`` stands for in base64. While a secret is being rotated, each has a signature by the former ones as well.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from core.entropy import Entropy
from core.model.ids import DeliveryId

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with is none
_SECRET_OCTETS: Final = 32


def draw_secret(entropy: Entropy) -> str:
    """Make a secret: ``whsec_`` and 32 bytes in base64."""
    return SECRET_PREFIX + b64encode(entropy.octets(_SECRET_OCTETS)).decode()


def headers(delivery_id: DeliveryId, event: str, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Return all headers that say what ``body`` is and from whom; ``secrets`` are the current one and former ones."""
    at = str(int(now.timestamp()))
    ours = ",".join(f"v1={hmac.digest(secret.encode(), f'{at}.'.encode() + body, sha256).hex()}" for secret in secrets)
    theirs = " ".join(f"v1,{_standard(secret, f'{delivery_id}.{at}.'.encode() + body)}" for secret in secrets)
    return {
        "Content-Type": "application/json",
        "X-Gatepost-Signature": f"t={at},{ours}",
        "X-Gatepost-Timestamp": at,
        "X-Gatepost-Delivery-Id": delivery_id,
        "X-Gatepost-Event": event,
        "webhook-id": delivery_id,
        "webhook-timestamp": at,
        "webhook-signature": theirs,
    }


def _standard(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    return b64encode(hmac.digest(key, signed, sha256)).decode()
