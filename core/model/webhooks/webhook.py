"""Webhooks: the addresses to which a site wants events posted, and each delivery of one event to one of them.

Sources: ``projects-api`` section 12, ``delivery`` section 2, and Standard Webhooks. When to try again is in
``retries``, what goes along in the headers in ``signature``.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.apps.app import URL_LIMIT, plain_text
from core.model.ids import AppId, DeliveryId, EndpointId, SubscriptionId

ENDPOINTS_LIMIT: Final = 5
"""How many endpoints an app may have."""
ENDPOINT_DESCRIPTION_LIMIT: Final = 200
FORMERS_LIMIT: Final = 2
"""How many former secrets of an endpoint sign beside the current one."""
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?:[/?].*)?"
)
_UNSAFE: Final = re.compile(r"[#\\<>\"]|[^!-~]")
_WELL_KNOWN_PORTS: Final = range(1024)
_WEB_PORTS: Final = (80, 443)
_HIGHEST_PORT: Final = 65535


class WebhookEvent(StrEnum):
    """The events that a site can hear of, in the contract's words."""

    AUTH_COMPLETED = "auth.completed"
    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_DELETED = "subscription.deleted"
    PHONE_MOVED = "phone.moved"
    BUTTON_CLICKED = "button.clicked"
    DELIVERY_SUCCESS = "delivery.success"
    DELIVERY_FAILED = "delivery.failed"
    OTP_SENT = "otp.sent"
    OTP_VERIFIED = "otp.verified"
    OTP_FAILED_ATTEMPT = "otp.failed_attempt"
    OTP_MAX_ATTEMPTS_REACHED = "otp.max_attempts_reached"
    SCHEDULED_SENT = "scheduled.sent"
    SCHEDULED_FAILED = "scheduled.failed"
    RECURRING_SENT = "recurring.sent"
    DRIP_STEP_SENT = "drip.step_sent"
    DRIP_COMPLETED = "drip.completed"
    BROADCAST_COMPLETED = "broadcast.completed"
    BROADCAST_CANCELLED = "broadcast.cancelled"


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Former:
    """A secret (sealed) that was replaced, and signs beside the current one until ``until``."""

    secret: bytes = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of a site; no ``events`` means all of them.

    ``secret`` is sealed; ``formers`` are those before it, newest first. ``failing_since`` is when it last began to
    fail; ``why_disabled`` tells who or what switched it off.
    """

    endpoint_id: EndpointId
    app_id: AppId
    url: str
    events: tuple[str, ...] = ()
    description: str = ""
    enabled: bool = True
    secret: bytes
    formers: tuple[Former, ...] = ()
    created_at: datetime
    failing_since: datetime | None = None
    why_disabled: str | None = None

    def wants(self, event: str) -> bool:
        """Tell whether the endpoint gets events of this name."""
        return self.enabled and (not self.events or event in self.events)

    def secrets(self, now: datetime) -> tuple[bytes, ...]:
        """Return all secrets that sign now, the current one first."""
        return (self.secret, *(former.secret for former in self.formers if now < former.until))

    def with_secret(self, secret: bytes, now: datetime, until: datetime) -> "Endpoint":
        """Return the endpoint with a new secret; the one it had signs too until then.

        Of the former ones that still sign the one with the least time left stays: it is the one that the site has used
        longest, and may well use still, however often it is rotated.
        """
        alive = [former for former in self.formers if now < former.until]
        return replace(self, secret=secret, formers=(Former(self.secret, until), *alive[1 - FORMERS_LIMIT :]))

    def switched_on(self) -> "Endpoint":
        """Return the endpoint enabled, as if it had never failed."""
        return replace(self, enabled=True, failing_since=None, why_disabled=None)

    def switched_off(self, why: str) -> "Endpoint":
        """Return the endpoint disabled; ``why`` is shown to the site and the operator."""
        return replace(self, enabled=False, why_disabled=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint.

    ``body`` is the JSON that is sent, sealed, and empty once it was erased. ``subscription_id`` is whom it is about, if
    it is about one subscriber; ``is_test`` tells that it did not really happen. While it waits, ``next_at`` is when it
    is tried next; the worker that tries it holds it until ``leased_until``, and it is next tried then. ``status`` and
    ``error`` are of the last attempt.
    """

    delivery_id: DeliveryId
    endpoint_id: EndpointId
    app_id: AppId
    event: str
    body: bytes = field(repr=False)
    created_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    next_at: datetime | None = None
    leased_until: datetime | None = None
    status: int | None = None
    error: str | None = None
    settled_at: datetime | None = None
    subscription_id: SubscriptionId | None = None
    is_test: bool = False

    def again(self, now: datetime) -> "Delivery":
        """Return the delivery as one that is tried now, with all its attempts before it."""
        return replace(self, state=DeliveryState.WAITING, attempts=0, next_at=now, leased_until=None, settled_at=None)


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which of an app's deliveries are wanted; ``None`` is any."""

    app_id: AppId
    endpoint_id: EndpointId | None = None
    state: DeliveryState | None = None


@dataclass(frozen=True, slots=True)
class EndpointResponse:
    """What a site said to one attempt: an HTTP status, or else in ``error`` a few words on why there is none.

    ``retry_after`` is the header of that name as it came.
    """

    status: int | None = None
    error: str | None = None
    retry_after: str | None = None


def checked_endpoint(endpoint: Endpoint, *, allows_http: bool) -> Endpoint:
    """Return ``endpoint`` if it may be saved so, or raise ``Invalid`` naming what is wrong."""
    _check_url(endpoint.url, allows_http=allows_http)
    names = tuple(event.value for event in WebhookEvent)
    unknown = [event for event in endpoint.events if event not in names]
    if unknown:
        raise Invalid("events", Wrong.UNKNOWN_EVENT, event=unknown[0][:URL_LIMIT], choices=names)
    if endpoint.description != plain_text(endpoint.description, ENDPOINT_DESCRIPTION_LIMIT):
        raise Invalid("description", Wrong.BAD_DESCRIPTION, most=ENDPOINT_DESCRIPTION_LIMIT)
    return replace(endpoint, events=tuple(dict.fromkeys(endpoint.events)))


def _check_url(url: str, *, allows_http: bool) -> None:
    """Raise ``Invalid`` for whatever two parsers might read differently, and for ports of other services (T26)."""
    parts = _URL.fullmatch(url)
    if len(url) > URL_LIMIT or parts is None or _UNSAFE.search(url):
        raise Invalid("url", Wrong.BAD_HOOK)
    if parts["scheme"] == "http" and not allows_http:
        raise Invalid("url", Wrong.HOOK_WITHOUT_HTTPS)
    port = int(parts["port"] or _WEB_PORTS[-1])
    if port > _HIGHEST_PORT or (port in _WELL_KNOWN_PORTS and port not in _WEB_PORTS):
        raise Invalid("url", Wrong.BAD_PORT)
