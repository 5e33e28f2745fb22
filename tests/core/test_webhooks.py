"""Endpoints through their life, and the log of what was sent."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from gatepost.core.entropy import SystemEntropy
from gatepost.core.errors import DeliveryNotFound, EndpointDisabled, EndpointNotFound, Invalid, TooManyEndpoints
from gatepost.core.flows.telling import Teller
from gatepost.core.flows.tidy import Tidy
from gatepost.core.flows.webhooks import EndpointWish, Webhooks, secret_context
from gatepost.core.model.app import App
from gatepost.core.model.ids import AppId, DeliveryId, EndpointId
from gatepost.core.model.webhook import Delivery, DeliveryFilter, DeliveryState, Endpoint, WebhookEvent
from gatepost.core.ports import Store, Unit
from gatepost.core.seal import Seal
from tests.core.conftest import SetClock

APP_ID, OTHER = AppId("a" * 24), AppId("b" * 24)
URL = "https://shop.example.com/hook?key=swordfish"


@pytest.fixture
async def webhooks(store: Store, clock: SetClock, seal: Seal) -> Webhooks:
    """Return the story, for two apps."""
    for app_id, slug in ((APP_ID, "shop"), (OTHER, "other")):
        app = App(app_id=app_id, slug=slug, name="Shop", created_at=clock.time)
        await store.write(lambda unit, app=app: unit.apps.add(app))  # type: ignore[misc]
    entropy = SystemEntropy()
    teller = Teller(seal=seal, entropy=entropy)
    return Webhooks(store=store, clock=clock, entropy=entropy, seal=seal, teller=teller, allows_http=False)


async def make(webhooks: Webhooks, app_id: AppId = APP_ID, **wishes: object) -> Endpoint:
    """Make an endpoint."""
    wish = replace(EndpointWish(url=URL), **wishes)  # type: ignore[arg-type]
    return (await webhooks.create(app_id, wish)).endpoint


async def tell(webhooks: Webhooks, count: int = 1) -> list[Delivery]:
    """Have the app told something, each time a second later."""
    told: list[Delivery] = []
    for _ in range(count):
        webhooks.clock.time += timedelta(seconds=1)  # type: ignore[attr-defined]
        told.extend(await webhooks.simulate(APP_ID, WebhookEvent.AUTH_COMPLETED, {"n": 1}))
    return told


async def test_a_secret_is_shown_once_and_kept_sealed(webhooks: Webhooks) -> None:
    """T22: neither the row nor what is printed of it holds the secret."""
    made = await webhooks.create(APP_ID, EndpointWish(url=URL))
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.secret)
    assert made.secret not in repr(made)
    (kept,) = await webhooks.endpoints(APP_ID)
    assert kept == made.endpoint
    assert made.secret.encode() not in kept.secret
    assert webhooks.seal.open(kept.secret, secret_context(kept.endpoint_id)).decode() == made.secret


async def test_rotating_keeps_the_old_secret_for_a_day(webhooks: Webhooks, clock: SetClock) -> None:
    """The new one signs at once."""
    made = await webhooks.create(APP_ID, EndpointWish(url=URL))
    rotated = await webhooks.rotate_secret(APP_ID, made.endpoint.endpoint_id)
    assert rotated.secret != made.secret
    kept = await webhooks.endpoint(APP_ID, made.endpoint.endpoint_id)
    assert kept == rotated.endpoint
    assert kept.former_secret == made.endpoint.secret
    assert kept.former_until == clock.time + timedelta(hours=24)


async def test_five_endpoints_are_all(webhooks: Webhooks) -> None:
    """Each app has its own five."""
    for _ in range(5):
        await make(webhooks)
    with pytest.raises(TooManyEndpoints):
        await make(webhooks)
    await make(webhooks, OTHER)


async def test_what_is_not_named_stays(webhooks: Webhooks) -> None:
    """A change touches what it names; enabling anew forgets failures, and naming the state it has does nothing."""
    made = await make(webhooks, events=("auth.completed",), description="the shop")
    changed = await webhooks.change(APP_ID, made.endpoint_id, EndpointWish(description="the new shop"))
    assert changed == replace(made, description="the new shop")
    off = await webhooks.change(APP_ID, made.endpoint_id, EndpointWish(enabled=False))
    assert (off.enabled, off.why_disabled) == (False, "switched off by hand")
    assert await webhooks.change(APP_ID, made.endpoint_id, EndpointWish(enabled=True)) == changed
    failing = replace(changed, failing_since=webhooks.clock.now())
    await webhooks.store.write(lambda unit: unit.webhooks.put_endpoint(failing))
    assert await webhooks.change(APP_ID, made.endpoint_id, EndpointWish(enabled=True)) == failing


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://shop.example.com/",
        "ftp://shop.example.com/",
        "https://",
        "https:///path",
        "https://user@shop.example.com/",
        "https://user:word@shop.example.com/",
        "https://shop.example.com/#part",
        "https://shop.example.com\\@evil.example.com/",
        "https://shop.example.com/a b",
        "https://shop.example.com/\n",
        "https://läden.example/",
        "https://shop.example.com:0/",
        "https://shop.example.com:22/",
        "https://shop.example.com:65536/",
        "https://shop.example.com/" + "a" * 2048,
    ],
)
async def test_urls_that_are_not_plain_https_are_refused(webhooks: Webhooks, url: str) -> None:
    """T26: what two parsers could read differently, plain http, and the ports of other services."""
    with pytest.raises(Invalid, match="url: "):
        await make(webhooks, url=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com",
        "https://shop.example.com/a/b?c=d&e=%20@",
        "https://shop.example.com:8443?x",
        "https://[2a00:1450::1]:443/",
        "https://192.0.2.1/",
    ],
)
async def test_plain_urls_are_taken_as_they_are(webhooks: Webhooks, url: str) -> None:
    """To the letter; whether the address is public is looked at when it is called."""
    assert (await make(webhooks, url=url)).url == url


async def test_http_is_for_networks_that_the_operator_allows(webhooks: Webhooks) -> None:
    """The network itself is looked at when it is called."""
    assert (await make(replace(webhooks, allows_http=True), url="http://10.1.2.3:8080/hook")).enabled


@pytest.mark.parametrize(
    "wishes", [{"events": ("auth.completed", "auth.cancelled")}, {"description": "a\nb"}, {"description": "a" * 201}]
)
async def test_unknown_events_and_odd_descriptions_are_refused(webhooks: Webhooks, wishes: dict[str, object]) -> None:
    """Naming what is wrong."""
    with pytest.raises(Invalid, match=f"{next(iter(wishes))}: "):
        await make(webhooks, APP_ID, **wishes)


async def test_only_wanted_events_are_told(webhooks: Webhooks) -> None:
    """None named means all; a disabled endpoint is told nothing."""
    all_of_them = await make(webhooks)
    await make(webhooks, events=("phone.moved",))
    off = await make(webhooks)
    await webhooks.change(APP_ID, off.endpoint_id, EndpointWish(enabled=False))
    assert [note.endpoint_id for note in await tell(webhooks)] == [all_of_them.endpoint_id]
    with pytest.raises(Invalid, match="event: "):
        await webhooks.simulate(APP_ID, "auth.cancelled", {})


async def test_a_rolled_back_cause_tells_nobody(webhooks: Webhooks) -> None:
    """The note is part of the transaction of its cause."""
    await make(webhooks)

    def change_mind(unit: Unit) -> None:
        webhooks.teller.tell(unit, APP_ID, WebhookEvent.AUTH_COMPLETED, {}, webhooks.clock.now())
        raise EndpointNotFound

    with pytest.raises(EndpointNotFound):
        await webhooks.store.write(change_mind)
    assert not (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries


async def test_the_log_is_paged_newest_first(webhooks: Webhooks) -> None:
    """Every delivery is on one page, in order, and the last page says so."""
    await make(webhooks)
    told = [note.delivery_id for note in await tell(webhooks, 5)]
    seen: list[DeliveryId] = []
    cursor = None
    for _ in range(3):
        page = await webhooks.deliveries(DeliveryFilter(APP_ID), cursor, 2)
        seen.extend(delivery.delivery_id for delivery in page.deliveries)
        cursor = page.next_cursor
    assert seen == told[::-1]
    assert cursor is None


@pytest.mark.parametrize("limit", [0, 201])
async def test_a_page_has_its_bounds(webhooks: Webhooks, limit: int) -> None:
    """One to two hundred."""
    with pytest.raises(Invalid, match="limit: "):
        await webhooks.deliveries(DeliveryFilter(APP_ID), None, limit)


async def test_nobody_touches_what_is_another_app_s(webhooks: Webhooks) -> None:
    """Neither endpoints nor deliveries, nor cursors of theirs: as if they were not there."""
    theirs = (await make(webhooks)).endpoint_id
    (note,) = await tell(webhooks)
    for attempt in (
        webhooks.endpoint(OTHER, theirs),
        webhooks.change(OTHER, theirs, EndpointWish(description="mine")),
        webhooks.remove(OTHER, theirs),
        webhooks.rotate_secret(OTHER, theirs),
    ):
        with pytest.raises(EndpointNotFound):
            await attempt
    with pytest.raises(DeliveryNotFound):
        await webhooks.resend(OTHER, note.delivery_id)
    with pytest.raises(Invalid, match="cursor: "):
        await webhooks.deliveries(DeliveryFilter(OTHER), note.delivery_id, 10)
    assert not (await webhooks.deliveries(DeliveryFilter(OTHER, theirs), None, 10)).deliveries


async def test_resending_begins_anew_under_the_same_id(webhooks: Webhooks) -> None:
    """With all attempts before it; not to an endpoint that is switched off, nor what is not there."""
    endpoint = await make(webhooks)
    (note,) = await tell(webhooks)
    failed = replace(
        note, state=DeliveryState.FAILED, attempts=10, next_at=None, settled_at=note.created_at, status=500
    )
    await webhooks.store.write(lambda unit: unit.webhooks.swap_delivery(note, failed))
    again = await webhooks.resend(APP_ID, note.delivery_id)
    assert again == replace(note, status=500)
    await webhooks.change(APP_ID, endpoint.endpoint_id, EndpointWish(enabled=False))
    with pytest.raises(EndpointDisabled):
        await webhooks.resend(APP_ID, note.delivery_id)
    with pytest.raises(DeliveryNotFound):
        await webhooks.resend(APP_ID, DeliveryId("nothing"))


async def test_removing_an_endpoint_removes_its_log(webhooks: Webhooks) -> None:
    """And what waited for it; a second time it is not there."""
    endpoint = await make(webhooks)
    await tell(webhooks)
    await webhooks.remove(APP_ID, endpoint.endpoint_id)
    assert not (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries
    with pytest.raises(EndpointNotFound):
        await webhooks.remove(APP_ID, EndpointId(endpoint.endpoint_id))


async def test_the_log_is_forgotten_after_thirty_days(webhooks: Webhooks, clock: SetClock) -> None:
    """With bodies and all."""
    await make(webhooks)
    await tell(webhooks)
    tidy = Tidy(store=webhooks.store, clock=clock)
    clock.time += timedelta(days=30)
    await tidy.sweep()
    assert (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries
    clock.time += timedelta(seconds=1)
    await tidy.sweep()
    assert not (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries
