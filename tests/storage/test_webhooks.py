"""Endpoints and deliveries come back as they were kept, and nobody else gets hold of what is leased."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.model.ids import AppId, DeliveryId, EndpointId, SubscriptionId
from core.model.webhooks.webhook import Delivery, DeliveryFilter, DeliveryState, Endpoint, Former, WebhookEvent
from storage.errors import ImpossibleRowError
from storage.unit import SqlUnit
from tests.storage.builders import APP_ID, MINUTE, NOW, an_app

FULL = Endpoint(
    endpoint_id=EndpointId("full"),
    app_id=APP_ID,
    url="https://shop.example/hook",
    events=("auth.completed", "phone.moved"),
    description="Läden",
    enabled=False,
    secret=b"sealed",
    formers=(Former(b"sealed before", NOW + MINUTE), Former(b"\xffand before that", NOW)),
    created_at=NOW - MINUTE,
    failing_since=NOW,
    why_disabled="gone",
)


def an_endpoint(unit: SqlUnit, name: str = "e", **details: object) -> Endpoint:
    """Keep an endpoint of the app."""
    blank = Endpoint(endpoint_id=EndpointId(name), app_id=APP_ID, url="https://a.example/", secret=b"s", created_at=NOW)
    endpoint = replace(blank, **details)  # type: ignore[arg-type]
    unit.webhooks.add_endpoint(endpoint)
    return endpoint


def a_delivery(unit: SqlUnit, name: str, endpoint: str = "e", /, **details: object) -> Delivery:
    """Keep a delivery to the endpoint, due now."""
    blank = Delivery(
        delivery_id=DeliveryId(name),
        endpoint_id=EndpointId(endpoint),
        app_id=APP_ID,
        event="auth.completed",
        body=b"sealed",
        created_at=NOW,
        next_at=NOW,
    )
    delivery = replace(blank, **details)  # type: ignore[arg-type]
    unit.webhooks.add_delivery(delivery)
    return delivery


def lease(unit: SqlUnit, limit: int = 10) -> list[Delivery]:
    """Lease what is due now to the one endpoint, for a minute."""
    return list(unit.webhooks.lease(EndpointId("e"), NOW, NOW + MINUTE, limit))


def test_an_endpoint_reads_back_in_full(unit: SqlUnit) -> None:
    """Every field is kept, and replaced."""
    unit.webhooks.add_endpoint(FULL)
    assert unit.webhooks.endpoint(FULL.endpoint_id) == FULL
    after = replace(FULL, url="https://b.example/", events=(), description="", formers=()).switched_on()
    unit.webhooks.put_endpoint(after)
    assert unit.webhooks.endpoint(FULL.endpoint_id) == after
    assert unit.webhooks.endpoint(EndpointId("none")) is None


def test_endpoints_are_listed_oldest_first_and_each_app_s_apart(unit: SqlUnit) -> None:
    """The order is that of their making."""
    unit.apps.add(an_app(AppId("b" * 24), "other"))
    young = an_endpoint(unit, "young", created_at=NOW + MINUTE)
    old = an_endpoint(unit, "old")
    an_endpoint(unit, "foreign", app_id=AppId("b" * 24))
    assert unit.webhooks.endpoints(APP_ID) == [old, young]


def test_a_delivery_reads_back_in_full(unit: SqlUnit) -> None:
    """Every field is kept, and swapped."""
    an_endpoint(unit)
    kept = a_delivery(unit, "d", subscription_id=SubscriptionId("s"), is_test=True)
    assert unit.webhooks.delivery(DeliveryId("d")) == kept
    full = replace(
        kept,
        body=b"",
        state=DeliveryState.FAILED,
        attempts=4,
        next_at=None,
        status=404,
        error="no",
        settled_at=NOW + MINUTE,
    )
    assert unit.webhooks.swap_delivery(kept, full)
    assert unit.webhooks.delivery(DeliveryId("d")) == full
    assert unit.webhooks.delivery(DeliveryId("none")) is None


def test_what_is_leased_is_nobody_else_s(unit: SqlUnit) -> None:
    """The oldest due first; what is not due stays; after the lease it is there again, under the same id."""
    an_endpoint(unit)
    for name, due in (("second", NOW), ("first", NOW - MINUTE), ("later", NOW + 10 * MINUTE)):
        a_delivery(unit, name, next_at=due)
    assert [each.delivery_id for each in lease(unit, 1)] == ["first"]
    (second,) = lease(unit)
    assert (second.delivery_id, second.leased_until) == ("second", NOW + MINUTE)
    assert lease(unit) == []
    over = unit.webhooks.lease(EndpointId("e"), NOW + MINUTE, NOW + 2 * MINUTE, 10)
    assert {each.delivery_id for each in over} == {"first", "second"}


def test_whoever_lost_the_lease_cannot_settle(unit: SqlUnit) -> None:
    """Only the last one who took hold of it can; nor can anybody settle what is gone."""
    an_endpoint(unit)
    a_delivery(unit, "d")
    (slow,) = lease(unit)
    (quick,) = unit.webhooks.lease(EndpointId("e"), NOW + MINUTE, NOW + 2 * MINUTE, 10)
    assert not unit.webhooks.swap_delivery(slow, replace(slow, attempts=1, leased_until=None))
    settled = replace(quick, state=DeliveryState.DELIVERED, attempts=1, leased_until=None, next_at=None)
    assert unit.webhooks.swap_delivery(quick, settled)
    assert not unit.webhooks.swap_delivery(quick, settled)
    unit.webhooks.remove_endpoint(EndpointId("e"))
    assert not unit.webhooks.swap_delivery(settled, settled)


def test_endpoints_with_something_due_are_found(unit: SqlUnit) -> None:
    """Those that fail last, else the longest waiting first; not the disabled, nor those for whom nothing is due."""
    for name, details in (
        ("failing", {"failing_since": NOW}),
        ("off", {"enabled": False}),
        ("young", {}),
        ("old", {}),
        ("idle", {}),
        ("settled", {}),
    ):
        an_endpoint(unit, name, **details)
    for name, minutes in (("failing", 9), ("off", 9), ("young", 1), ("old", 2), ("old", 1), ("idle", -1)):
        a_delivery(unit, f"{name} {minutes}", name, next_at=NOW - minutes * MINUTE)
    a_delivery(unit, "done", "settled", next_at=None, state=DeliveryState.DELIVERED)
    assert [each.endpoint_id for each in unit.webhooks.endpoints_due(NOW, 10)] == ["old", "young", "failing"]
    assert [each.endpoint_id for each in unit.webhooks.endpoints_due(NOW, 1)] == ["old"]


def test_a_disabled_app_s_endpoints_wait(unit: SqlUnit) -> None:
    """Nothing is due to them, nor do they listen; once the app is enabled they do, and what waited is due."""
    endpoint = an_endpoint(unit)
    an_endpoint(unit, "off", enabled=False)
    a_delivery(unit, "d")
    unit.apps.put(replace(an_app(), enabled=False))
    assert unit.webhooks.endpoints_due(NOW, 10) == []
    assert unit.webhooks.listening(APP_ID) == []
    unit.apps.put(an_app())
    assert unit.webhooks.endpoints_due(NOW, 10) == [endpoint]
    assert unit.webhooks.listening(APP_ID) == [endpoint]


def test_what_is_held_is_let_go_of(unit: SqlUnit) -> None:
    """It is due at once; what waits for its time goes on waiting."""
    an_endpoint(unit)
    a_delivery(unit, "held", next_at=NOW - MINUTE)
    lease(unit)
    later = a_delivery(unit, "later", next_at=NOW + MINUTE)
    assert unit.webhooks.release(NOW) == 1
    assert unit.webhooks.delivery(DeliveryId("later")) == later
    assert [each.delivery_id for each in lease(unit)] == ["held"]


def test_a_subscription_s_deliveries_are_erased(unit: SqlUnit) -> None:
    """What waits fails, what is settled loses its body; its end is told all the same, and others are let alone."""
    an_endpoint(unit)
    mine: dict[str, object] = {"subscription_id": SubscriptionId("s")}
    waits = a_delivery(unit, "waits", leased_until=NOW + MINUTE, **mine)
    done = a_delivery(unit, "done", state=DeliveryState.DELIVERED, next_at=None, settled_at=NOW, **mine)
    spared = [
        a_delivery(unit, "end", event="subscription.deleted", **mine),
        a_delivery(unit, "foreign", subscription_id=SubscriptionId("t")),
        a_delivery(unit, "nobody's"),
    ]
    unit.webhooks.erase_deliveries_of(SubscriptionId("s"), "asked to", NOW + MINUTE)
    assert unit.webhooks.delivery(waits.delivery_id) == replace(
        waits,
        body=b"",
        state=DeliveryState.FAILED,
        error="asked to",
        next_at=None,
        leased_until=None,
        settled_at=NOW + MINUTE,
    )
    assert unit.webhooks.delivery(done.delivery_id) == replace(done, body=b"")
    assert [unit.webhooks.delivery(each.delivery_id) for each in spared] == spared
    assert not unit.webhooks.swap_delivery(waits, replace(waits, attempts=1))


def test_only_what_arrived_long_ago_is_erased(unit: SqlUnit) -> None:
    """At most so many at once, each once; of this event only, and not what failed or waits."""
    an_endpoint(unit)
    done: dict[str, object] = {"state": DeliveryState.DELIVERED, "next_at": None, "settled_at": NOW}
    old = [a_delivery(unit, f"old {number}", **done) for number in range(2)]
    spared = [
        a_delivery(unit, "young", **done | {"settled_at": NOW + MINUTE}),
        a_delivery(unit, "other", **done, event="subscription.created"),
        a_delivery(unit, "failed", **done | {"state": DeliveryState.FAILED}),
        a_delivery(unit, "waits"),
    ]
    erased = [unit.webhooks.erase_delivered(WebhookEvent.AUTH_COMPLETED, NOW + MINUTE, 1) for _ in range(3)]
    assert erased == [1, 1, 0]
    assert [unit.webhooks.delivery(each.delivery_id) for each in old] == [replace(each, body=b"") for each in old]
    assert [unit.webhooks.delivery(each.delivery_id) for each in spared] == spared


def test_the_log_is_filtered_and_paged(unit: SqlUnit) -> None:
    """By endpoint, by state, by both; newest first, also among those of the same moment."""
    an_endpoint(unit)
    an_endpoint(unit, "f")
    for name, endpoint, state in (
        ("1", "e", DeliveryState.DELIVERED),
        ("2", "f", DeliveryState.WAITING),
        ("3", "e", DeliveryState.WAITING),
        ("4", "e", DeliveryState.WAITING),
    ):
        a_delivery(unit, name, endpoint, state=state, created_at=NOW + int(name) // 2 * MINUTE)

    def page(wanted: DeliveryFilter, after: str | None = None, limit: int = 10) -> list[str]:
        last = None if after is None else DeliveryId(after)
        return [each.delivery_id for each in unit.webhooks.deliveries(wanted, last, limit)]

    every = DeliveryFilter(APP_ID)
    assert page(every) == ["4", "3", "2", "1"]
    assert page(every, limit=2) == ["4", "3"]
    assert page(every, after="3") == ["2", "1"]
    assert page(replace(every, endpoint_id=EndpointId("e"))) == ["4", "3", "1"]
    assert page(replace(every, state=DeliveryState.WAITING), after="4") == ["3", "2"]
    assert page(replace(every, endpoint_id=EndpointId("e"), state=DeliveryState.DELIVERED)) == ["1"]
    assert page(replace(every, app_id=AppId("b" * 24))) == []


def test_old_deliveries_are_forgotten(unit: SqlUnit) -> None:
    """Whatever their state, at most so many at once."""
    an_endpoint(unit)
    a_delivery(unit, "old")
    a_delivery(unit, "done", state=DeliveryState.DELIVERED, next_at=None)
    young = a_delivery(unit, "young", created_at=NOW + MINUTE)
    assert unit.webhooks.forget_deliveries(NOW + MINUTE, 1) == 1
    assert unit.webhooks.forget_deliveries(NOW + MINUTE, 500) == 1
    assert unit.webhooks.deliveries(DeliveryFilter(APP_ID), None, 10) == [young]


def test_a_delivery_in_an_unknown_state_names_itself(unit: SqlUnit, path: Path) -> None:
    """It is refused by name."""
    an_endpoint(unit)
    a_delivery(unit, "d")
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE deliveries SET state = 'lost'")
    with pytest.raises(ImpossibleRowError, match="deliveries d: state 'lost'"):
        unit.webhooks.delivery(DeliveryId("d"))
