"""The composition root: the one place where parts meet. Production, commands and tests call the same functions."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from bots.kind import Dashboard
from bots.links import BotLinks
from bots.settings import BotSettings
from bots.talk.code_words import CodeWords
from bots.talk.codes import CodeTalk
from bots.talk.conversation import Conversation
from bots.talk.login import LoginTalk
from bots.talk.replies import DailyCount, Replies, Speech
from bots.talk.subscriptions import SubscriptionTalk
from core.apps.administration import Apps
from core.apps.api_keys import ApiKeys
from core.apps.project import Projects
from core.apps.templates import Templates
from core.broadcasts.jobs import BroadcastJobs
from core.broadcasts.tally import BroadcastTally
from core.clock import Clock, SystemClock
from core.entropy import Entropy, SystemEntropy
from core.housekeeping.sweep import Sweep
from core.later.drip_job import DripJob
from core.later.drips import DripChains
from core.later.enrolment import Enrolments
from core.later.outcomes import DripOutcome, ScheduledOutcome
from core.later.recurring import RecurringMessages
from core.later.recurring_job import RecurringJob
from core.later.scheduled import ScheduledMessages
from core.later.scheduled_job import ScheduledJob
from core.later.worker import Worker
from core.login.code_sign_in import CodeSignIn
from core.login.confirmation import Confirmation
from core.login.sign_in import SignIn
from core.messengers.inbox import Inbox
from core.model.ids import BotName
from core.model.messages.bot import Bot
from core.model.sending.outbox_message import CauseKind
from core.otp.codes import OneTimeCodes
from core.otp.issuing import Issuing
from core.otp.outcomes import OtpOutcome
from core.otp.requests import CodeRequests
from core.people.accounts import Accounts
from core.people.events import Events
from core.ports.store import Store
from core.privacy.erasure import Erasure
from core.seal import Seal
from core.sending.expiry import Expiry
from core.sending.feedback import ButtonClicks, Receipts
from core.sending.log import DeliveryLog
from core.sending.operations import OutboxOperations
from core.sending.outbox import Outbox
from core.sending.settlement import Maker, Settlement
from core.sending.submission import Submission
from core.subscribers.links import SubscribeLinks
from core.subscribers.membership import Membership
from core.subscribers.subscribers import Subscribers
from core.subscribers.subscriptions import Subscriptions
from core.tokens.key_rotation import Keys
from core.webhooks.endpoints import WebhookEndpoints
from core.webhooks.publisher import Publisher
from daemon.master_key import open_seal
from daemon.messengers import Settings, kind_of
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
    links: BotLinks
    sign_in: SignIn
    code_sign_in: CodeSignIn
    subscribe_links: SubscribeLinks
    subscribers: Subscribers
    erasure: Erasure
    projects: Projects
    templates: Templates
    api_keys: ApiKeys
    apps: Apps
    keys: Keys
    sweep: Sweep
    expiry: Expiry
    outbox: Outbox
    submission: Submission
    one_time_codes: OneTimeCodes
    code_requests: CodeRequests
    delivery_log: DeliveryLog
    broadcasts: BroadcastJobs
    settlement: Settlement
    inbox: Inbox
    conversation: Conversation
    publisher: Publisher
    webhooks: WebhookEndpoints
    scheduled_messages: ScheduledMessages
    recurring_messages: RecurringMessages
    drips: DripChains
    later: Worker


@dataclass(frozen=True, slots=True)
class BotEntry:
    """A bot as the operator sees it; ``webhook`` and ``verify_token`` if they are to be entered in ``dashboard``."""

    bot: Bot
    webhook: str | None
    verify_token: str | None
    dashboard: Dashboard | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """What the operator's commands need."""

    apps: Apps
    keys: Keys
    events: Events
    projects: Projects
    subscribers: Subscribers
    erasure: Erasure
    webhooks: WebhookEndpoints
    outbox: OutboxOperations
    broadcasts: BroadcastJobs
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


def wire(settings: Settings, store: Store, seal: Seal, clock: Clock, entropy: Entropy) -> Services:
    """Put the services together."""
    links = _links(settings)
    keys = Keys(store=store, clock=clock, seal=seal)
    sign_in = SignIn(
        store=store,
        clock=clock,
        entropy=entropy,
        seal=seal,
        keys=keys,
        links=links,
        public_origin=settings.http.public_url,
    )
    publisher = Publisher(seal=seal, entropy=entropy)
    outbox = Outbox(seal=seal, entropy=entropy)
    subscriptions, settlement = subscriptions_of(publisher), settlement_of(publisher)
    submission = Submission(store=store, clock=clock, outbox=outbox)
    issuing = Issuing(seal=seal, outbox=outbox, links=links, words=CodeWords())
    code_requests = CodeRequests(
        store=store, clock=clock, issuing=issuing, accounts=Accounts(publisher), subscriptions=subscriptions
    )
    return Services(
        store=store,
        clock=clock,
        entropy=entropy,
        seal=seal,
        links=links,
        sign_in=sign_in,
        code_sign_in=CodeSignIn(
            store=store,
            clock=clock,
            entropy=entropy,
            seal=seal,
            links=links,
            public_origin=settings.http.public_url,
        ),
        subscribe_links=SubscribeLinks(store=store, seal=seal, links=links),
        subscribers=Subscribers(store=store, clock=clock, subscriptions=subscriptions),
        erasure=Erasure(store=store, clock=clock, settlement=settlement),
        templates=Templates(store=store),
        projects=Projects(store=store),
        api_keys=ApiKeys(store=store, clock=clock, seal=seal),
        apps=_apps(settings, store, clock, entropy, seal),
        keys=keys,
        sweep=Sweep(store=store, clock=clock),
        expiry=Expiry(store=store, clock=clock, settlement=settlement),
        outbox=outbox,
        submission=submission,
        one_time_codes=OneTimeCodes(
            store=store, clock=clock, issuing=issuing, submission=submission, publisher=publisher
        ),
        code_requests=code_requests,
        delivery_log=DeliveryLog(store=store, clock=clock),
        broadcasts=BroadcastJobs(store=store, clock=clock, outbox=outbox),
        settlement=settlement,
        inbox=Inbox(store=store, clock=clock, seal=seal),
        publisher=publisher,
        webhooks=_webhooks(settings, store, clock, publisher),
        scheduled_messages=ScheduledMessages(store=store, clock=clock, publisher=publisher),
        recurring_messages=RecurringMessages(store=store, clock=clock, publisher=publisher),
        drips=DripChains(store=store, clock=clock, publisher=publisher, enrolments=Enrolments()),
        later=_later(store, clock, outbox, publisher),
        conversation=_conversation(code_requests, seal, settlement),
    )


def subscriptions_of(publisher: Publisher) -> Subscriptions:
    """Put the story of subscriptions together, and who follows it."""
    return Subscriptions(publisher=publisher, followers=(Enrolments(),))


def settlement_of(publisher: Publisher) -> Settlement:
    """Put the end of messages together: which story follows those that it had sent. Recurring ones have no follower."""
    makers: Mapping[CauseKind, Maker] = {
        CauseKind.BROADCAST: BroadcastTally(),
        CauseKind.SCHEDULED: ScheduledOutcome(),
        CauseKind.DRIP: DripOutcome(),
        CauseKind.OTP: OtpOutcome(),
    }
    return Settlement(publisher=publisher, makers=makers)


def _later(store: Store, clock: Clock, outbox: Outbox, publisher: Publisher) -> Worker:
    jobs = (
        ScheduledJob(outbox=outbox, publisher=publisher),
        RecurringJob(outbox=outbox, publisher=publisher),
        DripJob(outbox=outbox, publisher=publisher),
    )
    return Worker(store=store, clock=clock, jobs=jobs)


def _conversation(codes: CodeRequests, seal: Seal, settlement: Settlement) -> Conversation:
    store, clock, publisher = codes.store, codes.clock, settlement.publisher
    accounts, subscriptions = codes.accounts, codes.subscriptions
    subscribe = Membership(store=store, clock=clock, accounts=accounts, subscriptions=subscriptions)
    replies = Replies(subscribe, DailyCount(clock))
    speech = Speech(subscribe, replies)
    confirmation = Confirmation(store=store, clock=clock, seal=seal, accounts=accounts, subscriptions=subscriptions)
    return Conversation(
        clock=clock,
        logins=LoginTalk(
            confirmation=confirmation,
            replies=replies,
            speech=speech,
            misses=DailyCount(clock),
            claims=DailyCount(clock),
        ),
        preferences=SubscriptionTalk(subscribe, replies, speech),
        codes=CodeTalk(codes, replies, speech),
        subscribe=subscribe,
        receipts=Receipts(store=store, clock=clock, settlement=settlement),
        clicks=ButtonClicks(store=store, clock=clock, seal=seal, publisher=publisher),
        speech=speech,
    )


@asynccontextmanager
async def open_admin(settings: Settings) -> AsyncIterator[Admin]:
    """Open the store for a command, beside a running daemon or not; raise ``SettingsError``."""
    clock, entropy = SystemClock(), SystemEntropy()
    async with AsyncExitStack() as parts:
        with explain_bad_ground(settings):
            seal = open_seal(settings, entropy)
            store = await parts.enter_async_context(open_store(settings.storage.url, seal))
            keys = Keys(store=store, clock=clock, seal=seal)
            publisher = Publisher(seal=seal, entropy=entropy)
            if await keys.list_all():
                await keys.open_ring()  # proves the master key, before anything is kept under a wrong one
        yield Admin(
            apps=_apps(settings, store, clock, entropy, seal),
            keys=keys,
            events=Events(store=store),
            projects=Projects(store=store),
            subscribers=Subscribers(store=store, clock=clock, subscriptions=subscriptions_of(publisher)),
            erasure=Erasure(store=store, clock=clock, settlement=settlement_of(publisher)),
            webhooks=_webhooks(settings, store, clock, publisher),
            outbox=OutboxOperations(store=store, clock=clock),
            broadcasts=BroadcastJobs(store=store, clock=clock, outbox=Outbox(seal=seal, entropy=entropy)),
            store=store,
            seal=seal,
            settings=settings,
        )


def _links(settings: Settings) -> BotLinks:
    links = BotLinks()
    for bot in settings.bots:
        kind = kind_of(bot)
        template = kind.link(bot)
        links.add(
            Bot(BotName(bot.name), kind.name, None, kind.carries_codes(bot)), template, kind.app_links.get(template)
        )
    return links


def _entry(settings: BotSettings, username: str | None, public_url: str, seal: Seal) -> BotEntry:
    kind = kind_of(settings)
    bot = Bot(BotName(settings.name), kind.name, username)
    if kind.dashboard is None:
        return BotEntry(bot, None, None, None)
    return BotEntry(bot, hook_address(public_url, seal, bot.name), verify_token(seal, bot.name), kind.dashboard)


def _apps(settings: Settings, store: Store, clock: Clock, entropy: Entropy, seal: Seal) -> Apps:
    known_bots = tuple(BotName(bot.name) for bot in settings.bots)
    return Apps(store=store, clock=clock, entropy=entropy, seal=seal, known_bots=known_bots)


def _webhooks(settings: Settings, store: Store, clock: Clock, publisher: Publisher) -> WebhookEndpoints:
    return WebhookEndpoints(
        store=store,
        clock=clock,
        entropy=publisher.entropy,
        seal=publisher.seal,
        publisher=publisher,
        allows_http=bool(settings.webhooks.allowed_networks),
    )
