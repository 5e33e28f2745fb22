"""A site sends a one-time code to a subscriber, and asks whether what its visitor typed is it (``projects-api`` 7).

A guess and its count are one transaction, so however many come at once, none is free and one code wins once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.apps.lookup import enabled_app
from core.clock import Clock
from core.errors import GatepostError
from core.model.ids import AppId
from core.model.otp.code import (
    TEST_SUBSCRIBER,
    CodeEnding,
    CodeTerms,
    GuessResult,
    OneTimeCode,
    checked_terms,
    ended,
    guessable,
    judged,
    typed_guess,
)
from core.model.otp.errors import CodeNotSent, CodeReplaced, WrongCode
from core.model.sending.outbox_message import ARRIVED, MessageState
from core.model.subscribers.errors import SubscriberUnreachable
from core.model.subscribers.subscription import Subscription
from core.model.webhooks.webhook import WebhookEvent
from core.otp.issuing import Issued, IssueRequest, Issuing, digits_digest, withdraw
from core.people.accounts import owner
from core.ports.store import Stale, Store, Unit
from core.sending.submission import Submission
from core.subscribers.subscriptions import alive, named
from core.webhooks.publisher import Event, Publisher, event_of

_EVENTS: Final = {
    GuessResult.RIGHT: (WebhookEvent.OTP_VERIFIED,),
    GuessResult.WRONG: (WebhookEvent.OTP_FAILED_ATTEMPT,),
    GuessResult.LAST_WRONG: (WebhookEvent.OTP_FAILED_ATTEMPT, WebhookEvent.OTP_MAX_ATTEMPTS_REACHED),
}


@dataclass(frozen=True, slots=True)
class CodeRecipient:
    """The subscriber whom a code is for, by our id or by the site's; one of the two is given."""

    subscriber_id: str | None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCodes:
    """The story of a code that a site sends."""

    store: Store
    clock: Clock
    issuing: Issuing
    submission: Submission
    publisher: Publisher

    async def send(
        self, app_id: AppId, recipient: CodeRecipient, terms: CodeTerms, wait_seconds: float, *, is_test: bool
    ) -> Issued:
        """Send a code, and return when its messenger took it, for which there are ``wait_seconds``.

        Raises ``Invalid``, ``AppDisabled``, ``SubscriberNotFound``, ``TooManyRequests``, ``CodesNotCarried``,
        ``SubscriberUnreachable``, ``CodeReplaced``, and ``CodeNotSent`` if the messenger did not take it in time: then
        it is not sent any more, unless it may have been by now.
        """
        checked_terms(terms)
        now = self.clock.now()

        def issue(unit: Unit) -> Issued:
            unit.guard(f"codes of {app_id}")
            app = enabled_app(unit.apps.by_id(app_id))
            subscription = self._recipient(unit, app_id, recipient, is_test=is_test)
            issued = self.issuing.issue(unit, IssueRequest(app, subscription, terms, is_test), now)
            if subscription is None:
                self.publisher.publish(unit, app_id, now, _event(unit, WebhookEvent.OTP_SENT, issued.code, None))
            return issued

        issued = await self.store.write(issue)
        if issued.code.message_id is not None:
            message = await self.submission.wait(issued.code.message_id, wait_seconds)
            if message.state not in ARRIVED:
                await self._give_up(issued.code)
        return issued

    async def verify(self, app_id: AppId, subscriber_id: str, purpose: str, typed: str, *, is_test: bool) -> None:
        """Return if what was typed is the code, which is over with that; raise ``WrongCode`` if it is not.

        Raises ``AppDisabled``, ``SubscriberNotFound``, and ``NoActiveCode`` where there is nothing to guess.
        """
        now = self.clock.now()

        def guess(unit: Unit) -> OneTimeCode:
            enabled_app(unit.apps.by_id(app_id))
            subscription = _meant(unit, app_id, subscriber_id, is_test=is_test)
            subscription_id = TEST_SUBSCRIBER if subscription is None else subscription.subscription_id
            codes = unit.one_time_codes
            active = codes.active(app_id, subscription_id, purpose, is_test=is_test)
            latest = codes.latest(app_id, subscription_id, purpose, is_test=is_test) if active is None else active
            before = guessable(active, latest, now)
            digits = typed_guess(before, typed)
            digest = digits_digest(before.code_id, before.created_at, digits, self.issuing.seal)
            after, result = judged(before, digest)
            if not codes.swap(before, after):
                raise Stale
            events = [_event(unit, event, after, subscription) for event in _EVENTS[result]]
            self.publisher.publish(unit, app_id, now, *events)
            return after

        after = await self.store.write(guess)
        if after.ending is not CodeEnding.USED:
            raise WrongCode(after.attempts_left)

    def _recipient(self, unit: Unit, app_id: AppId, recipient: CodeRecipient, *, is_test: bool) -> Subscription | None:
        """Return the subscription a code goes to; of those with one ``external_id`` the first that carries codes."""
        if recipient.subscriber_id is not None:
            return _meant(unit, app_id, recipient.subscriber_id, is_test=is_test)
        candidates = named(unit, app_id, None, recipient.external_id)
        bots = ((each, owner(unit, each.account_id).bot) for each in candidates)
        return next((each for each, bot in bots if self.issuing.carries_codes(bot)), candidates[0])

    async def _give_up(self, code: OneTimeCode) -> None:
        """Take a code back that was not sent, and raise why it was not; return if it was sent after all."""
        now = self.clock.now()
        trouble = await self.store.write(lambda unit: _take_back(unit, code, now))
        if trouble is not None:
            raise trouble


def _meant(unit: Unit, app_id: AppId, subscriber_id: str, *, is_test: bool) -> Subscription | None:
    """Return the living subscription, ``None`` for the subscriber of tests; raise ``SubscriberNotFound``."""
    if is_test and subscriber_id == TEST_SUBSCRIBER:
        return None
    return alive(unit, app_id, subscriber_id)


def _event(unit: Unit, event: WebhookEvent, code: OneTimeCode, subscription: Subscription | None) -> Event:
    fields: dict[str, object] = {"purpose": code.purpose}
    if event is WebhookEvent.OTP_FAILED_ATTEMPT:
        fields["attempts_left"] = code.attempts_left
    if subscription is None:
        return Event(event, {"subscriber_id": TEST_SUBSCRIBER, "channel": None, **fields}, is_test=code.is_test)
    return event_of(event, subscription, owner(unit, subscription.account_id), fields, is_test=code.is_test)


def _take_back(unit: Unit, code: OneTimeCode, now: datetime) -> GatepostError | None:
    """Withdraw the code's message if it is not sent yet; return why it was not, ``None`` if it was.

    A code that did not reach its subscriber does not count among those of an hour, unless it was guessed at. One whose
    message may be on its way stays good.
    """
    message = unit.outbox.by_id(code.message_id) if code.message_id is not None else None
    if message is None or message.state in ARRIVED:
        return None
    if message.state is MessageState.CANCELLED:
        return CodeReplaced()
    is_lost = message.state in {MessageState.FAILED, MessageState.EXPIRED} or withdraw(unit, message.message_id, now)
    if is_lost:
        _drop(unit, code.code_id)
    return SubscriberUnreachable() if message.state is MessageState.FAILED else CodeNotSent()


def _drop(unit: Unit, code_id: str) -> None:
    code = unit.one_time_codes.by_id(code_id)
    if code is None or code.digest is None:
        return
    if code.attempts == 0:
        unit.one_time_codes.remove(code_id)
    elif not unit.one_time_codes.swap(code, ended(code, CodeEnding.REPLACED)):
        raise Stale
