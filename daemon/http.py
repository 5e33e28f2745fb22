"""The HTTP side: its parts put together, and its port opened."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from bots.kind import Kind
from config.complaints import Complaint, SettingsError
from core.lanes.lane import Lane
from daemon.messengers import KINDS, Settings
from daemon.status import Status
from daemon.supervise import Keepers
from daemon.wiring import Services
from http_api.app import HOUSE, Parts, create_app
from http_api.clients import Proxies
from http_api.docs.pages import Docs
from http_api.door import Crowd, Door, House, Patience
from http_api.geo import Regions
from http_api.health import StoreHealth, health_route
from http_api.limits import Limits
from http_api.limits import LimitSettings as Bounds
from http_api.project.auth import AuthHandlers
from http_api.project.broadcasts import BroadcastHandlers
from http_api.project.call import ProjectRoute
from http_api.project.deliveries import DeliveryHandlers
from http_api.project.drips import DripHandlers
from http_api.project.otp import OtpHandlers
from http_api.project.recurring import RecurringHandlers
from http_api.project.scheduled import ScheduledHandlers
from http_api.project.send import SendHandlers
from http_api.project.settings import SettingsHandlers
from http_api.project.subscribers import SubscriberHandlers
from http_api.project.templates import TemplateHandlers
from http_api.project.voice import PREFIX as PROJECT_PREFIX
from http_api.project.voice import Voice as ProjectVoice
from http_api.project.webhooks import WebhookHandlers
from http_api.site.handlers import SiteHandlers
from http_api.site.looks import Look
from http_api.site.messages import MessageHandlers
from http_api.site.pages import LoginPages
from http_api.site.voice import PREFIX as SITE_PREFIX
from http_api.site.voice import Voice as SiteVoice
from http_api.site.voice import refusal, unreadable
from http_api.threshold import Threshold
from http_api.voice import Callers

_SHUTDOWN_SECONDS: Final = 5.0
_BACKLOG: Final = 1024


async def listen(app: web.Application, settings: Settings, parts: AsyncExitStack) -> int:
    """Open the HTTP side and return its port; it is closed with ``parts``. Raises ``OSError``."""
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    parts.push_async_callback(runner.cleanup)
    address = settings.http.listen
    door = Door(runner, address.host, address.port, backlog=_BACKLOG, house=app[HOUSE])
    await door.start()
    bound: int = runner.addresses[0][1]
    return bound


def application(
    settings: Settings, services: Services, keepers: Keepers, health: StoreHealth, lanes: Sequence[Lane] = ()
) -> web.Application:
    """Return the HTTP side, not yet listening; raise ``SettingsError``."""
    figures = Status(services, keepers, lanes)
    return create_app(_parts(settings, services, keepers, health, figures))


def project_routes(services: Services, limits: Limits) -> list[ProjectRoute]:
    """List the routes of the project dialect."""
    auth = AuthHandlers(code_sign_in=services.code_sign_in, subscribe_links=services.subscribe_links, limits=limits)
    subscribers = SubscriberHandlers(subscribers=services.subscribers, erasure=services.erasure)
    settings = SettingsHandlers(projects=services.projects)
    webhooks = WebhookHandlers(webhooks=services.webhooks)
    send = SendHandlers(submission=services.submission, projects=services.projects, templates=services.templates)
    otp = OtpHandlers(projects=services.projects, codes=services.one_time_codes, requests=services.code_requests)
    deliveries = DeliveryHandlers(log=services.delivery_log)
    broadcasts = BroadcastHandlers(broadcasts=services.broadcasts)
    templates = TemplateHandlers(templates=services.templates)
    return [
        *auth.routes(),
        *send.routes(),
        *otp.routes(),
        *deliveries.routes(),
        *broadcasts.routes(),
        *templates.routes(),
        *ScheduledHandlers(scheduled_messages=services.scheduled_messages).routes(),
        *RecurringHandlers(recurring_messages=services.recurring_messages).routes(),
        *DripHandlers(drips=services.drips).routes(),
        *subscribers.routes(),
        *settings.routes(),
        *webhooks.routes(),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    """What the handlers know of the network: their own address, where calls come from, and how many are too many."""

    public_url: str
    limits: Limits
    proxies: Proxies
    regions: Regions


def _parts(settings: Settings, services: Services, keepers: Keepers, health: StoreHealth, figures: Status) -> Parts:
    edge = _Edge(
        public_url=settings.http.public_url,
        limits=Limits(Bounds(**settings.limits.model_dump(exclude={"connections_per_address"})), services.clock),
        proxies=Proxies(settings.http.trusted_proxies),
        regions=_open_regions(settings),
    )
    callers = Callers(services.api_keys, edge.limits, edge.proxies)
    logins = _logins(services, edge)
    project = project_routes(services, edge.limits)
    site = [*logins.routes(), *_messages(services, edge).routes()]
    open_routes = [logins.keys_route(), health_route(health, figures.states, lambda: services.store.commits)]
    project_voice = ProjectVoice(
        callers=callers, limits=edge.limits, entropy=services.entropy, public_url=edge.public_url
    )
    site_voice = SiteVoice(
        apps=services.apps,
        callers=callers,
        entropy=services.entropy,
        public_origin=services.sign_in.public_origin,
    )
    pages = _pages(services, edge)

    async def refuse(request: web.Request, trouble: Exception) -> web.StreamResponse:
        return refusal(request, trouble, services.entropy)

    def refused(status: int, with_page: bool) -> web.Response:  # noqa: FBT001 - one call, in the door
        return pages.unreadable(status) if with_page else unreadable(status, services.entropy)

    return Parts(
        threshold=Threshold(
            entropy=services.entropy,
            voices={
                f"{SITE_PREFIX}/": site_voice.refuse,
                f"{PROJECT_PREFIX}/": project_voice.refuse,
                "/login/": pages.refuse,
            },
            voice=refuse,
        ),
        house=House(
            crowd=Crowd(proxies=edge.proxies, limit=settings.limits.connections_per_address),
            patience=Patience(),
            refused=refused,
        ),
        site=site_voice.application(site),
        project=project_voice.application(project),
        open_routes=open_routes,
        pages=pages,
        docs=Docs(project, site, open_routes, edge.public_url),
        store_health=health,
        bells=services.store.bells,
        find_hook=keepers.find_hook,
        bot_states=figures.states,
        outbox=figures.outbox,
        commits=lambda: services.store.commits,
    )


def _logins(services: Services, edge: _Edge) -> SiteHandlers:
    return SiteHandlers(
        sign_in=services.sign_in,
        keys=services.keys,
        limits=edge.limits,
        proxies=edge.proxies,
        regions=edge.regions,
        entropy=services.entropy,
        public_url=edge.public_url,
    )


def _messages(services: Services, edge: _Edge) -> MessageHandlers:
    return MessageHandlers(
        submission=services.submission, log=services.delivery_log, limits=edge.limits, proxies=edge.proxies
    )


def _pages(services: Services, edge: _Edge) -> LoginPages:
    return LoginPages(
        sign_in=services.sign_in,
        apps=services.apps,
        limits=edge.limits,
        proxies=edge.proxies,
        regions=edge.regions,
        seal=services.seal,
        entropy=services.entropy,
        public_url=edge.public_url,
        looks={kind.name: _look(kind) for kind in KINDS},
    )


def _look(kind: Kind[Any]) -> Look:
    return Look(
        label=kind.label,
        colour=kind.colour,
        shape=kind.mark.shape,
        letter=kind.mark.letter,
        prepare_text=kind.prepares_text,
        have_app_links=bool(kind.app_links),
    )


def _open_regions(settings: Settings) -> Regions:
    try:
        return Regions(settings.http.geoip_file)
    except (OSError, ValueError) as trouble:
        raise SettingsError([Complaint("http.geoip_file", f"cannot be used: {trouble}")]) from None
