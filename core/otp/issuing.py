"""Giving a subscriber a one-time code, inside the transaction of whoever has a reason to.

A site asks for one (``one_time_codes``), or a person does who opened its link (``code_requests``).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Protocol

from core.bells import Bells
from core.entropy import hex_id
from core.errors import Invalid, TooManyRequests
from core.model.apps.app import App
from core.model.apps.project import Project
from core.model.ids import BotName, MessageId
from core.model.messages.content import Content
from core.model.messages.template import Format, Template, filled
from core.model.otp.code import NOBODY, SENDS_AN_HOUR, CodeTerms, OneTimeCode, ended
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
        """Return the text that tells the code, whom it is for, and how long it is good."""
        ...


@dataclass(frozen=True, slots=True)
class Issued:
    """A code that was made, and the message whose place its message took, if that was not sent yet."""

    made: OneTimeCode
    code: str
    withdrawn: MessageId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """Makes codes. ``bells`` wake those who wait for what became of a message."""

    seal: Seal
    outbox: Outbox
    links: Links
    words: CodeWords
    bells: Bells

    def carries_codes(self, bot: BotName) -> bool | None:
        """Tell whether one-time codes may be sent by a bot; ``None`` if this daemon does not run it."""
        return next((each.carries_codes for each in self.links.bots() if each.name == bot), None)

    def issue(  # noqa: PLR0913 - to whom, by which app, on what terms, when
        self, unit: Unit, app: App, subscription: Subscription | None, terms: CodeTerms, now: datetime, *, is_test: bool
    ) -> Issued:
        """Make a code and post the message that tells it; the one before it for the same purpose is over.

        Without a subscription it is for nobody, and there is no message. Raises ``TooManyRequests``,
        ``CodesNotCarried`` and ``SubscriberUnreachable``. Call ``ring`` after the commit.
        """
        if subscription is not None:
            self._check_way(unit, subscription)
        made, code = self._draw(app, subscription, terms, now, is_test=is_test)
        _check_rate(unit, made, now)
        withdrawn = _end_former(unit, made, now)
        if subscription is not None:
            made = replace(made, message_id=self._post(unit, app, subscription, made, code, terms, now))
        unit.one_time_codes.add(made)
        return Issued(made, code, withdrawn)

    def ring(self, issued: Issued) -> None:
        """Wake those who send, and those who wait for a message that is not sent any more."""
        self.outbox.ring()
        if issued.withdrawn is not None:
            self.bells.ring(bell_of(issued.withdrawn))

    def _check_way(self, unit: Unit, subscription: Subscription) -> None:
        may = self.carries_codes(owner(unit, subscription.account_id).bot)
        if may is None:
            raise SubscriberUnreachable
        if not may:
            raise CodesNotCarried

    def _draw(
        self, app: App, subscription: Subscription | None, terms: CodeTerms, now: datetime, *, is_test: bool
    ) -> tuple[OneTimeCode, str]:
        code_id = hex_id(self.outbox.entropy)
        code = code_of(code_id, terms.length, self.seal)
        made = OneTimeCode(
            code_id=code_id,
            app_id=app.app_id,
            subscription_id=NOBODY if subscription is None else subscription.subscription_id,
            purpose=terms.purpose,
            is_test=is_test,
            digest=code_digest(code_id, code, self.seal),
            max_attempts=terms.max_attempts,
            created_at=now,
            expires_at=now + terms.ttl,
            message_id=None,
        )
        return made, code

    def _post(  # noqa: PLR0913, PLR0917 - what is posted, to whom, by which app, when
        self,
        unit: Unit,
        app: App,
        subscription: Subscription,
        made: OneTimeCode,
        code: str,
        terms: CodeTerms,
        now: datetime,
    ) -> MessageId:
        project = unit.apps.project(app.app_id)
        language = language_of(owner(unit, subscription.account_id))
        text = _own_text(project, code, terms.minutes) or self.words.text(language, app, project, code, terms.minutes)
        letter = OutboxEntry(
            content=Content(text, code=code),
            not_before=now,
            lifetime=terms.ttl,
            priority=Priority.LOGIN,
            cause=Cause(CauseKind.OTP, made.code_id),
            is_test=made.is_test,
        )
        accepted = self.outbox.to_subscriber(unit, app, subscription, letter, now)
        if accepted.message_id is None:
            raise SubscriberUnreachable
        return accepted.message_id


def code_of(code_id: str, length: int, seal: Seal) -> str:
    """Return a code's digits, which nobody can tell who does not have the master key."""
    return f"{int.from_bytes(seal.digest(code_id, 'digits of code')) % 10**length:0{length}d}"


def code_digest(code_id: str, code: str, seal: Seal) -> bytes:
    """Return what a code is stored as."""
    return seal.digest(f"{code_id}\0{code}", "code by message")


def withdraw(unit: Unit, message_id: MessageId, now: datetime) -> bool:
    """Take a message back that nobody has begun to send, with its text; return whether that could be done."""
    message = unit.outbox.by_id(message_id)
    if message is None or message.state is not MessageState.ACCEPTED:
        return False
    if not unit.outbox.swap(message, outbox_message.cancelled(message, now)):
        raise Stale
    unit.outbox.erase_content(message_id)
    return True


def _check_rate(unit: Unit, made: OneTimeCode, now: datetime) -> None:
    sent = unit.one_time_codes.sent_since(
        made.app_id, made.subscription_id, now - _HOUR, SENDS_AN_HOUR, is_test=made.is_test
    )
    if len(sent) >= SENDS_AN_HOUR:
        raise TooManyRequests(max(1, ceil((sent[-1] + _HOUR - now).total_seconds())))


def _end_former(unit: Unit, made: OneTimeCode, now: datetime) -> MessageId | None:
    """End the code that has the new one's purpose; return its message if that was not sent and is not any more."""
    former = unit.one_time_codes.active(made.app_id, made.subscription_id, made.purpose, is_test=made.is_test)
    if former is None:
        return None
    if not unit.one_time_codes.swap(former, ended(former)):
        raise Stale
    is_withdrawn = former.message_id is not None and withdraw(unit, former.message_id, now)
    return former.message_id if is_withdrawn else None


def _own_text(project: Project, code: str, minutes: int) -> RichText | None:
    """Return the site's own words, signed; ``None`` if it has none, or none that can be read."""
    sender = project.sender
    if not sender.otp_template:
        return None
    values: dict[str, str | int | float] = {"code": code, "minutes": minutes}
    try:
        text = filled(Template("", sender.otp_template, Format.HTML), values)
    except Invalid:  # kept since before such texts were read when they are set
        return None
    return text.append(sender.signature) if sender.signature else text
