"""Endpoints through their life, and the log of what was sent."""

import json
import math
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.entropy import SystemEntropy
from core.errors import Invalid
from core.housekeeping.sweep import Sweep
from core.model.apps.app import App
from core.model.ids import AppId, DeliveryId, EndpointId
from core.model.webhooks.errors import (
    DeliveryErased,
    DeliveryNotFound,
    EndpointDisabled,
    EndpointNotFound,
    TooManyEndpoints,
)
from core.model.webhooks.webhook import Delivery, DeliveryFilter, DeliveryState, Endpoint, Former, WebhookEvent
from core.ports.store import Store, Unit
from core.seal import Seal
from core.webhooks.endpoints import EndpointRequest, WebhookEndpoints, secret_context
from core.webhooks.publisher import NOTES, Event, Publisher, delivery_context
from tests.core.conftest import SetClock

APP_ID, OTHER = AppId("a" * 24), AppId("b" * 24)
URL = "https://shop.example.com/hook?key=swordfish"


@pytest.fixture
async def webhooks(store: Store, clock: SetClock, seal: Seal) -> WebhookEndpoints:
    """Return the story, for two apps."""
    for app_id, slug in ((APP_ID, "shop"), (OTHER, "other")):
        app = App(app_id=app_id, slug=slug, name="Shop", created_at=clock.time)
        await store.write(lambda unit, app=app: unit.apps.add(app))  # type: ignore[misc]
    entropy = SystemEntropy()
    publisher = Publisher(seal=seal, entropy=entropy)
    return WebhookEndpoints(
        store=store, clock=clock, entropy=entropy, seal=seal, publisher=publisher, allows_http=False
    )


async def make(webhooks: WebhookEndpoints, app_id: AppId = APP_ID, **wishes: object) -> Endpoint:
    """Make an endpoint."""
    wish = replace(EndpointRequest(url=URL), **wishes)  # type: ignore[arg-type]
    return (await webhooks.create(app_id, wish)).endpoint


async def tell(webhooks: WebhookEndpoints, count: int = 1) -> list[Delivery]:
    """Have the app told something, each time a second later."""
    told: list[Delivery] = []
    for _ in range(count):
        webhooks.clock.time += timedelta(seconds=1)  # type: ignore[attr-defined]
        told.extend(await webhooks.simulate(APP_ID, WebhookEvent.AUTH_COMPLETED, {"n": 1}))
    return told


async def test_a_secret_is_shown_once_and_kept_sealed(webhooks: WebhookEndpoints) -> None:
    """T22: neither the row nor what is printed of it holds the secret."""
    made = await webhooks.create(APP_ID, EndpointRequest(url=URL))
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.secret)
    assert made.secret not in repr(made)
    (kept,) = await webhooks.endpoints(APP_ID)
    assert kept == made.endpoint
    assert made.secret.encode() not in kept.secret
    assert webhooks.seal.open(kept.secret, secret_context(kept.endpoint_id)).decode() == made.secret


async def test_rotating_keeps_the_old_secret_for_a_day(webhooks: WebhookEndpoints, clock: SetClock) -> None:
    """The new one signs at once."""
    made = await webhooks.create(APP_ID, EndpointRequest(url=URL))
    rotated = await webhooks.rotate_secret(APP_ID, made.endpoint.endpoint_id)
    assert rotated.secret != made.secret
    kept = await webhooks.endpoint(APP_ID, made.endpoint.endpoint_id)
    assert kept == rotated.endpoint
    assert kept.formers == (Former(made.endpoint.secret, clock.time + timedelta(hours=24)),)


async def test_rotating_twice_does_not_shut_out_the_secret_in_use(webhooks: WebhookEndpoints, clock: SetClock) -> None:
    """However often within a day: it signs to its own end, beside the one before the current; three are all."""
    made = await webhooks.create(APP_ID, EndpointRequest(url=URL))
    secrets = [made.endpoint.secret]
    end = clock.time + timedelta(hours=24)
    for _ in range(3):
        rotated = await webhooks.rotate_secret(APP_ID, made.endpoint.endpoint_id)
        secrets.append(rotated.endpoint.secret)
        clock.time += timedelta(hours=6)
    kept = await webhooks.endpoint(APP_ID, made.endpoint.endpoint_id)
    assert kept.secrets(end - timedelta(seconds=1)) == (secrets[3], secrets[2], secrets[0])
    assert kept.secrets(end) == (secrets[3], secrets[2])
    clock.time += timedelta(hours=24)
    assert (await webhooks.rotate_secret(APP_ID, made.endpoint.endpoint_id)).endpoint.formers == (
        Former(secrets[3], clock.time + timedelta(hours=24)),
    )


async def test_five_endpoints_are_all(webhooks: WebhookEndpoints) -> None:
    """Each app has its own five."""
    for _ in range(5):
        await make(webhooks)
    with pytest.raises(TooManyEndpoints):
        await make(webhooks)
    await make(webhooks, OTHER)


async def test_what_is_not_named_stays(webhooks: WebhookEndpoints) -> None:
    """A change touches what it names; enabling anew forgets failures, and naming the state it has does nothing."""
    made = await make(webhooks, events=("auth.completed",), description="the shop")
    changed = await webhooks.change(APP_ID, made.endpoint_id, EndpointRequest(description="the new shop"))
    assert changed == replace(made, description="the new shop")
    off = await webhooks.change(APP_ID, made.endpoint_id, EndpointRequest(enabled=False))
    assert (off.enabled, off.why_disabled) == (False, "switched off by hand")
    assert await webhooks.change(APP_ID, made.endpoint_id, EndpointRequest(enabled=True)) == changed
    failing = replace(changed, failing_since=webhooks.clock.now())
    await webhooks.store.write(lambda unit: unit.webhooks.put_endpoint(failing))
    assert await webhooks.change(APP_ID, made.endpoint_id, EndpointRequest(enabled=True)) == failing


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
async def test_urls_that_are_not_plain_https_are_refused(webhooks: WebhookEndpoints, url: str) -> None:
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
async def test_plain_urls_are_taken_as_they_are(webhooks: WebhookEndpoints, url: str) -> None:
    """To the letter; whether the address is public is looked at when it is called."""
    assert (await make(webhooks, url=url)).url == url


async def test_http_is_for_networks_that_the_operator_allows(webhooks: WebhookEndpoints) -> None:
    """The network itself is looked at when it is called."""
    assert (await make(replace(webhooks, allows_http=True), url="http://10.1.2.3:8080/hook")).enabled


@pytest.mark.parametrize(
    "wishes", [{"events": ("auth.completed", "auth.cancelled")}, {"description": "a\nb"}, {"description": "a" * 201}]
)
async def test_unknown_events_and_odd_descriptions_are_refused(
    webhooks: WebhookEndpoints, wishes: dict[str, object]
) -> None:
    """Naming what is wrong."""
    with pytest.raises(Invalid, match=f"{next(iter(wishes))}: "):
        await make(webhooks, APP_ID, **wishes)


async def test_only_wanted_events_are_told(webhooks: WebhookEndpoints) -> None:
    """None named means all; a disabled endpoint is told nothing."""
    all_of_them = await make(webhooks)
    await make(webhooks, events=("phone.moved",))
    off = await make(webhooks)
    await webhooks.change(APP_ID, off.endpoint_id, EndpointRequest(enabled=False))
    assert [note.endpoint_id for note in await tell(webhooks)] == [all_of_them.endpoint_id]
    with pytest.raises(Invalid, match="event: "):
        await webhooks.simulate(APP_ID, "auth.cancelled", {})


async def test_a_rolled_back_cause_tells_nobody(webhooks: WebhookEndpoints) -> None:
    """The note is part of the transaction of its cause."""
    await make(webhooks)

    def change_mind(unit: Unit) -> None:
        webhooks.publisher.publish(unit, APP_ID, webhooks.clock.now(), Event(WebhookEvent.AUTH_COMPLETED, {}))
        raise EndpointNotFound

    with pytest.raises(EndpointNotFound):
        await webhooks.store.write(change_mind)
    assert not (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries


async def test_a_disabled_app_is_told_nothing(webhooks: WebhookEndpoints) -> None:
    """No note is written, so none can come late; once it is enabled it is told as before."""
    await make(webhooks)
    app = await webhooks.store.read(lambda unit: unit.apps.by_id(APP_ID))
    assert app is not None
    await webhooks.store.write(lambda unit: unit.apps.put(replace(app, enabled=False)))
    assert not await tell(webhooks)
    await webhooks.store.write(lambda unit: unit.apps.put(app))
    assert len(await tell(webhooks)) == 1


async def test_the_bell_rings_only_for_notes(webhooks: WebhookEndpoints) -> None:
    """Nobody is woken where nobody wants to know."""
    await make(webhooks, events=("phone.moved",))
    for event, rings in ((WebhookEvent.AUTH_COMPLETED, False), (WebhookEvent.PHONE_MOVED, True)):
        with webhooks.store.bells.hold(NOTES) as bell:
            await webhooks.simulate(APP_ID, event, {})
            assert await bell.wait(0) is rings


async def test_a_simulated_event_says_so(webhooks: WebhookEndpoints) -> None:
    """In the body and in the log; what really happened does not."""
    await make(webhooks)
    real = Event(WebhookEvent.AUTH_COMPLETED, {"n": 1})
    (note,) = await tell(webhooks)
    assert note.is_test
    assert json.loads(webhooks.seal.open(note.body, delivery_context(note.delivery_id))) == {
        "event": "auth.completed",
        "data": {"n": 1},
        "test": True,
    }
    (other,) = await webhooks.store.write(
        lambda unit: webhooks.publisher.publish(unit, APP_ID, webhooks.clock.now(), real)
    )
    assert not other.is_test
    assert webhooks.seal.open(other.body, delivery_context(other.delivery_id)) == real.body()
    assert real.body() == b'{"event": "auth.completed", "data": {"n": 1}}'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 10**5000], ids=["nan", "inf", "-inf", "large"])
async def test_what_is_no_number_in_json_is_not_told(webhooks: WebhookEndpoints, number: float) -> None:
    """However deep it is."""
    await make(webhooks)
    with pytest.raises(Invalid, match="data: "):
        await webhooks.simulate(APP_ID, WebhookEvent.AUTH_COMPLETED, {"a": [{"b": number}]})
    assert not (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries


def test_half_a_letter_in_a_name_is_told_too() -> None:
    """UTF-8 cannot carry it; JSON can, and nobody's login fails over it."""
    body = Event(WebhookEvent.AUTH_COMPLETED, {"first_name": "Ann\ud83d"}).body()
    assert json.loads(body)["data"] == {"first_name": "Ann\ud83d"}


async def test_the_log_is_paged_newest_first(webhooks: WebhookEndpoints) -> None:
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
async def test_a_page_has_its_bounds(webhooks: WebhookEndpoints, limit: int) -> None:
    """One to two hundred."""
    with pytest.raises(Invalid, match="limit: "):
        await webhooks.deliveries(DeliveryFilter(APP_ID), None, limit)


async def test_nobody_touches_what_is_another_app_s(webhooks: WebhookEndpoints) -> None:
    """Neither endpoints nor deliveries, nor cursors of theirs: as if they were not there."""
    theirs = (await make(webhooks)).endpoint_id
    (note,) = await tell(webhooks)
    for attempt in (
        webhooks.endpoint(OTHER, theirs),
        webhooks.change(OTHER, theirs, EndpointRequest(description="mine")),
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


async def test_resending_begins_anew_under_the_same_id(webhooks: WebhookEndpoints) -> None:
    """With all attempts before it; not to an endpoint that is switched off, nor what is not there."""
    endpoint = await make(webhooks)
    (note,) = await tell(webhooks)
    failed = replace(
        note, state=DeliveryState.FAILED, attempts=10, next_at=None, settled_at=note.created_at, status=500
    )
    await webhooks.store.write(lambda unit: unit.webhooks.swap_delivery(note, failed))
    again = await webhooks.resend(APP_ID, note.delivery_id)
    assert again == replace(note, status=500)
    await webhooks.change(APP_ID, endpoint.endpoint_id, EndpointRequest(enabled=False))
    with pytest.raises(EndpointDisabled):
        await webhooks.resend(APP_ID, note.delivery_id)
    with pytest.raises(DeliveryNotFound):
        await webhooks.resend(APP_ID, DeliveryId("nothing"))


async def test_names_that_arrived_are_erased_after_three_days(webhooks: WebhookEndpoints, clock: SetClock) -> None:
    """The log keeps the delivery, which cannot be sent again; what is younger, or did not arrive, can."""
    await make(webhooks)
    arrived, failed = await tell(webhooks, 2)
    settled_at = clock.time
    for note, state in ((arrived, DeliveryState.DELIVERED), (failed, DeliveryState.FAILED)):
        after = replace(note, state=state, next_at=None, settled_at=settled_at)
        await webhooks.store.write(lambda unit, note=note, after=after: unit.webhooks.swap_delivery(note, after))  # type: ignore[misc]
    sweep = Sweep(store=webhooks.store, clock=clock)
    clock.time = settled_at + timedelta(days=3)
    await sweep.sweep()
    assert (await webhooks.store.read(lambda unit: unit.webhooks.delivery(arrived.delivery_id))).body  # type: ignore[union-attr]
    clock.time += timedelta(seconds=1)
    await sweep.sweep()
    assert [bool(each.body) for each in (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries] == [
        True,
        False,
    ]
    with pytest.raises(DeliveryErased):
        await webhooks.resend(APP_ID, arrived.delivery_id)
    await webhooks.resend(APP_ID, failed.delivery_id)


async def test_removing_an_endpoint_removes_its_log(webhooks: WebhookEndpoints) -> None:
    """And what waited for it; a second time it is not there."""
    endpoint = await make(webhooks)
    await tell(webhooks)
    await webhooks.remove(APP_ID, endpoint.endpoint_id)
    assert not (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries
    with pytest.raises(EndpointNotFound):
        await webhooks.remove(APP_ID, EndpointId(endpoint.endpoint_id))


async def test_the_log_is_forgotten_after_thirty_days(webhooks: WebhookEndpoints, clock: SetClock) -> None:
    """With bodies and all."""
    await make(webhooks)
    await tell(webhooks)
    sweep = Sweep(store=webhooks.store, clock=clock)
    clock.time += timedelta(days=30)
    await sweep.sweep()
    assert (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries
    clock.time += timedelta(seconds=1)
    await sweep.sweep()
    assert not (await webhooks.deliveries(DeliveryFilter(APP_ID), None, 10)).deliveries
