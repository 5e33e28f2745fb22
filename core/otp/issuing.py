"""Issuing a one-time code to a subscriber, inside the transaction of what asked for it.

That is a site (``codes``), or a person who opened a site's link (``requests``).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Protocol

from core.entropy import hex_id
from core.errors import Invalid, TooManyRequests
from core.model.apps.app import App
from core.model.apps.project import Project
from core.model.ids import BotName, MessageId
from core.model.messages.content import Content
from core.model.messages.template import Format, Template, filled
from core.model.otp.code import SENDS_AN_HOUR, TEST_SUBSCRIBER, CodeEnding, CodeTerms, OneTimeCode, ended
from core.model.otp.errors import CodesNotCarried
from core.model.sending import outbox_message
from core.model.sending.outbox_message import Cause, CauseKind, MessageState, Priority
from core.model.subscribers.errors import SubscriberUnreachable
from core.model.subscribers.subscription import Subscription
from core.model.text.text import RichText
from core.people.accounts import language_of, owner
from core.ports.messengers import Links
from core.ports.store import Stale, Unit
from core.seal import Seal
from core.sending.outbox import Outbox, OutboxEntry, bell_of

_HOUR: Final = timedelta(hours=1)


class CodeWords(Protocol):
    """What a bot says when it brings a code, unless the site has words of its own."""

    def text(self, language: str, app: App, project: Project, code: str, minutes: int) -> RichText:
        """Return the text that tells the digits ``code``, whom they are for, and how many minutes they are good.

        ``language`` is two letters.
        """
        ...


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Which app's subscriber is to get a code, on what terms; ``subscription`` is ``None`` for the tests' subscriber.

    With ``is_test`` the message goes all the way, but to no messenger.
    """

    app: App
    subscription: Subscription | None
    terms: CodeTerms
    is_test: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """A new code and its digits."""

    code: OneTimeCode
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """Makes codes and posts their messages."""

    seal: Seal
    outbox: Outbox
    links: Links
    words: CodeWords

    def carries_codes(self, bot: BotName) -> bool | None:
        """Tell whether one-time codes may be sent by a bot; ``None`` if this daemon does not run it."""
        return next((each.carries_codes for each in self.links.bots() if each.name == bot), None)

    def issue(self, unit: Unit, request: IssueRequest, now: datetime) -> Issued:
        """Make a code and post the message that tells it; the one before it for the same purpose is over.

        Without a subscription there is no message. Raises ``TooManyRequests``, ``CodesNotCarried`` and
        ``SubscriberUnreachable``.
        """
        if request.subscription is not None:
            self._check_way(unit, request.subscription)
        code, digits = self._draw(request, now)
        _check_rate(unit, code, now)
        _end_former(unit, code, now)
        if request.subscription is not None:
            code = replace(code, message_id=self._post(unit, request, request.subscription, code, now))
        unit.one_time_codes.add(code)
        return Issued(code, digits)

    def _check_way(self, unit: Unit, subscription: Subscription) -> None:
        may = self.carries_codes(owner(unit, subscription.account_id).bot)
        if may is None:
            raise SubscriberUnreachable
        if not may:
            raise CodesNotCarried

    def _draw(self, request: IssueRequest, now: datetime) -> tuple[OneTimeCode, str]:
        """Return a new code, and its digits."""
        code_id, terms = hex_id(self.outbox.entropy), request.terms
        digits = digits_of(code_id, now, terms.length, self.seal)
        code = OneTimeCode(
            code_id=code_id,
            app_id=request.app.app_id,
            subscription_id=TEST_SUBSCRIBER if request.subscription is None else request.subscription.subscription_id,
            purpose=terms.purpose,
            is_test=request.is_test,
            digest=digits_digest(code_id, now, digits, self.seal),
            max_attempts=terms.max_attempts,
            created_at=now,
            expires_at=now + terms.ttl,
            message_id=None,
            length=terms.length,
        )
        return code, digits

    def _post(
        self, unit: Unit, request: IssueRequest, subscription: Subscription, code: OneTimeCode, now: datetime
    ) -> MessageId:
        """Put the message that tells the code into the outbox; raise ``SubscriberUnreachable``."""
        app, terms = request.app, request.terms
        project = unit.apps.project(app.app_id)
        language = language_of(owner(unit, subscription.account_id))
        digits = digits_of(code.code_id, code.created_at, terms.length, self.seal)
        text = _own_text(project, digits, terms.minutes)
        entry = OutboxEntry(
            content=Content(text or self.words.text(language, app, project, digits, terms.minutes), code=digits),
            not_before=now,
            lifetime=terms.ttl,
            priority=Priority.LOGIN,
            cause=Cause(CauseKind.OTP, code.code_id),
            is_test=code.is_test,
        )
        accepted = self.outbox.to_subscriber(unit, app, subscription, entry, now)
        if accepted.message_id is None:
            raise SubscriberUnreachable
        return accepted.message_id


def digits_of(code_id: str, drawn_at: datetime, length: int, seal: Seal) -> str:
    """Return a code's ``length`` digits, which are computed from its id under the master key and kept nowhere."""
    return f"{int.from_bytes(seal.derived(code_id, 'digits of code', drawn_at)) % 10**length:0{length}d}"


def digits_digest(code_id: str, drawn_at: datetime, digits: str, seal: Seal) -> bytes:
    """Return what a code's digits are stored as."""
    return seal.derived(f"{code_id}\0{digits}", "code by message", drawn_at)


def withdraw(unit: Unit, message_id: MessageId, now: datetime) -> bool:
    """Cancel a message that no lane has taken up, and erase its text; return whether that could be done."""
    message = unit.outbox.by_id(message_id)
    if message is None or message.state is not MessageState.ACCEPTED:
        return False
    if not unit.outbox.swap(message, outbox_message.cancelled(message, now)):
        raise Stale
    unit.outbox.erase_content(message_id)
    unit.ring(bell_of(message_id))
    return True


def _check_rate(unit: Unit, code: OneTimeCode, now: datetime) -> None:
    sent = unit.one_time_codes.sent_since(
        code.app_id, code.subscription_id, now - _HOUR, SENDS_AN_HOUR, is_test=code.is_test
    )
    if len(sent) >= SENDS_AN_HOUR:
        raise TooManyRequests(max(1, ceil((sent[-1] + _HOUR - now).total_seconds())))


def _end_former(unit: Unit, code: OneTimeCode, now: datetime) -> None:
    """End the code that has the new one's purpose; its message is not sent any more, if it was still to be sent."""
    former = unit.one_time_codes.active(code.app_id, code.subscription_id, code.purpose, is_test=code.is_test)
    if former is None:
        return
    if not unit.one_time_codes.swap(former, ended(former, CodeEnding.REPLACED)):
        raise Stale
    if former.message_id is not None:
        withdraw(unit, former.message_id, now)


def _own_text(project: Project, digits: str, minutes: int) -> RichText | None:
    """Return the site's own words, signed; ``None`` if it has none, or none that can be read."""
    sender = project.sender
    if not sender.otp_template:
        return None
    values: dict[str, str | int | float] = {"code": digits, "minutes": minutes}
    try:
        text = filled(Template("", sender.otp_template, Format.HTML), values)
    except Invalid:  # kept since before such texts were read when they are set
        return None
    return text.append(sender.signature) if sender.signature else text
