"""What one transaction can find, keep and change: the repositories that a ``Unit`` is made of.

Not found is ``None``; a change of state is a compare-and-swap that says whether it won. Nothing here can await.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.model.app import App, AppKey, Logo
from core.model.event import Event
from core.model.ids import (
    AccountId,
    AppId,
    BotName,
    DeliveryId,
    EndpointId,
    LoginId,
    NoticeId,
    PersonId,
    Phone,
    SubscriptionId,
)
from core.model.login import Login, Pending, SentPrompt
from core.model.message import Update
from core.model.notice import Attempt, Notice, NoticeState, Priority
from core.model.person import Account, MessengerName, Person, Subscription
from core.model.project import Project
from core.model.receipt import Receipt
from core.model.request import Request
from core.model.signing_key import SigningKey
from core.model.template import Template
from core.model.webhook import Delivery, DeliveryFilter, Endpoint, WebhookEvent


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

    def by_code(self, digest: bytes) -> Login | None:
        """Find a login by the digest of its one-time code."""
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

    def erase_profiles(self, expired_before: datetime, confirmed_before: datetime, limit: int) -> int:
        """Forget the sealed profiles of at most ``limit`` logins that nobody can redeem any more; return how many.

        Those are the ones that expired before or, where a code redeems them, were confirmed before.
        """
        ...

    def erase_profiles_of(self, app_id: AppId, account_id: AccountId) -> None:
        """Forget the sealed profiles of the account's logins to the app."""
        ...

    def forget(self, expired_before: datetime, limit: int) -> int:
        """Delete at most ``limit`` logins that expired before; return how many."""
        ...


class People(Protocol):
    """People and their accounts."""

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


class Subscriptions(Protocol):
    """Who may be written to by which app."""

    def find(self, app_id: AppId, account_id: AccountId) -> Subscription | None:
        """Find a subscription, ended or not."""
        ...

    def by_id(self, subscription_id: SubscriptionId) -> Subscription | None:
        """Find a subscription by its id, ended or not."""
        ...

    def by_external_id(self, app_id: AppId, external_id: str) -> Sequence[Subscription]:
        """List the app's subscriptions that its site calls so, ended ones too."""
        ...

    def alive_of(self, account_id: AccountId) -> Sequence[Subscription]:
        """List the account's subscriptions that are alive, oldest first."""
        ...

    def list_page(
        self, app_id: AppId, channel: MessengerName | None, limit: int, offset: int
    ) -> Sequence[tuple[Subscription, Account]]:
        """List who is subscribed to the app, by one messenger or all, newest first."""
        ...

    def count(self, app_id: AppId, channel: MessengerName | None) -> int:
        """Count who is subscribed to the app, by one messenger or all."""
        ...

    def count_by_tag(self, app_id: AppId) -> Mapping[str, int]:
        """Count who is subscribed to the app, by tag; a tag that nobody has is missing."""
        ...

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        """Give all the app's subscriptions with the tag, ended ones too, the new one, which none of them has."""
        ...

    def drop_tag(self, app_id: AppId, name: str) -> None:
        """Take the tag from all the app's subscriptions, ended ones too."""
        ...

    def drop_permission(self, app_id: AppId, key: str) -> None:
        """Take the permission from all the app's subscriptions."""
        ...

    def put(self, subscription: Subscription) -> None:
        """Add the subscription, or replace the one of the same app and account."""
        ...

    def remove(self, subscription_id: SubscriptionId) -> None:
        """Delete a subscription."""
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

    def key(self, digest: bytes) -> AppKey | None:
        """Find a key by its digest, ended or not."""
        ...

    def note_use(self, digest: bytes, now: datetime) -> None:
        """Note that a key was used."""
        ...

    def project(self, app_id: AppId) -> Project:
        """Return the app's settings for the project dialect; those of the beginning if it has none."""
        ...

    def put_project(self, project: Project) -> None:
        """Replace the app's settings for the project dialect."""
        ...

    def templates(self, app_id: AppId) -> Sequence[Template]:
        """List the app's templates by key."""
        ...

    def put_template(self, app_id: AppId, template: Template) -> None:
        """Add the template, or replace the one with the same key."""
        ...

    def remove_template(self, app_id: AppId, key: str) -> None:
        """Delete a template."""
        ...

    def retire_keys(self, app_id: AppId, valid_until: datetime) -> None:
        """Let the app's keys that have no end yet end at ``valid_until``, and forget those that have one."""
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


class Webhooks(Protocol):
    """Where sites are told what happens, and what they are told."""

    def endpoints(self, app_id: AppId) -> Sequence[Endpoint]:
        """List the app's endpoints, oldest first."""
        ...

    def listening(self, app_id: AppId) -> Sequence[Endpoint]:
        """List the app's endpoints that are enabled, oldest first; none if the app itself is disabled."""
        ...

    def endpoint(self, endpoint_id: EndpointId) -> Endpoint | None:
        """Find an endpoint."""
        ...

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint."""
        ...

    def put_endpoint(self, endpoint: Endpoint) -> None:
        """Replace the endpoint with the same id."""
        ...

    def remove_endpoint(self, endpoint_id: EndpointId) -> None:
        """Delete an endpoint with all that was, or was to be, told to it."""
        ...

    def endpoints_due(self, now: datetime, limit: int) -> Sequence[Endpoint]:
        """List enabled endpoints of enabled apps with something to be told by now.

        Those that fail come last, else the longest waiting first.
        """
        ...

    def lease(self, endpoint_id: EndpointId, now: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        """Take hold, until then, of at most ``limit`` of what is to be told to the endpoint by now, oldest first."""
        ...

    def release(self, now: datetime) -> int:
        """Let go of all that anybody holds, so that it is to be told now; return how much."""
        ...

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep something to be told."""
        ...

    def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """Find a delivery."""
        ...

    def swap_delivery(self, before: Delivery, after: Delivery) -> bool:
        """Replace ``before`` by ``after``; False, changing nothing, if it is gone or somebody else took hold of it."""
        ...

    def deliveries(self, wanted: DeliveryFilter, after: DeliveryId | None, limit: int) -> Sequence[Delivery]:
        """List deliveries, newest first, from behind ``after``."""
        ...

    def erase_deliveries_of(self, subscription_id: SubscriptionId, why: str, now: datetime) -> None:
        """Erase what was, or was to be, told of a subscription, but for its end; what waits fails because of that."""
        ...

    def erase_delivered(self, event: WebhookEvent, settled_before: datetime, limit: int) -> int:
        """Erase the bodies of at most ``limit`` deliveries of an event that arrived before; return how many."""
        ...

    def forget_deliveries(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` deliveries of before; return how many."""
        ...


class Outbox(Protocol):
    """What apps write to people."""

    def add(self, notice: Notice) -> None:
        """Keep a new notice."""
        ...

    def by_id(self, notice_id: NoticeId) -> Notice | None:
        """Find a notice."""
        ...

    def by_message(self, bot: BotName, message_id: str) -> Notice | None:
        """Find a notice by what its messenger calls it."""
        ...

    def swap(self, before: Notice, after: Notice) -> bool:
        """Replace ``before`` by ``after``; return False, changing nothing, if it is no longer ``before``."""
        ...

    def release(self, bot: BotName) -> int:
        """Let go of whatever of the bot's is held; return how many there were."""
        ...

    def stale(self, expired_before: datetime, now: datetime, limit: int) -> Sequence[Notice]:
        """List what was not sent, is worth nothing since before that, and is held by nobody."""
        ...

    def put_attempt(self, attempt: Attempt) -> None:
        """Add the attempt, or replace the one with the same number."""
        ...

    def attempts(self, notice_id: NoticeId) -> Sequence[Attempt]:
        """List a notice's attempts, in order."""
        ...

    def waiting(self) -> Sequence[tuple[BotName, Priority, int, datetime]]:
        """Count what waits for each bot by priority, and tell since when the oldest does."""
        ...

    def ended_in(self, states: tuple[NoticeState, NoticeState, NoticeState], limit: int) -> Sequence[Notice]:
        """List the newest notices that ended in one of three states, newest first."""
        ...

    def request(self, app_id: AppId, key: str) -> Request | None:
        """Find what the app asked under a key."""
        ...

    def add_request(self, request: Request) -> None:
        """Keep what an app asked under a key."""
        ...

    def forget_requests(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` requests made before; return how many."""
        ...

    def erase_content(self, notice_id: NoticeId) -> None:
        """Erase a notice's text."""
        ...

    def with_text(self, app_id: AppId, account_id: AccountId, limit: int, *, is_bound: bool) -> Sequence[Notice]:
        """List at most ``limit`` of the app's notices to the account that still have a text."""
        ...

    def erase_contents(self, created_before: datetime, limit: int) -> int:
        """Erase the texts of at most ``limit`` settled notices created before; return how many."""
        ...

    def forget(self, created_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` settled notices created before; return how many."""
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
