"""What a site is told, by the whole program, at an address on this machine that the operator allows."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from core.model.webhooks.webhook import Delivery, DeliveryFilter, DeliveryState, WebhookEvent
from core.webhooks.endpoints import EndpointRequest, EndpointSecret
from core.webhooks.publisher import NOTES, Event
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town
from tests.waiting import a_moment, patience
from tests.webhooks.receiver import Receiver, endless, receiving, status

ALLOWED = {"allowed_networks": ["127.0.0.0/8"]}
LATER = timedelta(hours=27)
"""Longer than any pause between two attempts."""


@dataclass
class Site:
    """The town's site, with a server that is told things."""

    town: Town
    clock: MovedClock
    receiver: Receiver
    made: EndpointSecret

    async def publish(self) -> None:
        """Have something happen: a cause in the core tells it, in its own transaction."""
        services, app = self.town.daemon.services, self.town.app
        await services.store.write(
            lambda unit: services.publisher.publish(
                unit, app.app_id, self.clock.now(), Event(WebhookEvent.AUTH_COMPLETED, {"name": "Anna"})
            )
        )

    async def until(self, is_so: Callable[[Delivery], bool]) -> Delivery:
        """Wait until the newest delivery is so, and return it."""
        async with patience():
            while True:
                page = await self.town.daemon.services.webhooks.deliveries(
                    DeliveryFilter(self.town.app.app_id), None, 1
                )
                if is_so(page.deliveries[0]):
                    return page.deliveries[0]
                await a_moment()

    async def settled(self, state: DeliveryState) -> Delivery:
        """Wait until the newest delivery is settled so."""
        return await self.until(lambda delivery: delivery.state is state)

    async def tried(self, attempts: int) -> Delivery:
        """Wait until the newest delivery was tried so often."""
        return await self.until(lambda delivery: delivery.attempts == attempts)

    async def fail(self) -> None:
        """Have something happen, and let each attempt's time come until the last one has failed."""
        await self.publish()
        for attempt in range(1, 10):
            tried = await self.tried(attempt)
            assert tried.next_at is not None
            self.pass_time(tried.next_at - self.clock.now() + timedelta(seconds=1))
        await self.settled(DeliveryState.FAILED)

    def pass_time(self, time: timedelta) -> None:
        """Let time pass, and have the worker notice."""
        self.clock.ahead += time
        self.town.daemon.services.store.bells.ring(NOTES)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Return a site with one endpoint that is told everything."""
    clock = MovedClock()
    async with receiving(Receiver()) as receiver, town(tmp_path, clock, webhooks=ALLOWED) as built:
        await built.daemon.keepers.reached()
        wish = EndpointRequest(url=f"{receiver.url}?key=swordfish")
        made = await built.daemon.services.webhooks.create(built.app.app_id, wish)
        yield Site(built, clock, receiver, made)


async def test_a_login_is_told(site: Site) -> None:
    """Somebody logs in for the first time: both events arrive, signed, and the log says that they were taken."""
    await site.town.log_in(site.town.visitor())
    told = {}
    for _ in range(2):
        call = await site.receiver.next()
        assert call.path == "/hook?key=swordfish"
        body = Webhook(site.made.secret).verify(call.body, call.headers)
        assert body["event"] == call.headers["X-Gatepost-Event"]
        told[body["event"]] = body["data"]
    assert told.keys() == {"subscription.created", "auth.completed"}
    assert told["auth.completed"]["first_name"] == "Anna"
    assert told["auth.completed"]["subscriber_id"] == told["subscription.created"]["subscriber_id"]
    await site.settled(DeliveryState.DELIVERED)


async def test_nothing_is_told_where_nobody_listens(tmp_path: Path) -> None:
    """An app without endpoints logs people in as ever."""
    async with town(tmp_path) as built:
        await built.daemon.keepers.reached()
        await built.log_in(built.visitor())
        assert not await built.daemon.services.webhooks.endpoints(built.app.app_id)


async def test_every_attempt_has_the_same_id(site: Site) -> None:
    """500, 503, nobody there, then 200: one id; each signature is of its own moment."""
    site.receiver.answer = status(500)
    await site.publish()
    await site.tried(1)
    site.receiver.answer = status(503)
    site.pass_time(timedelta(minutes=1))
    await site.tried(2)
    site.receiver.answer = status(200)
    site.pass_time(timedelta(hours=1))
    settled = await site.settled(DeliveryState.DELIVERED)
    assert settled.attempts == 3
    assert {call.delivery_id for call in site.receiver.calls} == {settled.delivery_id}
    assert len({call.headers["webhook-timestamp"] for call in site.receiver.calls}) == 3
    assert len({call.body for call in site.receiver.calls}) == 1


async def test_gone_disables_the_endpoint(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """410: the operator is told, and nothing is sent there any more; nor does the log hold secrets, queries, names."""
    caplog.set_level(logging.INFO)
    site.receiver.answer = status(410)
    await site.publish()
    await site.settled(DeliveryState.FAILED)
    await site.until(lambda _delivery: bool(errors(caplog)))
    services, app_id = site.town.daemon.services, site.town.app.app_id
    (endpoint,) = await services.webhooks.endpoints(app_id)
    assert (endpoint.enabled, endpoint.why_disabled) == (False, "the site answered 410: gone")
    await site.publish()
    assert len(site.receiver.calls) == 1
    assert errors(caplog) == ["a webhook endpoint was disabled"]
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert endpoint.endpoint_id in logged
    assert not [word for word in ("swordfish", "whsec_", "Anna") if word in logged]


async def test_redirections_are_failures(site: Site) -> None:
    """Where they lead, nobody goes."""
    async with receiving(Receiver()) as inside:
        site.receiver.answer = status(302, Location=inside.url)
        await site.publish()
        tried = await site.tried(1)
        assert (tried.state, tried.status, tried.error) == (
            DeliveryState.WAITING,
            302,
            "redirections are not followed",
        )
        assert not inside.calls


async def test_ten_megabytes_do_no_harm(site: Site) -> None:
    """The status counts; the daemon answers others as ever."""
    site.receiver.answer = endless(10)
    await site.publish()
    assert (await site.settled(DeliveryState.DELIVERED)).status == 200
    await site.town.create()


async def test_a_receiver_that_hangs_does_no_harm(site: Site) -> None:
    """People log in while twenty notes hang, and the daemon stops without waiting for them."""
    site.receiver.answer = site.receiver.hang
    for _ in range(20):
        await site.publish()
    await site.receiver.next()
    await site.town.log_in(site.town.visitor())
    assert site.receiver.most_at_once <= 4


async def test_a_site_that_was_down_for_a_day_is_told(tmp_path: Path) -> None:
    """Everything that happened meanwhile arrives once it is back, each under its id, once."""
    clock, receiver = MovedClock(), Receiver()
    async with town(tmp_path, clock, webhooks=ALLOWED) as built:
        async with receiving(receiver):
            pass
        services = built.daemon.services
        made = await services.webhooks.create(built.app.app_id, EndpointRequest(url=receiver.url))
        site = Site(built, clock, receiver, made)
        for _ in range(4):
            await site.publish()
            assert (await site.tried(1)).error == "cannot connect: Connection refused"
            site.pass_time(timedelta(hours=6))
        async with receiving(receiver):
            site.pass_time(LATER)
            async with patience():
                while len(receiver.calls) < 4:
                    await receiver.next()
            await site.settled(DeliveryState.DELIVERED)
        assert len({call.delivery_id for call in receiver.calls}) == len(receiver.calls) == 4
        (endpoint,) = await services.webhooks.endpoints(built.app.app_id)
        assert endpoint.failing_since is None


async def test_an_endpoint_that_fails_for_five_days_is_disabled(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Not by the delivery that is given up after three days, but by the next one; the operator hears, and mends it."""
    services, app_id = site.town.daemon.services, site.town.app.app_id
    site.receiver.answer = status(500)
    await site.fail()
    (failing,) = await services.webhooks.endpoints(app_id)
    assert failing.enabled
    assert not errors(caplog)
    await site.fail()
    (off,) = await services.webhooks.endpoints(app_id)
    assert (off.enabled, off.why_disabled) == (False, "nothing arrived for 5 days; the last attempt: status 500")
    await site.until(lambda _delivery: bool(errors(caplog)))
    assert errors(caplog) == ["a webhook endpoint was disabled"]
    site.receiver.answer = status(200)
    await services.webhooks.change(app_id, off.endpoint_id, EndpointRequest(enabled=True))
    await site.publish()
    await site.settled(DeliveryState.DELIVERED)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the operator is told in the log."""
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


async def test_without_the_operator_s_word_this_machine_is_not_called(tmp_path: Path) -> None:
    """The same address, not allowed: plain http is refused at once, and https when it is called."""
    async with receiving(Receiver()) as receiver, town(tmp_path) as built:
        services = built.daemon.services
        url = receiver.url.replace("http://", "https://")
        made = await services.webhooks.create(built.app.app_id, EndpointRequest(url=url))
        site = Site(built, MovedClock(), receiver, made)
        await site.publish()
        assert (await site.tried(1)).error == "the address is not public"
        assert not receiver.calls


async def test_what_is_said_in_the_body_is_what_is_signed(site: Site) -> None:
    """Raw bytes: letters beyond ASCII, as they are."""
    services, app = site.town.daemon.services, site.town.app
    await services.webhooks.simulate(app.app_id, WebhookEvent.PHONE_MOVED, {"name": "Анна 🫖"})
    call = await site.receiver.next()
    assert json.loads(call.body) == {"event": "phone.moved", "data": {"name": "Анна 🫖"}, "test": True}
    assert Webhook(site.made.secret).verify(call.body, call.headers)
