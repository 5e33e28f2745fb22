"""A link that brings a one-time code to the person who opens it, and subscribes them if they are not yet.

A site does not know the subscriber beforehand; it learns who it is when the code is out, and verifies as ever.
"""

from dataclasses import dataclass, replace
from typing import Final

from core.apps.lookup import enabled_app
from core.clock import Clock
from core.entropy import base62
from core.errors import TooManyRequests
from core.messengers.start_links import start_links
from core.model.apps.app import App
from core.model.ids import AppId, SubscriptionId
from core.model.messages.bot import StartLink
from core.model.messages.errors import NoBotsConfigured
from core.model.messages.payloads import write_otp
from core.model.otp.code import (
    OPEN_REQUESTS_LIMIT,
    REQUEST_ID_LENGTH,
    REQUEST_LIFETIME,
    CodeRequest,
    CodeRequestStatus,
    CodeTerms,
    RequestState,
    answered,
    checked_terms,
    declined,
    opened,
)
from core.model.otp.errors import CodeRequestGone, CodesNotCarried
from core.model.people.person import Account, MessengerName, Sender
from core.model.sending.outbox_message import ARRIVED, OPEN, MessageState
from core.model.subscribers.subscription import Subscription
from core.otp.issuing import IssueRequest, Issuing, digits_of
from core.people import accounts
from core.people.accounts import Accounts
from core.people.names import names_of
from core.ports.store import Stale, Store, Unit
from core.subscribers.membership import MemberOf
from core.subscribers.subscriptions import Gain, Subscriptions

_FULL_SECONDS: Final = 60
_ID_OCTETS: Final = 16


@dataclass(frozen=True, slots=True)
class StartedCodeRequest:
    """A new request: its id, its links by messenger, and how many seconds it lives."""

    request_id: str
    links: dict[MessengerName, str]
    expires_in: int


@dataclass(frozen=True, slots=True)
class Polled:
    """How a request stands.

    ``subscriber_id`` is who got the code; ``test_code`` are the digits of a test's code, which goes to no messenger.
    """

    status: CodeRequestStatus
    subscriber_id: SubscriptionId | None = None
    test_code: str | None = None


@dataclass(frozen=True, slots=True)
class Opened(MemberOf):
    """The app whose link a person opened; ``is_given`` = the code is on its way, else they are to be asked first.

    ``is_test`` = the site tries things out, and there is nothing on its way.
    """

    is_given: bool
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequests:
    """The story of such a link."""

    store: Store
    clock: Clock
    issuing: Issuing
    accounts: Accounts
    subscriptions: Subscriptions

    async def start(
        self, app_id: AppId, terms: CodeTerms, channel: MessengerName | None, locale: str | None, *, is_test: bool
    ) -> StartedCodeRequest:
        """Make a request, with links of all messengers or one; nothing is kept of a refused one.

        Raises ``Invalid``, ``AppDisabled``, ``NoBotsConfigured``, ``BotsUnavailable``, ``CodesNotCarried`` and
        ``TooManyRequests``.
        """
        checked_terms(terms)
        now = self.clock.now()
        request_id = base62(int.from_bytes(self.issuing.outbox.entropy.octets(_ID_OCTETS)), REQUEST_ID_LENGTH)
        payload = write_otp(request_id)

        def add(unit: Unit) -> StartedCodeRequest:
            unit.guard(f"code requests of {app_id}")
            app = enabled_app(unit.apps.by_id(app_id))
            if unit.one_time_codes.open_requests(app_id, now) >= OPEN_REQUESTS_LIMIT:
                raise TooManyRequests(_FULL_SECONDS)
            start_link = StartLink(payload, payload, locale, "draft_otp")
            links, _ = start_links(self.issuing.links, self._carried(app, channel), start_link, now)
            request = CodeRequest(
                digest=self._digest(request_id),
                app_id=app_id,
                terms=terms,
                is_test=is_test,
                created_at=now,
                expires_at=now + REQUEST_LIFETIME,
            )
            unit.one_time_codes.add_request(request)
            return StartedCodeRequest(request_id, links, int(REQUEST_LIFETIME.total_seconds()))

        return await self.store.write(add)

    async def poll(self, app_id: AppId, request_id: str) -> Polled:
        """Return how a request stands; an unknown one has expired."""
        now = self.clock.now()

        def look(unit: Unit) -> Polled:
            request = unit.one_time_codes.request(self._digest(request_id))
            if request is None or request.app_id != app_id:
                return Polled(CodeRequestStatus.EXPIRED)
            if request.state is RequestState.SENT:
                return self._sent(unit, request)
            if request.state is RequestState.CANCELLED:
                return Polled(CodeRequestStatus.CANCELLED)
            return Polled(CodeRequestStatus.PENDING if now < request.expires_at else CodeRequestStatus.EXPIRED)

        return await self.store.read(look)

    async def open(self, sender: Sender, request_id: str) -> Opened:
        """Give the code to a sender who is subscribed already; else return that they are to be asked.

        Raises ``CodeRequestGone``, ``AppDisabled``, ``TooManyRequests``, ``CodesNotCarried``,
        ``SubscriberUnreachable``.
        """
        return await self._answer(sender, request_id, subscribes=False)

    async def accept(self, sender: Sender, request_id: str) -> Opened:
        """Subscribe the sender and give them the code; raises as ``open`` does."""
        return await self._answer(sender, request_id, subscribes=True)

    async def decline(self, request_id: str) -> None:
        """Note that the person who opened the link does not want the code; raise ``CodeRequestGone``."""
        now = self.clock.now()

        def decline(unit: Unit) -> None:
            before = opened(unit.one_time_codes.request(self._digest(request_id)), now)
            if not unit.one_time_codes.swap_request(before, declined(before)):
                raise Stale

        await self.store.write(decline)

    async def _answer(self, sender: Sender, request_id: str, *, subscribes: bool) -> Opened:
        now = self.clock.now()

        def answer(unit: Unit) -> Opened:
            request = unit.one_time_codes.request(self._digest(request_id))
            if request is None:
                raise CodeRequestGone
            app = enabled_app(unit.apps.by_id(request.app_id))
            if sender.bot not in app.bots:
                raise CodeRequestGone
            project = unit.apps.project(app.app_id)
            if _has_answered(unit, sender, request):
                return Opened(app, project, is_given=True, is_test=request.is_test)
            before = opened(request, now)
            if not self.issuing.carries_codes(sender.bot):  # to ask would begin what the messenger forbids
                raise CodesNotCarried
            account = self.accounts.find_or_add(unit, sender, now)
            subscription = self._subscription(unit, app, account, sender, subscribes=subscribes)
            if subscription is None:
                return Opened(app, project, is_given=False, is_test=request.is_test)
            issued = self.issuing.issue(unit, IssueRequest(app, subscription, before.terms, before.is_test), now)
            after = answered(before, subscription.subscription_id, issued.code.code_id)
            if not unit.one_time_codes.swap_request(before, after):
                raise Stale
            return Opened(app, project, is_given=True, is_test=request.is_test)

        return await self.store.write(answer)

    def _subscription(
        self, unit: Unit, app: App, account: Account, sender: Sender, *, subscribes: bool
    ) -> Subscription | None:
        """Return the account's living subscription, or a new one if it is to be made."""
        if not subscribes:
            subscription = unit.subscriptions.find(app.app_id, account.account_id)
            return subscription if subscription is not None and subscription.is_alive else None
        gain = Gain(names=names_of(sender))
        return self.subscriptions.ensure(unit, app.app_id, account, self.clock.now(), gain)

    def _carried(self, app: App, channel: MessengerName | None) -> App:
        """Return the app with only those of its bots that may carry the code, of one messenger or all.

        Raises ``NoBotsConfigured`` or ``CodesNotCarried``.
        """
        running = {bot.name: bot for bot in self.issuing.links.bots()}
        mine = [running[name] for name in app.bots if name in running]
        mine = [bot for bot in mine if channel is None or bot.messenger is channel]
        if not mine:
            raise NoBotsConfigured
        carrying = tuple(bot.name for bot in mine if bot.carries_codes)
        if not carrying:
            raise CodesNotCarried
        return replace(app, bots=carrying)

    def _sent(self, unit: Unit, request: CodeRequest) -> Polled:
        """Return how a request stands that was answered: as its code's message does."""
        code = unit.one_time_codes.by_id(request.code_id or "")
        message = unit.outbox.by_id(code.message_id) if code is not None and code.message_id is not None else None
        if code is None or message is None:
            return Polled(CodeRequestStatus.EXPIRED)
        if message.state in OPEN:
            return Polled(CodeRequestStatus.PENDING)
        if message.state not in ARRIVED and message.state is not MessageState.UNKNOWN:
            return Polled(CodeRequestStatus.CANCELLED)
        test_code = (
            digits_of(code.code_id, code.created_at, request.terms.length, self.issuing.seal)
            if request.is_test
            else None
        )
        return Polled(CodeRequestStatus.SENT, request.subscription_id, test_code)

    def _digest(self, request_id: str) -> bytes:
        return self.issuing.seal.digest(request_id, "code request")


def _has_answered(unit: Unit, sender: Sender, request: CodeRequest) -> bool:
    """Tell whether it was the sender who got this request's code: what is heard twice is done once."""
    account = accounts.find(unit, sender)
    subscription = unit.subscriptions.find(request.app_id, account.account_id) if account else None
    return subscription is not None and request.subscription_id == subscription.subscription_id
