"""The bot's side of the main story: who opens a login's link is asked about it, and answers.

Every transition of a login that a person makes in a bot happens here, in one transaction each, whatever the messenger:
``open_link``, ``open_typed``, ``share_contact``, ``confirm``, ``refuse``, ``refuse_waiting``. The site's side is
``sign_in``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.apps.lookup import enabled_app, existing_app
from core.clock import Clock
from core.login.code_confirmation import static_login, way_back
from core.login.completion import check_still_wanted, subscribe
from core.login.lookup import existing_login, link_digest, swap_login, user_code_digest
from core.login.profile import profile_of, seal_profile
from core.model.apps.app import App
from core.model.ids import LoginId
from core.model.login import login as logins
from core.model.login.errors import (
    ClaimedByAnother,
    ContactNotAsked,
    LoginNotFound,
    PhoneRequired,
    PromptExpired,
    PromptReplaced,
)
from core.model.login.login import CancelReason, Confirmed, Login, Pending, SentPrompt, Status, Yes
from core.model.login.requests import Answered, PhoneClaim, Prompt
from core.model.people.person import Account, Sender
from core.model.people.phone import parse_phone
from core.people import accounts
from core.people.accounts import Accounts
from core.ports.store import Store, Unit
from core.seal import Seal
from core.subscribers.subscriptions import Subscriptions

CONTACT_LIFETIME: Final = timedelta(minutes=10)
"""How long a question for a contact stands; an older card may be a replayed one (``security``, T10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The story, from the opened link to the answer."""

    store: Store
    clock: Clock
    seal: Seal
    accounts: Accounts
    subscriptions: Subscriptions

    async def open_link(self, sender: Sender, code: str) -> Prompt:
        """Claim the login for the first account that opens its link, and return what to ask.

        Raises ``LoginNotFound``, ``AppDisabled``, ``ClaimedByAnother``, and for a login that does not wait any more
        ``LoginExpired``, ``LoginCancelled`` or ``LoginConfirmed``.
        """
        digest = link_digest(self.seal, code)
        return await self._open(sender, lambda unit, _now: unit.logins.by_link(digest))

    async def open_typed(self, sender: Sender, codes: Sequence[str]) -> Prompt:
        """Claim the login whose code the sender typed, as ``open_link`` does by a link; raises as it does.

        ``codes`` are the readings of what was typed. If two of them are codes of pending logins, it is neither.
        """
        digests = [user_code_digest(self.seal, code) for code in codes]

        def find(unit: Unit, now: datetime) -> Login | None:
            candidates = [login for digest in digests if (login := unit.logins.by_user_code(digest))]
            pending = [login for login in candidates if logins.status(login, now) is Status.PENDING]
            if len(pending) > 1:
                return None
            return next(iter(pending or candidates), None)

        return await self._open(sender, find)

    async def open_static(self, sender: Sender, slug: str) -> Prompt:
        """Begin a login of the project dialect by an app's permanent link, and return what to ask.

        Raises ``AppNotFound``, ``AppDisabled``, ``LoginNotFound`` for a bot that is not the app's, ``LoginNotSetUp`` or
        ``LoginNeedsPage``.
        """
        now = self.clock.now()

        def begin(unit: Unit) -> Prompt:
            app = enabled_app(unit.apps.by_slug(slug))
            if sender.bot not in app.bots:
                raise LoginNotFound
            account = self.accounts.find_or_add(unit, sender, now)
            login = static_login(unit, app, account, self.subscriptions.publisher, now)
            return self._question(unit, login, app, account, now)

        return await self.store.write(begin)

    async def share_contact(self, sender: Sender, phone_text: str) -> Prompt | None:
        """Record the phone that the messenger vouches is the sender's; return what to ask about the login it was for.

        ``phone_text`` is as the messenger writes it. The login is the newest that waited; ``None`` if none did. Raises
        ``NotAPhone``, and ``ContactNotAsked`` unless it answers a question that was asked lately.
        """
        phone = parse_phone(phone_text)
        now = self.clock.now()

        def prove(unit: Unit) -> Prompt | None:
            known = accounts.find(unit, sender)
            is_asked = known is not None and _is_contact_asked(known, now)
            account = self.accounts.find_or_add(unit, sender, now)
            if is_asked:
                account = self.accounts.prove_phone(unit, account, phone, now)
            waiting = [
                (login, app)
                for login in unit.logins.waiting_for(account.account_id, now)
                if (app := existing_app(unit.apps.by_id(login.asked.app_id))).enabled and _wants_phone(app, login)
            ]
            # The contact we have just taken may be told once more; it proves nothing anew, and is answered as before.
            if not is_asked and not (waiting and accounts.has_proved(account, phone, now, CONTACT_LIFETIME)):
                raise ContactNotAsked
            return self._question(unit, *waiting[-1], account, now) if waiting else None

        return await self.store.write(prove)

    async def claim_phone(self, sender: Sender, phone_text: str) -> PhoneClaim:
        """Return what to ask in the chat of a phone that the sender says is theirs; nothing is kept of it.

        Raises ``NotAPhone``, and ``ContactNotAsked`` unless it answers a question that was asked lately.
        """
        phone = parse_phone(phone_text)
        now = self.clock.now()

        def look(unit: Unit) -> PhoneClaim:
            account = accounts.find(unit, sender)
            if account is None or not _is_contact_asked(account, now):
                raise ContactNotAsked
            waiting = unit.logins.waiting_for(account.account_id, now)
            return PhoneClaim(account, phone, waiting[-1] if waiting else None)

        return await self.store.read(look)

    async def is_contact_asked(self, sender: Sender) -> bool:
        """Tell whether a question for the sender's contact stands."""
        now = self.clock.now()

        def find(unit: Unit) -> bool:
            account = accounts.find(unit, sender)
            return account is not None and _is_contact_asked(account, now)

        return await self.store.read(find)

    async def ask_contact(self, sender: Sender) -> None:
        """Note that the sender is being asked for their contact (again)."""
        now = self.clock.now()

        def note(unit: Unit) -> None:
            account = self.accounts.find_or_add(unit, sender, now)
            unit.people.put_account(replace(account, contact_asked_at=now))

        await self.store.write(note)

    async def confirm(self, sender: Sender, login_id: LoginId, picked: int | None, nonce: str) -> Answered:
        """Say yes with the number that was picked (``None`` without numbers); a wrong number ends the login.

        ``nonce`` is the mark of the question that was answered: only the newest one counts, for a minute. A person who
        said yes to a login of the project dialect may say it again: they may not have got the button that takes them
        back. Raises what ``open_link`` raises, ``PhoneRequired``, ``PromptReplaced`` or ``PromptExpired``.
        """
        now = self.clock.now()

        def decide(unit: Unit, before: Login, account: Account, app: App) -> Login:
            if _is_way_back_due(before, account, now):
                return before
            pending = logins.held_by(before, account.account_id, now)
            check_still_wanted(app, before)
            _check_prompt(unit.logins.prompt(login_id), nonce, now)
            if not logins.is_right_number(pending, picked):
                return logins.refuse(before, account.account_id, CancelReason.WRONG_NUMBER, now)
            if _wants_phone(app, before) and account.phone is None:
                raise PhoneRequired
            profile = seal_profile(profile_of(sender, account), login_id, self.seal)
            confirmed = logins.confirm(before, Yes(account.account_id, picked, account.person_id, profile), now)
            subscribe(unit, self.subscriptions, before, (sender, account), now)
            return confirmed

        return await self._answer(sender, login_id, decide)

    async def pick_in_words(self, sender: Sender, picked: int) -> Answered | None:
        """Say yes with a number that was typed, if exactly one question stands, else return ``None``.

        Raises as ``confirm`` does.
        """
        now = self.clock.now()

        def find(unit: Unit) -> list[tuple[LoginId, str]]:
            account = accounts.find(unit, sender)
            waiting = unit.logins.waiting_for(account.account_id, now) if account else ()
            asked = ((login.asked, unit.logins.prompt(login.asked.login_id)) for login in waiting if login.asked.match)
            return [(asks.login_id, prompt.nonce) for asks, prompt in asked if prompt is not None]

        questions = await self.store.read(find)
        if len(questions) != 1:
            return None
        ((login_id, nonce),) = questions
        return await self.confirm(sender, login_id, picked, nonce)

    async def refuse(self, sender: Sender, login_id: LoginId, reason: CancelReason) -> Answered:
        """Say no from the bot; raises what ``open_link`` raises."""
        now = self.clock.now()

        def decide(_unit: Unit, before: Login, account: Account, _app: App) -> Login:
            return logins.refuse(before, account.account_id, reason, now)

        return await self._answer(sender, login_id, decide)

    async def refuse_waiting(self, sender: Sender) -> int:
        """Say no, in words, to everything the sender is being asked about.

        Returns how many logins that ended, those of the last minute included: the same word may be heard twice.
        """
        now = self.clock.now()

        def refuse(unit: Unit) -> int:
            account = accounts.find(unit, sender)
            if account is None:
                return 0
            for before in unit.logins.waiting_for(account.account_id, now):
                swap_login(unit, before, logins.refuse(before, account.account_id, CancelReason.NOT_ME, now))
            return unit.logins.refused_since(account.account_id, now - logins.ANSWER_WINDOW)

        return await self.store.write(refuse)

    async def note_prompt(self, prompt: Prompt, message_id: str) -> None:
        """Remember which message asks the question, to be edited when the login ends."""
        login_id = prompt.login.asked.login_id
        await self.store.write(lambda unit: unit.logins.note_prompt(login_id, prompt.nonce, message_id))

    async def ask_again(self, sender: Sender, login_id: LoginId) -> Prompt:
        """Return what to ask the sender about a login that they hold; raises what ``open_link`` raises."""
        now = self.clock.now()

        def ask(unit: Unit) -> Prompt:
            login = existing_login(unit.logins.by_id(login_id))
            account = accounts.find(unit, sender)
            if account is None:
                raise ClaimedByAnother
            pending = logins.held_by(login, account.account_id, now)
            return self._question(unit, pending, enabled_app(unit.apps.by_id(login.asked.app_id)), account, now)

        return await self.store.write(ask)

    async def _open(self, sender: Sender, find: Callable[[Unit, datetime], Login | None]) -> Prompt:
        now = self.clock.now()

        def claim(unit: Unit) -> Prompt:
            before = existing_login(find(unit, now))
            app = enabled_app(unit.apps.by_id(before.asked.app_id))
            if sender.bot not in app.bots:
                raise LoginNotFound
            speaker = sender if sender.language else replace(sender, language=before.asked.locale)
            account = self.accounts.find_or_add(unit, speaker, now)
            after = logins.claim(before, account.account_id, now)
            if after != before:
                swap_login(unit, before, after)
            return self._question(unit, after, app, account, now)

        return await self.store.write(claim)

    def _question(self, unit: Unit, login: Pending, app: App, account: Account, now: datetime) -> Prompt:
        """Put a question: for the phone if it is missing, else about the login, marked by a nonce of its own.

        While one stands it is put again under the same mark: what made us ask may be heard twice, after a crash say,
        and an answer that is under way must still count.
        """
        project = unit.apps.project(app.app_id) if login.asked.grant else None
        if _wants_phone(app, login) and account.phone is None:
            unit.people.put_account(replace(account, contact_asked_at=now))
            return Prompt(login, app, account, needs_phone=True)
        asked = unit.logins.prompt(login.asked.login_id)
        earlier = asked.message_id if asked else None
        stands = asked is not None and now - asked.at <= logins.ANSWER_WINDOW
        nonce = asked.nonce if asked and stands else self.subscriptions.publisher.entropy.octets(4).hex()
        unit.logins.put_prompt(login.asked.login_id, SentPrompt(nonce, now, earlier))
        return Prompt(login, app, account, needs_phone=False, nonce=nonce, earlier=earlier, project=project)

    async def _answer(
        self, sender: Sender, login_id: LoginId, decide: Callable[[Unit, Login, Account, App], Login]
    ) -> Answered:
        def answer(unit: Unit) -> Answered:
            before = existing_login(unit.logins.by_id(login_id))
            account = accounts.find(unit, sender)
            if account is None:
                raise ClaimedByAnother
            app = enabled_app(unit.apps.by_id(before.asked.app_id))
            after = decide(unit, before, account, app)
            if after is not before:
                swap_login(unit, before, after)
            unit.logins.settle_prompt(login_id)
            address = way_back(after, app, self.clock.now(), self.seal)
            return Answered(after, app, account, address, unit.apps.project(app.app_id) if after.asked.grant else None)

        return await self.store.write(answer)


def _wants_phone(app: App, login: Login) -> bool:
    """Tell whether the phone must be proved first; the project dialect never learns it (``projects-api`` section 3)."""
    return app.wants_phone and login.asked.grant is None


def _is_way_back_due(login: Login, account: Account, now: datetime) -> bool:
    return (
        isinstance(login, Confirmed)
        and login.asked.grant is not None
        and login.claim.account_id == account.account_id
        and login.is_redeemable(now)
    )


def _is_contact_asked(account: Account, now: datetime) -> bool:
    return account.contact_asked_at is not None and now - account.contact_asked_at <= CONTACT_LIFETIME


def _check_prompt(asked: SentPrompt | None, nonce: str, now: datetime) -> None:
    """Raise ``PromptReplaced`` unless ``nonce`` marks the newest question, ``PromptExpired`` if that is too old."""
    if asked is None or asked.nonce != nonce:
        raise PromptReplaced
    if now - asked.at > logins.ANSWER_WINDOW:
        raise PromptExpired
