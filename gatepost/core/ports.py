"""Everything the core asks of the world, on two pages.

A unit of work is a plain function of a ``Unit``: ``await store.write(confirm)``. It cannot await, so nobody can wait
for the network inside a transaction. An exception rolls the unit back. Not found is ``None``; a change of state is a
compare-and-swap that says whether it won.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from gatepost.core.model.app import App, AppKey, Logo
from gatepost.core.model.bot import Bot, Invitation, Manners
from gatepost.core.model.event import Event
from gatepost.core.model.ids import AccountId, AppId, BotName, LoginId, PersonId, Phone
from gatepost.core.model.login import Login, Pending, SentPrompt
from gatepost.core.model.message import Heard, Message, Pressed, Update
from gatepost.core.model.person import Account, MessengerName, Person, Subscription
from gatepost.core.model.receipt import Receipt
from gatepost.core.model.signing_key import SigningKey

T = TypeVar("T")


class Logins(Protocol):
    """The logins, and the prompts that stand in people's chats."""

    def add(self, login: Pending) -> None:
        """Keep a new login."""
        ...

    def by_session(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its session id."""
        ...

    def by_link(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its link code."""
        ...

    def by_typed_code(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its typed code."""
        ...

    def by_id(self, login_id: LoginId) -> Login | None:
        """Find a login by its id."""
        ...

    def swap(self, before: Login, after: Login) -> bool:
        """Replace ``before`` by ``after``; return False, changing nothing, if it is no longer ``before``."""
        ...

    def waiting_for(self, account_id: AccountId, now: datetime) -> Sequence[Pending]:
        """List the unexpired pending logins that the account holds, oldest first."""
        ...

    def put_prompt(self, login_id: LoginId, prompt: SentPrompt) -> None:
        """Remember the newest question about the login."""
        ...

    def note_prompt(self, login_id: LoginId, nonce: str, message_id: str) -> None:
        """Remember which message asks the question with this nonce, unless a newer one was put."""
        ...

    def settle_prompt(self, login_id: LoginId, message_id: str | None = None) -> bool:
        """Note that the message asks no more (``None`` = whichever did); return False if another one asks."""
        ...

    def prompt(self, login_id: LoginId) -> SentPrompt | None:
        """Return the newest question about the login; ``None`` if none was ever put."""
        ...

    def refused_since(self, account_id: AccountId, since: datetime) -> int:
        """Count the logins that the account said no to since then."""
        ...

    def over_with_prompt(
        self, now: datetime, sent_before: datetime, after: LoginId | None, limit: int
    ) -> Sequence[tuple[Login, str]]:
        """List logins whose message still asks though they ended or expired, or it was sent before and not answered.

        Ordered by id, beginning behind ``after``.
        """
        ...

    def erase_profiles(self, expired_before: datetime, limit: int) -> int:
        """Forget the sealed profiles of at most ``limit`` confirmed logins that expired before; return how many."""
        ...

    def forget(self, expired_before: datetime, limit: int) -> int:
        """Delete at most ``limit`` logins that expired before; return how many."""
        ...


class People(Protocol):
    """People, their accounts, and what they subscribed to."""

    def account(self, bot: BotName, user_id: str) -> Account | None:
        """Find an account by the bot that knows it."""
        ...

    def accounts_of_user(self, messenger: MessengerName, user_id: str) -> Sequence[Account]:
        """List a messenger's user as each of our bots knows them."""
        ...

    def account_by_id(self, account_id: AccountId) -> Account | None:
        """Find an account by its id."""
        ...

    def add_account(self, account: Account) -> None:
        """Keep a new account."""
        ...

    def put_account(self, account: Account) -> None:
        """Replace the account with the same id."""
        ...

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        """List a person's accounts."""
        ...

    def by_phone(self, phone: Phone) -> Person | None:
        """Find who holds the phone (in the form of ``phone.line_of``) now."""
        ...

    def by_id(self, person_id: PersonId) -> Person | None:
        """Find a person by id."""
        ...

    def add(self, person: Person) -> None:
        """Keep a new person."""
        ...

    def put(self, person: Person) -> None:
        """Replace the person with the same id."""
        ...

    def remove(self, person_id: PersonId) -> None:
        """Delete a person who has no account left."""
        ...

    def subscription(self, app_id: AppId, account_id: AccountId) -> Subscription | None:
        """Find a subscription, ended or not."""
        ...

    def put_subscription(self, subscription: Subscription) -> None:
        """Add the subscription, or replace the one of the same app and account."""
        ...

    def end_subscriptions(self, account_id: AccountId, now: datetime, consented_by: datetime) -> int:
        """End the account's subscriptions that were consented to by then; return how many were alive."""
        ...


class Apps(Protocol):
    """The apps and their keys."""

    def by_id(self, app_id: AppId) -> App | None:
        """Find an app."""
        ...

    def by_slug(self, slug: str) -> App | None:
        """Find an app by its slug."""
        ...

    def list_all(self) -> Sequence[App]:
        """List all apps, oldest first."""
        ...

    def add(self, app: App) -> None:
        """Keep a new app."""
        ...

    def put(self, app: App) -> None:
        """Replace the app with the same id."""
        ...

    def logo(self, app_id: AppId) -> Logo | None:
        """Return the app's logo."""
        ...

    def put_logo(self, app_id: AppId, logo: Logo | None) -> None:
        """Give the app a logo, or take it away."""
        ...

    def keys(self, app_id: AppId) -> Sequence[AppKey]:
        """List the app's keys, oldest first."""
        ...

    def add_key(self, key: AppKey) -> None:
        """Keep a new key."""
        ...

    def retire_keys(self, app_id: AppId, now: datetime, valid_until: datetime) -> None:
        """Let the app's keys that have no end yet end at ``valid_until``, and forget those that have ended by now."""
        ...


class SigningKeys(Protocol):
    """The keys that sign tokens."""

    def list_all(self) -> Sequence[SigningKey]:
        """List all signing keys, oldest first."""
        ...

    def put(self, key: SigningKey) -> None:
        """Add the key, or replace the one with the same ``kid``."""
        ...

    def remove(self, kid: str) -> None:
        """Delete a key."""
        ...


class Inbox(Protocol):
    """What messengers told us, kept until it was worked on, and remembered a while after."""

    def take(self, update: Update, sealed: bytes, now: datetime) -> bool:
        """Keep an update; return False if it was told before."""
        ...

    def done(self, bot: BotName, keys: Sequence[str]) -> None:
        """Note that these updates were worked on, and erase their bodies."""
        ...

    def waiting(self, bot: BotName, after: str | None, limit: int) -> Sequence[tuple[str, bytes]]:
        """List keys and sealed bodies of the bot's updates not worked on, oldest first, from behind key ``after``."""
        ...

    def forget(self, taken_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` updates taken before; return how many."""
        ...


class Events(Protocol):
    """What happened, for those who must be told."""

    def add(self, event: Event) -> None:
        """Keep a new event."""
        ...

    def latest(self, limit: int) -> Sequence[Event]:
        """List the newest events, newest first."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Forget at most ``limit`` events of before; return how many."""
        ...


class Receipts(Protocol):
    """How far our messages came, as far as their messengers tell."""

    def put(self, receipt: Receipt) -> bool:
        """Keep the news if it is further than what is known of the message; return whether it was."""
        ...

    def by_message(self, bot: BotName, message_id: str) -> Receipt | None:
        """Return how far a message came."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Forget at most ``limit`` receipts of before; return how many."""
        ...


class Bots(Protocol):
    """What messengers call our bots, and what their adapters must remember."""

    def username(self, bot: BotName) -> str | None:
        """Return the bot's username as last heard from its messenger."""
        ...

    def put_username(self, bot: BotName, username: str) -> None:
        """Remember what the messenger calls the bot."""
        ...

    def marker(self, bot: BotName) -> str | None:
        """Return how far the bot has read its updates, as its adapter noted it."""
        ...

    def put_marker(self, bot: BotName, marker: str) -> None:
        """Note how far the bot has read its updates; the bot was reached before."""
        ...


class Unit(Protocol):
    """One transaction, seen from inside."""

    @property
    def logins(self) -> Logins:
        """The logins."""
        ...

    @property
    def people(self) -> People:
        """The people."""
        ...

    @property
    def apps(self) -> Apps:
        """The apps."""
        ...

    @property
    def signing_keys(self) -> SigningKeys:
        """The signing keys."""
        ...

    @property
    def inbox(self) -> Inbox:
        """The inbox."""
        ...

    @property
    def events(self) -> Events:
        """The events."""
        ...

    @property
    def receipts(self) -> Receipts:
        """The receipts."""
        ...

    @property
    def bots(self) -> Bots:
        """The bots."""
        ...


class Stale(Exception):
    """A swap lost against another process; the store runs the unit again, on what it would find now."""


class Store(Protocol):
    """The two doors to what we keep. Both raise ``Busy`` when too much waits or the disk refuses."""

    @property
    def commits(self) -> int:
        """How many commits have reached the disk since the start."""
        ...

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run ``work`` in a transaction; when this returns, what it did survives a power cut."""
        ...

    async def prove(self) -> None:
        """Write something for real, and raise ``Busy`` if the disk or another process refuses."""
        ...

    async def read(self, work: Callable[[Unit], T]) -> T:
        """Run ``work``, which changes nothing, on a consistent view."""
        ...


class Unreachable(Exception):
    """The messenger will not bring messages to this chat: blocked, gone, or never opened."""


class TryLater(Exception):
    """Not now: too many, or the messenger is not there. ``after`` is in seconds."""

    def __init__(self, after: float, why: str) -> None:
        super().__init__(why)
        self.after = after


class Refused(Exception):
    """The messenger does not accept this call, and will not accept it again; the text says why."""


class Revoked(Exception):
    """The messenger does not let the bot work (token, payment, a lock): only the operator can help."""


Take = Callable[[Sequence[Update]], Awaitable[None]]
"""Keeps updates for good; once it returned, the messenger may forget them."""


class Messenger(Protocol):
    """One bot's connection to its messenger. It translates and does not think."""

    @property
    def bot(self) -> BotName:
        """The operator's name for the bot."""
        ...

    @property
    def name(self) -> MessengerName:
        """Which messenger."""
        ...

    @property
    def manners(self) -> Manners:
        """What the messenger can do, and what its messages cost."""
        ...

    async def connect(self) -> str:
        """Greet the messenger and return the bot's username; raise ``TryLater``, ``Refused`` or ``Revoked``."""
        ...

    async def run(self, take: Take, up: Callable[[], None]) -> None:
        """Hand over what the messenger tells until cancelled, calling ``up`` while it is well; raise as ``connect``."""
        ...

    async def accept(self, headers: Mapping[str, str], body: bytes, take: Take) -> None:
        """Hand over what the messenger posted to our webhook; raise ``WebhookRefused`` if it was not the messenger."""
        ...

    def greet(self, query: Mapping[str, str]) -> str:
        """Answer a messenger that asks whether our webhook is ours; raise ``WebhookRefused``."""
        ...

    def translate(self, update: Update) -> Heard | None:
        """Turn an update into what was heard; ``None`` for what does not concern us, any error for what is broken."""
        ...

    async def send(self, chat: str, message: Message) -> str:
        """Send, and return the message's id; raise ``Unreachable``, ``TryLater``, ``Refused`` or ``Revoked``."""
        ...

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Replace a message we sent; a message that is gone or already so is no error. Raises as ``send`` does."""
        ...

    async def respond(self, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Answer a tap with a short note, and replace the message it was under unless ``message`` is ``None``."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Links(Protocol):
    """Where the messengers' bots can be opened."""

    def bots(self) -> Sequence[Bot]:
        """List the bots this daemon runs."""
        ...

    def is_away(self, bot: BotName, now: datetime) -> bool:
        """Tell whether the bot has not been reached for so long that nobody should be sent there."""
        ...

    def link(self, bot: BotName, invitation: Invitation) -> str | None:
        """Return the address that opens the bot for a login; ``None`` until the bot was first reached."""
        ...

    def app_link(self, bot: BotName, invitation: Invitation) -> str | None:
        """Return the address that opens the messenger's app itself, ``None`` where ``link`` does that."""
        ...
