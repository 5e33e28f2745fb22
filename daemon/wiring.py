"""The composition root: the one place where parts meet. Production, commands and tests call the same functions."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import assert_never

from bots.links import BotLinks
from bots.talk.code_words import CodeWords
from bots.talk.codes import CodeTalk
from bots.talk.conversation import Conversation
from bots.talk.login import LoginTalk
from bots.talk.replies import Replies, Speech, Tally
from bots.talk.subscriptions import Preferences
from config.bots import MaxBotSettings, TelegramBotSettings, WhatsAppBotSettings
from config.settings import BotSettings, Settings
from core.apps.administration import Apps
from core.apps.api_keys import ApiKeys
from core.apps.project import Projects
from core.apps.templates import Templates
from core.bells import Bells
from core.broadcasts.jobs import Broadcasts
from core.clock import Clock, SystemClock
from core.entropy import Entropy, SystemEntropy
from core.housekeeping.sweep import Tidy
from core.later.drip_job import PostDrips
from core.later.drips import Drips
from core.later.recurring import Repeating
from core.later.recurring_job import PostRecurring
from core.later.scheduled import Scheduling
from core.later.scheduled_job import PostScheduled
from core.later.worker import Ticking
from core.login.code_sign_in import CodeLogins
from core.login.confirmation import Asking
from core.login.sign_in import SignIn
from core.messengers.inbox import Inbox
from core.model.ids import BotName
from core.model.messages.bot import Bot
from core.model.people.person import MessengerName
from core.otp.codes import OneTimeCodes
from core.otp.issuing import Issuing
from core.otp.requests import CodeRequests
from core.people.events import Events
from core.ports.store import Store
from core.seal import Seal
from core.sending.expiry import Expiring
from core.sending.feedback import Clicks, Receipts
from core.sending.log import DeliveryLog
from core.sending.operations import Outbox
from core.sending.outbox import Mailing
from core.sending.settlement import Aftermath
from core.sending.submission import Notify
from core.subscribers.links import SubscribeLinks
from core.subscribers.membership import Subscribe
from core.subscribers.subscribers import Subscribers
from core.tokens.key_rotation import Keys
from core.webhooks.endpoints import Webhooks
from core.webhooks.publisher import Teller
from daemon.master_key import load_master_key
from daemon.preflight import explain_bad_ground
from daemon.webhooks import hook_address, verify_token
from storage.sqlite.store import open_store

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
    code_logins: CodeLogins
    subscribe_links: SubscribeLinks
    subscribers: Subscribers
    projects: Projects
    templates: Templates
    api_keys: ApiKeys
    apps: Apps
    keys: Keys
    tidy: Tidy
    expiring: Expiring
    mailing: Mailing
    notify: Notify
    one_time_codes: OneTimeCodes
    code_requests: CodeRequests
    delivery_log: DeliveryLog
    broadcasts: Broadcasts
    aftermath: Aftermath
    inbox: Inbox
    conversation: Conversation
    teller: Teller
    webhooks: Webhooks
    scheduling: Scheduling
    repeating: Repeating
    drips: Drips
    ticking: Ticking


@dataclass(frozen=True, slots=True)
class BotEntry:
    """A bot as the operator sees it; ``webhook`` and ``verify_token`` where the operator has to tell the messenger."""

    bot: Bot
    webhook: str | None
    verify_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the operator's commands need."""

    apps: Apps
    keys: Keys
    events: Events
    projects: Projects
    subscribers: Subscribers
    webhooks: Webhooks
    outbox: Outbox
    broadcasts: Broadcasts
    store: Store
    seal: Seal
    settings: Settings

    async def bots(self) -> list[BotEntry]:
        """List the bots of the settings."""
        usernames = await self.store.read(
            lambda unit: {bot.name: unit.bots.username(BotName(bot.name)) for bot in self.settings.bots}
        )
        return [
            _entry(bot, usernames[bot.name], self.settings.http.public_url, self.seal) for bot in self.settings.bots
        ]


def wire(settings: Settings, store: Store, clock: Clock, entropy: Entropy) -> Services:
    """Put the services together."""
    seal = open_seal(settings, entropy)
    bells = Bells()
    links = BotLinks()
    for bot in settings.bots:
        carries = carries_codes(bot)
        links.add(Bot(BotName(bot.name), MessengerName(bot.messenger), None, carries), link_template(bot))
    sign_in = SignIn(
        store=store,
        clock=clock,
        entropy=entropy,
        seal=seal,
        bells=bells,
        links=links,
        public_origin=settings.http.public_url,
    )
    teller = Teller(seal=seal, entropy=entropy)
    mailing = Mailing(seal=seal, entropy=entropy)
    aftermath = Aftermath(teller=teller)
    notify = Notify(store=store, clock=clock, mailing=mailing, bells=bells)
    issuing = Issuing(seal=seal, mailing=mailing, links=links, words=CodeWords(), bells=bells)
    code_requests = CodeRequests(store=store, clock=clock, issuing=issuing, teller=teller)
    return Services(
        store=store,
        clock=clock,
        entropy=entropy,
        seal=seal,
        bells=bells,
        links=links,
        sign_in=sign_in,
        code_logins=CodeLogins(
            store=store,
            clock=clock,
            entropy=entropy,
            seal=seal,
            links=links,
            public_origin=settings.http.public_url,
        ),
        subscribe_links=SubscribeLinks(store=store, seal=seal, links=links),
        subscribers=Subscribers(store=store, clock=clock, teller=teller),
        templates=Templates(store=store),
        projects=Projects(store=store),
        api_keys=ApiKeys(store=store, clock=clock, seal=seal),
        apps=_apps(settings, store, clock, entropy, seal),
        keys=Keys(store=store, clock=clock, seal=seal),
        tidy=Tidy(store=store, clock=clock),
        expiring=Expiring(store=store, clock=clock, aftermath=aftermath, bells=bells),
        mailing=mailing,
        notify=notify,
        one_time_codes=OneTimeCodes(store=store, clock=clock, issuing=issuing, notify=notify, teller=teller),
        code_requests=code_requests,
        delivery_log=DeliveryLog(store=store, clock=clock, mailing=mailing),
        broadcasts=Broadcasts(store=store, clock=clock, mailing=mailing),
        aftermath=aftermath,
        inbox=Inbox(store=store, clock=clock, seal=seal),
        teller=teller,
        webhooks=_webhooks(settings, store, clock, teller),
        scheduling=Scheduling(store=store, clock=clock, teller=teller),
        repeating=Repeating(store=store, clock=clock, teller=teller),
        drips=Drips(store=store, clock=clock, teller=teller),
        ticking=_ticking(store, clock, mailing, teller),
        conversation=_conversation(code_requests, seal, bells, aftermath),
    )


def _ticking(store: Store, clock: Clock, mailing: Mailing, teller: Teller) -> Ticking:
    chores = (
        PostScheduled(mailing=mailing, teller=teller),
        PostRecurring(mailing=mailing, teller=teller),
        PostDrips(mailing=mailing, teller=teller),
    )
    return Ticking(store=store, clock=clock, mailing=mailing, bells=teller.bells, chores=chores)


def _conversation(codes: CodeRequests, seal: Seal, bells: Bells, aftermath: Aftermath) -> Conversation:
    store, clock, teller = codes.store, codes.clock, aftermath.teller
    subscribe = Subscribe(store=store, clock=clock, teller=teller)
    replies = Replies(subscribe, Tally(clock))
    speech = Speech(subscribe, replies)
    asking = Asking(store=store, clock=clock, seal=seal, bells=bells, teller=teller)
    return Conversation(
        clock=clock,
        logins=LoginTalk(asking=asking, replies=replies, speech=speech, misses=Tally(clock)),
        preferences=Preferences(subscribe, replies, speech),
        codes=CodeTalk(codes, replies, speech),
        subscribe=subscribe,
        receipts=Receipts(store=store, clock=clock, aftermath=aftermath),
        clicks=Clicks(store=store, clock=clock, teller=teller),
        speech=speech,
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
            teller = Teller(seal=seal, entropy=entropy)
            if await keys.list_all():
                await keys.open_ring()  # proves the master key, before anything is kept under a wrong one
        yield Office(
            apps=_apps(settings, store, clock, entropy, seal),
            keys=keys,
            events=Events(store=store),
            projects=Projects(store=store),
            subscribers=Subscribers(store=store, clock=clock, teller=teller),
            webhooks=_webhooks(settings, store, clock, teller),
            outbox=Outbox(store=store, clock=clock),
            broadcasts=Broadcasts(store=store, clock=clock, mailing=Mailing(seal=seal, entropy=entropy)),
            store=store,
            seal=seal,
            settings=settings,
        )


def carries_codes(bot: BotSettings) -> bool:
    """Tell whether one-time codes may be sent by a bot: the operator has settled what its messenger asks for."""
    match bot:
        case TelegramBotSettings():
            return True
        case MaxBotSettings():
            return bot.allows_one_time_codes
        case WhatsAppBotSettings():
            return bot.otp_template is not None
        case _:
            assert_never(bot)


def link_template(bot: BotSettings) -> str:
    """Return the template of a bot's links, for ``BotLinks``."""
    match bot:
        case TelegramBotSettings():
            return f"{bot.link_base}/{{bot}}?start={{code}}"
        case MaxBotSettings():
            return bot.link_template
        case WhatsAppBotSettings():
            return f"{bot.link_base}/{{bot}}?text={{text}}"
        case _:
            assert_never(bot)


def _entry(settings: BotSettings, username: str | None, public_url: str, seal: Seal) -> BotEntry:
    bot = Bot(BotName(settings.name), MessengerName(settings.messenger), username)
    if not isinstance(settings, WhatsAppBotSettings):
        return BotEntry(bot, None, None)
    return BotEntry(bot, hook_address(public_url, seal, bot.name), verify_token(seal, bot.name))


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


def _webhooks(settings: Settings, store: Store, clock: Clock, teller: Teller) -> Webhooks:
    return Webhooks(
        store=store,
        clock=clock,
        entropy=teller.entropy,
        seal=teller.seal,
        teller=teller,
        allows_http=bool(settings.webhooks.allowed_networks),
    )
