"""The main story: a site starts a login, a person confirms it in a bot, the site redeems it once.

Every transition of a login happens here, in one transaction each, whoever asks for it: ``start``, ``open_link``,
``open_typed``, ``share_contact``, ``confirm``, ``refuse``, ``refuse_waiting``, ``cancel``, ``redeem``.
Bells ring after the commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from gatepost.core.clock import Clock
from gatepost.core.entropy import Entropy, hex_id, link_code
from gatepost.core.errors import (
    AppDisabled,
    AppNotFound,
    BotsUnavailable,
    ClaimedByAnother,
    ContactNotAsked,
    LoginNotFound,
    NoBotsConfigured,
    OriginNotAllowed,
    PhoneRequired,
    PromptExpired,
    PromptReplaced,
)
from gatepost.core.flows import accounts
from gatepost.core.flows.profiles import open_profile, profile_of, seal_profile
from gatepost.core.model import login as logins
from gatepost.core.model.app import App, origin_of
from gatepost.core.model.bot import Invitation
from gatepost.core.model.ids import LoginId
from gatepost.core.model.login import (
    Asked,
    CancelReason,
    Confirmed,
    Login,
    Pending,
    Redeemed,
    SentPrompt,
    Status,
    Yes,
    draw_match,
)
from gatepost.core.model.person import Account, MessengerName, Sender
from gatepost.core.model.phone import parse_phone
from gatepost.core.model.sign_in import Answered, Prompt, Redemption, Seen, Start, Started
from gatepost.core.model.typed_code import draw_typed_code
from gatepost.core.ports import Links, Stale, Store, Unit
from gatepost.core.seal import Seal
from gatepost.core.wakeups import Bells

LOGIN_LIFETIME: Final = timedelta(minutes=5)
"""How long a person has to confirm (``sites-api`` section 10)."""
CONTACT_LIFETIME: Final = timedelta(minutes=10)
"""How long a question for somebody's contact stands; an older card may be a replayed one (``security``, T10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The story. ``public_origin`` is our own pages' origin, which may start logins for every app."""

    store: Store
    clock: Clock
    entropy: Entropy
    seal: Seal
    bells: Bells
    links: Links
    public_origin: str

    async def start(self, start: Start) -> Started:
        """Start a login; raise what says why not. Nothing is kept of a refused one."""
        session_id = hex_id(self.entropy)
        invitation = Invitation(link_code(self.entropy), draw_typed_code(self.entropy), start.locale)
        now = self.clock.now()

        def add(unit: Unit) -> Started:
            app = _enabled(unit.apps.by_id(start.app_id))
            return_url = self._checked_return_url(app, start)
            asked = Asked(
                login_id=LoginId(hex_id(self.entropy)),
                app_id=app.app_id,
                session_digest=self.session_digest(session_id),
                link_digest=self._link_digest(invitation.code),
                typed_digest=self._typed_digest(invitation.typed_code),
                created_at=now,
                expires_at=now + LOGIN_LIFETIME,
                origin=self._shown_origin(app, start, return_url),
                place=start.place,
                locale=start.locale,
                return_url=return_url,
                code_challenge=start.code_challenge,
                match=draw_match(self.entropy) if start.wants_match or app.requires_match else None,
            )
            links, app_links = self._links(app, invitation)
            pending = Pending(asked)
            unit.logins.add(pending)
            return Started(session_id, pending, app, links, app_links, invitation.typed_code)

        return await self.store.write(add)

    async def look(self, session_id: str) -> Seen:
        """Return the login behind a session id; raise ``LoginNotFound``."""
        return await self._look(self.session_digest(session_id))

    async def wait(self, session_id: str, seconds: float) -> Seen:
        """Return the login as soon as it is not pending, or its link was opened; after ``seconds`` as it then is."""
        digest = self.session_digest(session_id)
        with self.bells.hold(digest) as bell:
            seen = await self._look(digest)
            if seen.status is not Status.PENDING:
                return seen
            left = (seen.login.asked.expires_at - self.clock.now()).total_seconds()
            await bell.wait(min(seconds, left))
        return await self._look(digest)

    async def open_link(self, sender: Sender, code: str) -> Prompt:
        """Claim the login for the first account that opens its link, and return what to ask; raise why not."""
        digest = self._link_digest(code)
        return await self._open(sender, lambda unit, _now: unit.logins.by_link(digest))

    async def open_typed(self, sender: Sender, codes: Sequence[str]) -> Prompt:
        """Do the same for a code that somebody sent: ``codes`` is what their text may mean, one of which must be it."""
        digests = [self._typed_digest(code) for code in codes]

        def find(unit: Unit, now: datetime) -> Login | None:
            found = [login for digest in digests if (login := unit.logins.by_typed_code(digest))]
            live = [login for login in found if logins.status(login, now) is Status.PENDING]
            if len(live) > 1:
                return None
            return next(iter(live or found), None)

        return await self._open(sender, find)

    async def share_contact(self, sender: Sender, phone_text: str) -> Prompt | None:
        """Record the phone that the messenger vouches is the sender's, and return the newest login that waited for it.

        Raises ``NotAPhone``, and ``ContactNotAsked`` unless it answers a question that was asked lately.
        """
        phone = parse_phone(phone_text)
        now = self.clock.now()

        def prove(unit: Unit) -> Prompt | None:
            account = accounts.find_or_add(unit, sender, now, self.entropy)
            is_asked = _is_contact_asked(account, now)
            if is_asked:
                account = accounts.prove_phone(unit, account, phone, now, self.entropy)
            waiting = [
                (login, app)
                for login in unit.logins.waiting_for(account.account_id, now)
                if (app := _known(unit.apps.by_id(login.asked.app_id))).enabled and app.wants_phone
            ]
            # The contact we have just taken may be told once more; it proves nothing anew, and is answered as before.
            if not is_asked and not (waiting and accounts.has_proved(account, phone, now, CONTACT_LIFETIME)):
                raise ContactNotAsked
            return self._question(unit, *waiting[-1], account, now) if waiting else None

        return await self.store.write(prove)

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
            account = accounts.find_or_add(unit, sender, now, self.entropy)
            unit.people.put_account(replace(account, contact_asked_at=now))

        await self.store.write(note)

    async def confirm(self, sender: Sender, login_id: LoginId, picked: int | None, nonce: str) -> Answered:
        """Say yes with the number that was picked (``None`` without numbers); a wrong number ends the login.

        ``nonce`` is the mark of the question that was answered: only the newest one counts, for a minute.
        """
        now = self.clock.now()

        def decide(unit: Unit, before: Login, account: Account, app: App) -> Login:
            held = logins.held(before, account.account_id, now)
            _check_prompt(unit.logins.prompt(login_id), nonce, now)
            if not logins.is_right_number(held, picked):
                return logins.refuse(before, account.account_id, CancelReason.WRONG_NUMBER, now)
            if app.wants_phone and account.phone is None:
                raise PhoneRequired
            profile = seal_profile(profile_of(sender, account), login_id, self.seal)
            confirmed = logins.confirm(before, Yes(account.account_id, picked, account.person_id, profile), now)
            accounts.ensure_subscribed(unit, app.app_id, account, now, self.entropy)
            return confirmed

        return await self._answer(sender, login_id, decide)

    async def pick_in_words(self, sender: Sender, picked: int) -> Answered | None:
        """Say yes with a number that was typed, if exactly one question stands; raises as ``confirm`` does."""
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
        """Say no from the bot."""
        now = self.clock.now()

        def decide(_unit: Unit, before: Login, account: Account, _app: App) -> Login:
            return logins.refuse(before, account.account_id, reason, now)

        return await self._answer(sender, login_id, decide)

    async def refuse_waiting(self, sender: Sender) -> int:
        """Say no, in words, to everything the sender is being asked about.

        Returns how many logins that ended, those of the last minute included: the same word may be heard twice.
        """
        now = self.clock.now()

        def refuse(unit: Unit) -> tuple[list[Login], int]:
            account = accounts.find(unit, sender)
            if account is None:
                return [], 0
            ended: list[Login] = []
            for before in unit.logins.waiting_for(account.account_id, now):
                after = logins.refuse(before, account.account_id, CancelReason.NOT_ME, now)
                _swap(unit, before, after)
                ended.append(after)
            return ended, unit.logins.refused_since(account.account_id, now - logins.ANSWER_WINDOW)

        ended, count = await self.store.write(refuse)
        for login in ended:
            self.bells.ring(login.asked.session_digest)
        return count

    async def cancel(self, session_id: str) -> Seen:
        """Give up from the site's side; raise ``LoginConfirmed``, ``LoginExpired`` or ``LoginNotFound``."""
        digest = self.session_digest(session_id)
        now = self.clock.now()

        def give_up(unit: Unit) -> Seen:
            before = _found(unit.logins.by_session(digest))
            after = logins.cancel(before, now)
            if after != before:
                _swap(unit, before, after)
            return Seen(after, Status.CANCELLED, _known(unit.apps.by_id(before.asked.app_id)))

        try:
            return await self.store.write(give_up)
        finally:  # also if the caller has gone: it may be done all the same, and ringing too often does no harm
            self.bells.ring(digest)

    async def redeem(self, session_id: str, code_verifier: str | None) -> Redemption:
        """Hand the profile out, to one caller, once; raise ``LoginConfirmed`` for all others."""
        digest = self.session_digest(session_id)
        now = self.clock.now()

        def take(unit: Unit) -> tuple[Redeemed, bytes]:
            before = _found(unit.logins.by_session(digest))
            _enabled(unit.apps.by_id(before.asked.app_id))
            after = logins.redeem(before, code_verifier, now)
            _swap(unit, before, after)
            return after, before.profile if isinstance(before, Confirmed) else b""

        login, sealed = await self.store.write(take)
        return Redemption(login, open_profile(sealed, login.asked.login_id, self.seal))

    async def note_prompt(self, prompt: Prompt, message_id: str) -> None:
        """Remember which message asks the question, to be edited when the login ends."""
        login_id = prompt.login.asked.login_id
        await self.store.write(lambda unit: unit.logins.note_prompt(login_id, prompt.nonce, message_id))

    async def ask_again(self, sender: Sender, login_id: LoginId) -> Prompt:
        """Return what to ask the sender about a login that they hold; raise why not."""
        now = self.clock.now()

        def ask(unit: Unit) -> Prompt:
            login = _found(unit.logins.by_id(login_id))
            account = accounts.find(unit, sender)
            if account is None:
                raise ClaimedByAnother
            held = logins.held(login, account.account_id, now)
            return self._question(unit, held, _enabled(unit.apps.by_id(login.asked.app_id)), account, now)

        return await self.store.write(ask)

    def session_digest(self, session_id: str) -> bytes:
        """Return what a session id is stored as; also the name of its bell."""
        return self.seal.digest(session_id, "session")

    def _link_digest(self, code: str) -> bytes:
        return self.seal.digest(code, "link")

    def _question(self, unit: Unit, login: Pending, app: App, account: Account, now: datetime) -> Prompt:
        """Put a question: for the phone if it is missing, else about the login, marked by a nonce of its own.

        While one stands it is put again under the same mark: what made us ask may be heard twice, after a crash say,
        and an answer that is under way must still count.
        """
        if app.wants_phone and account.phone is None:
            unit.people.put_account(replace(account, contact_asked_at=now))
            return Prompt(login, app, account, needs_phone=True)
        asked = unit.logins.prompt(login.asked.login_id)
        earlier = asked.message_id if asked else None
        stands = asked is not None and now - asked.at <= logins.ANSWER_WINDOW
        nonce = asked.nonce if asked and stands else self.entropy.octets(4).hex()
        unit.logins.put_prompt(login.asked.login_id, SentPrompt(nonce, now, earlier))
        return Prompt(login, app, account, needs_phone=False, nonce=nonce, earlier=earlier)

    def _typed_digest(self, code: str) -> bytes:
        return self.seal.digest(code, "typed code")

    async def _open(self, sender: Sender, find: Callable[[Unit, datetime], Login | None]) -> Prompt:
        now = self.clock.now()

        def claim(unit: Unit) -> Prompt:
            before = _found(find(unit, now))
            app = _enabled(unit.apps.by_id(before.asked.app_id))
            if sender.bot not in app.bots:
                raise LoginNotFound
            speaker = sender if sender.language else replace(sender, language=before.asked.locale)
            account = accounts.find_or_add(unit, speaker, now, self.entropy)
            after = logins.claim(before, account.account_id, now)
            if after != before:
                _swap(unit, before, after)
            return self._question(unit, after, app, account, now)

        prompt = await self.store.write(claim)
        self.bells.ring(prompt.login.asked.session_digest)
        return prompt

    async def _look(self, digest: bytes) -> Seen:
        def find(unit: Unit) -> tuple[Login, App]:
            login = _found(unit.logins.by_session(digest))
            return login, _known(unit.apps.by_id(login.asked.app_id))

        login, app = await self.store.read(find)
        return Seen(login, logins.status(login, self.clock.now()), app)

    async def _answer(
        self, sender: Sender, login_id: LoginId, decide: Callable[[Unit, Login, Account, App], Login]
    ) -> Answered:
        def swap(unit: Unit) -> Answered:
            before = _found(unit.logins.by_id(login_id))
            account = accounts.find(unit, sender)
            if account is None:
                raise ClaimedByAnother
            app = _enabled(unit.apps.by_id(before.asked.app_id))
            after = decide(unit, before, account, app)
            _swap(unit, before, after)
            unit.logins.settle_prompt(login_id)
            return Answered(after, app, account)

        answered = await self.store.write(swap)
        self.bells.ring(answered.login.asked.session_digest)
        return answered

    def _checked_return_url(self, app: App, start: Start) -> str | None:
        if start.origin not in {None, self.public_origin} and not app.allows_origin(start.origin or ""):
            raise OriginNotAllowed
        return app.checked_return_url(start.return_url)

    def _shown_origin(self, app: App, start: Start, return_url: str | None) -> str:
        """Return which site the person is told: the page that asks, else where they are sent, else the app's first."""
        if start.origin is not None and start.origin != self.public_origin:
            return start.origin
        if return_url is not None:
            return origin_of(return_url)
        return app.shown_origin or self.public_origin

    def _links(self, app: App, invitation: Invitation) -> tuple[dict[MessengerName, str], dict[MessengerName, str]]:
        """Return the links and the app links of the app's first bot of each messenger."""
        running = {bot.name: bot for bot in self.links.bots()}
        mine = [running[name] for name in app.bots if name in running]
        if not mine:
            raise NoBotsConfigured
        mine = [bot for bot in mine if not self.links.is_away(bot.name, self.clock.now())] or mine
        links: dict[MessengerName, str] = {}
        app_links: dict[MessengerName, str] = {}
        for bot in mine:
            link = self.links.link(bot.name, invitation)
            if link is None or bot.messenger in links:
                continue
            links[bot.messenger] = link
            app_link = self.links.app_link(bot.name, invitation)
            if app_link is not None:
                app_links[bot.messenger] = app_link
        if not links:
            raise BotsUnavailable
        return links, app_links


def _is_contact_asked(account: Account, now: datetime) -> bool:
    return account.contact_asked_at is not None and now - account.contact_asked_at <= CONTACT_LIFETIME


def _check_prompt(asked: SentPrompt | None, nonce: str, now: datetime) -> None:
    """Raise unless an answer to the question marked by ``nonce`` is in time, and to the newest question."""
    if asked is None or asked.nonce != nonce:
        raise PromptReplaced
    if now - asked.at > logins.ANSWER_WINDOW:
        raise PromptExpired


def _found(login: Login | None) -> Login:
    if login is None:
        raise LoginNotFound
    return login


def _known(app: App | None) -> App:
    if app is None:
        raise AppNotFound
    return app


def _enabled(app: App | None) -> App:
    app = _known(app)
    if not app.enabled:
        raise AppDisabled
    return app


def _swap(unit: Unit, before: Login, after: Login) -> None:
    if not unit.logins.swap(before, after):
        raise Stale
