"""The composition root: the one place where parts meet. Production, commands and tests call the same functions."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from gatepost.bots.conversation import Conversation
from gatepost.bots.links import BotLinks
from gatepost.config.settings import Settings
from gatepost.core.clock import Clock, SystemClock
from gatepost.core.entropy import Entropy, SystemEntropy
from gatepost.core.flows.apps import Apps
from gatepost.core.flows.inbox import Inbox
from gatepost.core.flows.keys import Keys
from gatepost.core.flows.sign_in import SignIn
from gatepost.core.flows.subscribe import Subscribe
from gatepost.core.flows.tidy import Tidy
from gatepost.core.model.bot import Bot
from gatepost.core.model.ids import BotName
from gatepost.core.model.person import MessengerName
from gatepost.core.ports import Store
from gatepost.core.seal import Seal
from gatepost.core.wakeups import Bells
from gatepost.daemon.ground import explain_bad_ground
from gatepost.daemon.master_key import load_master_key
from gatepost.storage.store import open_store

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that runs, ready to be used."""

    store: Store
    clock: Clock
    entropy: Entropy
    seal: Seal
    bells: Bells
    links: BotLinks
    sign_in: SignIn
    apps: Apps
    keys: Keys
    tidy: Tidy
    inbox: Inbox
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Office:
    """What the operator's commands need."""

    apps: Apps
    keys: Keys


def wire(settings: Settings, store: Store, clock: Clock, entropy: Entropy) -> Services:
    """Put the services together."""
    seal = open_seal(settings, entropy)
    bells = Bells()
    links = BotLinks()
    for bot in settings.bots:
        links.add(Bot(BotName(bot.name), MessengerName(bot.messenger), None), bot.link_base)
    sign_in = SignIn(
        store=store,
        clock=clock,
        entropy=entropy,
        seal=seal,
        bells=bells,
        links=links,
        public_origin=settings.http.public_url,
    )
    subscribe = Subscribe(store=store, clock=clock, entropy=entropy)
    return Services(
        store=store,
        clock=clock,
        entropy=entropy,
        seal=seal,
        bells=bells,
        links=links,
        sign_in=sign_in,
        apps=_apps(settings, store, clock, entropy, seal),
        keys=Keys(store=store, clock=clock, seal=seal),
        tidy=Tidy(store=store, clock=clock),
        inbox=Inbox(store=store, clock=clock, seal=seal),
        conversation=Conversation(sign_in, subscribe),
    )


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Office]:
    """Open the store for a command, beside a running daemon or not; raise ``SettingsError``."""
    clock, entropy = SystemClock(), SystemEntropy()
    async with AsyncExitStack() as parts:
        with explain_bad_ground(settings):
            store = await parts.enter_async_context(open_store(settings.storage.url))
            seal = open_seal(settings, entropy)
            keys = Keys(store=store, clock=clock, seal=seal)
            if await keys.list_all():
                await keys.open_ring()  # proves the master key, before anything is kept under a wrong one
        yield Office(_apps(settings, store, clock, entropy, seal), keys)


def open_seal(settings: Settings, entropy: Entropy) -> Seal:
    """Return the seal under the master key; raise ``MasterKeyError``."""
    if settings.security.key is not None:
        return Seal(bytes.fromhex(settings.security.key.get_secret_value()), entropy)
    if settings.key_path is None:
        raise RuntimeError("the settings promise a key or a path to one")
    return Seal(load_master_key(settings.key_path, entropy), entropy)


def _apps(settings: Settings, store: Store, clock: Clock, entropy: Entropy, seal: Seal) -> Apps:
    known_bots = tuple(BotName(bot.name) for bot in settings.bots)
    return Apps(store=store, clock=clock, entropy=entropy, seal=seal, known_bots=known_bots)
