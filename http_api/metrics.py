"""``/metrics`` in Prometheus' text format: which bots are up, what waits and was sent. For monitors."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from http_api.health import BotStates, StoreHealth

if TYPE_CHECKING:
    from prometheus_client import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFigures:
    """One bot's messages of sites: how many attempts ended in which way since the start, and what waits by priority.

    ``oldest_seconds`` is for how long the oldest has been due, ``is_open`` whether all of it waits for the messenger.
    """

    bot: str
    outcomes: Mapping[str, int]
    waiting: Mapping[str, int]
    oldest_seconds: float
    is_open: bool


Outbox = Callable[[], Awaitable[Sequence[LaneFigures]]]


def metrics_handler(
    store: StoreHealth,
    bots: BotStates,
    outbox: Outbox,
    commits: Callable[[], int],
    refusals: Mapping[tuple[int, str], int],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler; nothing is counted for it, everything is read when it is asked for."""

    async def handle(_request: web.Request) -> web.Response:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - 20 ms a start can do without

        registry = CollectorRegistry(auto_describe=False)
        metrics = [
            *_metrics(bots(), commits(), is_well=await store.is_well()),
            *_outbox_metrics(await outbox()),
            _refused_requests(refusals),
        ]
        registry.register(_Now(metrics))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": "text/plain; version=0.0.4"})

    return handle


class _Now:
    """What a scrape sees."""

    def __init__(self, metrics: "list[Metric]") -> None:
        self._metrics = metrics

    def collect(self) -> "Iterator[Metric]":
        """Give it to the library."""
        return iter(self._metrics)


def _metrics(states: dict[str, dict[str, object]], commits: int, *, is_well: bool) -> "Iterator[Metric]":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - as above

    yield GaugeMetricFamily("gatepost_store_up", "1 while the store can write.", value=int(is_well))
    yield CounterMetricFamily("gatepost_commits", "Commits that reached the disk since the start.", value=commits)
    refused = CounterMetricFamily("gatepost_webhook_refused", "Calls that were not the messenger's.", labels=["bot"])
    for name, state in states.items():
        refused.add_metric([name], float(str(state["refused_calls"])))
    yield refused
    skipped = CounterMetricFamily("gatepost_updates_skipped", "Updates that made no sense.", labels=["bot"])
    for name, state in states.items():
        skipped.add_metric([name], float(str(state["skipped_updates"])))
    yield skipped
    up = GaugeMetricFamily("gatepost_bot_up", "1 while the bot is connected.", labels=["bot", "messenger"])
    for name, state in states.items():
        up.add_metric([name, str(state["messenger"])], int(bool(state["up"])))
    yield up


def _refused_requests(refusals: Mapping[tuple[int, str], int]) -> "Metric":
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - as above

    told = CounterMetricFamily("gatepost_refused_requests", "Requests that were refused.", labels=["status", "code"])
    for (status, code), count in refusals.items():
        told.add_metric([str(status), code], count)
    return told


def _outbox_metrics(lanes: Sequence[LaneFigures]) -> "Iterator[Metric]":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - as above

    attempts = CounterMetricFamily(
        "gatepost_outbox_attempts", "Attempts to send a site's message, by how they ended.", labels=["bot", "outcome"]
    )
    waiting = GaugeMetricFamily("gatepost_outbox_waiting", "Messages that are due.", labels=["bot", "priority"])
    oldest = GaugeMetricFamily(
        "gatepost_outbox_oldest_seconds", "For how long the oldest message has been due.", labels=["bot"]
    )
    is_open = GaugeMetricFamily(
        "gatepost_outbox_breaker_open", "1 while messages wait because the messenger fails.", labels=["bot"]
    )
    for lane in lanes:
        for outcome, count in lane.outcomes.items():
            attempts.add_metric([lane.bot, outcome], count)
        for priority, count in lane.waiting.items():
            waiting.add_metric([lane.bot, priority], count)
        oldest.add_metric([lane.bot], lane.oldest_seconds)
        is_open.add_metric([lane.bot], int(lane.is_open))
    yield from (attempts, waiting, oldest, is_open)
