"""``/metrics`` in Prometheus' text format: which bots are up, and how much was written. For monitors."""

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from aiohttp import web

from gatepost.http_api.health import BotStates, StoreHealth

if TYPE_CHECKING:
    from prometheus_client import Metric


def metrics_handler(
    store: StoreHealth, bots: BotStates, commits: Callable[[], int]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler; nothing is counted for it, everything is read when it is asked for."""

    async def handle(_request: web.Request) -> web.Response:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - 20 ms a start can do without

        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Now(list(_metrics(bots(), commits(), is_well=await store.is_well()))))
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
    up = GaugeMetricFamily("gatepost_bot_up", "1 while the bot is connected.", labels=["bot", "messenger"])
    for name, state in states.items():
        up.add_metric([name, str(state["messenger"])], int(bool(state["up"])))
    yield up
