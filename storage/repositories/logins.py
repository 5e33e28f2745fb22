"""The logins as rows. A row is one state of the machine in ``core.model.login``, a swap one of its steps."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Executable, Update, and_, bindparam, delete, func, null, or_, select, update

from core.model.ids import AccountId, AppId, LoginId
from core.model.login.login import CancelReason, Login, Pending, SentPrompt
from storage.repositories.login_rows import ASKED, COLUMNS, read_login, state_name, state_values
from storage.rows import from_ms, to_ms
from storage.statements import Statements, Values, insert_all
from storage.tables.login import logins

_ADD: Final = insert_all(logins)
_NO_PROMPT: Final = {"prompt_message_id": None, "prompted_at": None, "prompt_nonce": None}
_BY_SESSION: Final = select(*COLUMNS).where(logins.c.session_digest == bindparam("digest"))
_BY_LINK: Final = select(*COLUMNS).where(logins.c.link_digest == bindparam("digest"))
_BY_USER_CODE: Final = select(*COLUMNS).where(logins.c.user_code_digest == bindparam("digest"))
_BY_AUTHORIZATION_CODE: Final = select(*COLUMNS).where(logins.c.code_digest == bindparam("digest"))
_BY_ID: Final = select(*COLUMNS).where(logins.c.login_id == bindparam("login_id"))
_WAITING_FOR: Final = (
    select(*COLUMNS)
    .where(
        logins.c.claimed_by == bindparam("account_id"),
        logins.c.state == "pending",
        logins.c.expires_at > bindparam("now"),
    )
    .order_by(logins.c.created_at, logins.c.login_id)
)
_PUT_PROMPT: Final = (
    update(logins)
    .where(logins.c.login_id == bindparam("id"))
    .values(prompt_message_id=bindparam("message_id"), prompted_at=bindparam("at"), prompt_nonce=bindparam("nonce"))
)
_NOTE_PROMPT: Final = (
    update(logins)
    .where(logins.c.login_id == bindparam("id"), logins.c.prompt_nonce == bindparam("nonce"))
    .values(prompt_message_id=bindparam("message_id"))
)
_SETTLE_ANY: Final = update(logins).where(logins.c.login_id == bindparam("id")).values(prompt_message_id=null())
_SETTLE_PROMPT: Final = _SETTLE_ANY.where(logins.c.prompt_message_id == bindparam("asks"))
_PROMPT: Final = select(logins.c.prompt_nonce, logins.c.prompted_at, logins.c.prompt_message_id).where(
    logins.c.login_id == bindparam("id"), logins.c.prompt_nonce.is_not(None)
)
_REFUSED_SINCE: Final = select(func.count()).where(
    logins.c.claimed_by == bindparam("account_id"),
    logins.c.cancel_reason == CancelReason.NOT_ME.value,
    logins.c.cancelled_at >= bindparam("since"),
)
_OVER_WITH_PROMPT: Final = (
    select(*COLUMNS, logins.c.prompt_message_id)
    .where(
        logins.c.prompt_message_id.is_not(None),
        logins.c.login_id > bindparam("after"),
        or_(
            logins.c.state == "cancelled",
            and_(
                logins.c.state == "pending",
                or_(logins.c.expires_at <= bindparam("now"), logins.c.prompted_at <= bindparam("sent_before")),
            ),
        ),
    )
    .order_by(logins.c.login_id)
    .limit(bindparam("limit"))
)
_EXPIRED: Final = select(logins.c.login_id).where(logins.c.expires_at < bindparam("expired_before"))
_WITH_PROFILE: Final = select(logins.c.login_id).where(logins.c.profile.is_not(None))
_ERASE_PROFILES: Final = (
    update(logins)
    .where(
        logins.c.login_id.in_(
            _WITH_PROFILE.where(
                or_(
                    logins.c.expires_at < bindparam("expired_before"),
                    and_(logins.c.code_digest.is_not(None), logins.c.confirmed_at < bindparam("confirmed_before")),
                )
            ).limit(bindparam("limit"))
        )
    )
    .values(profile=null())
)
_ERASE_PROFILES_OF: Final = (
    update(logins)
    .where(logins.c.app_id == bindparam("app_id_"), logins.c.claimed_by == bindparam("account_id"))
    .values(profile=null())
)
_FORGET: Final = delete(logins).where(logins.c.login_id.in_(_EXPIRED.limit(bindparam("limit"))))


@cache
def _swap(changed: tuple[str, ...]) -> Update:
    """Build the step that writes the ``changed`` columns; the machine has so few kinds of steps that all are kept."""
    return (
        update(logins)
        .where(
            logins.c.login_id == bindparam("id"),
            logins.c.state == bindparam("before_state"),
            logins.c.claimed_by.is_not_distinct_from(bindparam("before_claim")),
            logins.c.code_told_at.is_not_distinct_from(bindparam("before_told")),
        )
        .values({name: bindparam(name) for name in changed})
    )


class SqlLogins:
    """``core.ports.login.LoginRepository`` in one transaction.

    What tells a state from the next is its name, the account that holds it, and whether its code was handed out: a swap
    compares these. It writes only the columns that differ, so that the step to a state without a profile erases it.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, login: Pending) -> None:
        self._statements.change(_ADD, {**ASKED.values(login.asked), **state_values(login), **_NO_PROMPT})

    def by_session(self, digest: bytes) -> Login | None:
        return self._find(_BY_SESSION, {"digest": digest})

    def by_link(self, digest: bytes) -> Login | None:
        return self._find(_BY_LINK, {"digest": digest})

    def by_user_code(self, digest: bytes) -> Login | None:
        return self._find(_BY_USER_CODE, {"digest": digest})

    def by_authorization_code(self, digest: bytes) -> Login | None:
        return self._find(_BY_AUTHORIZATION_CODE, {"digest": digest})

    def by_id(self, login_id: LoginId) -> Login | None:
        return self._find(_BY_ID, {"login_id": login_id})

    def swap(self, before: Login, after: Login) -> bool:
        old, new = state_values(before), state_values(after)
        changed = {name: value for name, value in new.items() if name == "state" or value != old[name]}
        swapped = self._statements.change(
            _swap(tuple(changed)),
            {
                "id": before.asked.login_id,
                "before_state": state_name(before),
                "before_claim": old["claimed_by"],
                "before_told": old["code_told_at"],
                **changed,
            },
        )
        return swapped == 1

    def waiting_for(self, account_id: AccountId, now: datetime) -> Sequence[Pending]:
        rows = self._statements.all(_WAITING_FOR, {"account_id": account_id, "now": to_ms(now)})
        return [login for login in map(read_login, rows) if isinstance(login, Pending)]

    def put_prompt(self, login_id: LoginId, prompt: SentPrompt) -> None:
        values = {"nonce": prompt.nonce, "at": to_ms(prompt.at), "message_id": prompt.message_id}
        self._statements.change(_PUT_PROMPT, {"id": login_id, **values})

    def note_prompt(self, login_id: LoginId, nonce: str, message_id: str) -> None:
        self._statements.change(_NOTE_PROMPT, {"id": login_id, "nonce": nonce, "message_id": message_id})

    def settle_prompt(self, login_id: LoginId, message_id: str | None = None) -> bool:
        if message_id is None:
            return self._statements.change(_SETTLE_ANY, {"id": login_id}) == 1
        return self._statements.change(_SETTLE_PROMPT, {"id": login_id, "asks": message_id}) == 1

    def prompt(self, login_id: LoginId) -> SentPrompt | None:
        row = self._statements.first(_PROMPT, {"id": login_id})
        if row is None:
            return None
        nonce, at, message_id = row
        return SentPrompt(nonce, from_ms(at), message_id)

    def refused_since(self, account_id: AccountId, since: datetime) -> int:
        row = self._statements.first(_REFUSED_SINCE, {"account_id": account_id, "since": to_ms(since)})
        return int(row[0]) if row else 0

    def over_with_prompt(
        self, now: datetime, sent_before: datetime, after: LoginId | None, limit: int
    ) -> Sequence[tuple[Login, str]]:
        times = {"now": to_ms(now), "sent_before": to_ms(sent_before)}
        rows = self._statements.all(_OVER_WITH_PROMPT, {**times, "after": after or "", "limit": limit})
        return [(read_login(row), row[-1]) for row in rows]

    def erase_profiles(self, expired_before: datetime, confirmed_before: datetime, limit: int) -> int:
        times = {"expired_before": to_ms(expired_before), "confirmed_before": to_ms(confirmed_before)}
        return self._statements.change(_ERASE_PROFILES, {**times, "limit": limit})

    def erase_profiles_of(self, app_id: AppId, account_id: AccountId) -> None:
        self._statements.change(_ERASE_PROFILES_OF, {"app_id_": app_id, "account_id": account_id})

    def forget(self, expired_before: datetime, limit: int) -> int:
        return self._statements.change(_FORGET, {"expired_before": to_ms(expired_before), "limit": limit})

    def _find(self, statement: Executable, values: Values) -> Login | None:
        row = self._statements.first(statement, values)
        return None if row is None else read_login(row)
