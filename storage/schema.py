"""The tables. The migrations make them; a test holds the two against each other.

Times are whole milliseconds since 1970 in UTC, ids are texts, digests and sealed values are bytes, tuples are JSON.
An index that is ``where`` something holds only the rows that a sweep or a question is after.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql.schema import SchemaItem

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _present(name: str, table: Table, *columns: str, only: str) -> SchemaItem:
    """Add an index over the rows where the column ``only`` is not null."""
    condition = table.c[only].is_not(None)
    return Index(name, *(table.c[column] for column in columns), sqlite_where=condition, postgresql_where=condition)


def _where(name: str, table: Table, *columns: str, only: TextClause) -> SchemaItem:
    """Add an index over the rows that a condition is true of."""
    return Index(name, *(table.c[column] for column in columns), sqlite_where=only, postgresql_where=only)


apps: Final = Table(
    "apps",
    metadata,
    Column("app_id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("redirect_url", Text),
    Column("callbacks", Text, nullable=False),
    Column("bots", Text, nullable=False),
    Column("wants_phone", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("color", Text),
    Column("logo_digest", Text),
    Column("requires_match", Boolean),
    Column("sessions_per_hour", Integer),
    Column("last_successful_first", Boolean),
    Column("quiet_hours", Text),
    Column("timezone", Text),
    Column("broadcasts_per_day", Integer),
    Column("broadcasts_per_week", Integer),
)

projects: Final = Table(
    "projects",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("sender", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("permissions", Text, nullable=False),
)

logos: Final = Table(
    "logos",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

app_keys: Final = Table(
    "app_keys",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("valid_until", BigInteger),
    Column("last_used_at", BigInteger),
)

persons: Final = Table(
    "persons",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("phone", Text, unique=True),
)

accounts: Final = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey(persons.c.person_id), nullable=False, index=True),
    Column("bot", Text, nullable=False),
    Column("messenger", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("language", Text),
    Column("phone", Text),
    Column("phone_verified_at", BigInteger),
    Column("contact_asked_at", BigInteger),
    Column("spoke_at", BigInteger),
    Column("told_language", Text),
    Column("reachable", Boolean, nullable=False),
    Column("reachable_since", BigInteger, nullable=False),
    UniqueConstraint("bot", "user_id"),
    Index(None, "messenger", "user_id"),
)

subscriptions: Final = Table(
    "subscriptions",
    metadata,
    Column("subscription_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("account_id", Text, ForeignKey(accounts.c.account_id), nullable=False, index=True),
    Column("consented_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("tags", Text),
    Column("permissions", Text),
    Column("external_id", Text),
    Column("names", LargeBinary),
    UniqueConstraint("app_id", "account_id"),
    Index(None, "app_id", "consented_at", "subscription_id"),
)
_present("ix_subscriptions_external_id", subscriptions, "app_id", "external_id", only="external_id")

logins: Final = Table(
    "logins",
    metadata,
    Column("login_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("session_digest", LargeBinary, nullable=False, unique=True),
    Column("link_digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("origin", Text, nullable=False),
    Column("place_address_prefix", Text, nullable=False),
    Column("place_browser", Text, nullable=False),
    Column("place_system", Text, nullable=False),
    Column("locale", Text),
    Column("return_url", Text),
    Column("code_challenge", Text),
    Column("match_number", Integer),
    Column("match_choices", Text),
    Column("state", Text, nullable=False),
    Column("claimed_by", Text),
    Column("opened_at", BigInteger),
    Column("confirmed_at", BigInteger),
    Column("person_id", Text),
    Column("profile", LargeBinary),
    Column("redeemed_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("cancel_reason", Text),
    Column("prompt_message_id", Text),
    Column("typed_digest", LargeBinary),
    Column("prompted_at", BigInteger),
    Column("place_region", Text),
    Column("prompt_nonce", Text),
    Column("code_digest", LargeBinary),
    Column("code_told_at", BigInteger),
    Column("site_state", Text),
    Column("is_static", Boolean),
)
Index("ix_logins_typed_digest", logins.c.typed_digest, unique=True)
Index("ix_logins_code_digest", logins.c.code_digest, unique=True)
_present("ix_logins_claimed_by", logins, "claimed_by", only="claimed_by")
_present("ix_logins_prompt", logins, "expires_at", only="prompt_message_id")
_present("ix_logins_profile", logins, "expires_at", only="profile")

signing_keys: Final = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

# ``number`` keeps the order in which updates were told; an update without a body was worked on.
inbox: Final = Table(
    "inbox",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("bot", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", LargeBinary),
    Column("taken_at", BigInteger, nullable=False, index=True),
    UniqueConstraint("bot", "key"),
)
_present("ix_inbox_waiting", inbox, "bot", "number", only="body")

bots: Final = Table(
    "bots",
    metadata,
    Column("name", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("marker", Text),
)

events: Final = Table(
    "events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("messenger", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("former_person_id", Text, nullable=False),
)

receipts: Final = Table(
    "receipts",
    metadata,
    Column("bot", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("stage", Integer, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Column("why", Text, nullable=False),
    Column("is_ours_to_mend", Boolean, nullable=False),
)

endpoints: Final = Table(
    "endpoints",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("formers", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("failing_since", BigInteger),
    Column("why_disabled", Text),
)

# A delivery that is to be tried (again) has ``next_at``; one that is settled has none, and one that was erased no body.
deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("endpoint_id", Text, ForeignKey(endpoints.c.endpoint_id, ondelete="CASCADE"), nullable=False),
    Column("app_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", LargeBinary),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("leased_until", BigInteger),
    Column("status", Integer),
    Column("error", Text),
    Column("settled_at", BigInteger),
    Column("subscription_id", Text),
    Column("is_test", Boolean, nullable=False),
    Index(None, "endpoint_id", "created_at"),
    Index(None, "app_id", "created_at"),
)
_present("ix_deliveries_next_at", deliveries, "endpoint_id", "next_at", only="next_at")
_present("ix_deliveries_subscription_id", deliveries, "subscription_id", only="subscription_id")
_present("ix_deliveries_body", deliveries, "event", "state", "settled_at", only="body")

# A notice that is to be sent has ``next_at``; one that is settled has none.
notices: Final = Table(
    "notices",
    metadata,
    Column("notice_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("person_id", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("tried_before", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("leased_until", BigInteger),
    Column("message_id", Text),
    Column("settled_at", BigInteger),
    Column("is_maybe_twice", Boolean, nullable=False),
    Column("is_bound", Boolean, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("cause", Text),
    Column("permission", Text),
    Column("is_told", Boolean),
    Index(None, "app_id", "created_at"),
)
_present("ix_notices_due", notices, "bot", "priority", "next_at", only="next_at")
_present("ix_notices_message", notices, "bot", "message_id", only="message_id")
_present("ix_notices_turns", notices, "bot", "priority", "app_id", "next_at", only="next_at")
_present("ix_notices_taken", notices, "app_id", "person_id", "settled_at", only="message_id")
_present("ix_notices_stale", notices, "expires_at", only="next_at")
IS_UNDELIVERED: Final = text("state IN ('failed', 'expired', 'unknown')")
"""Which notices may not have arrived; a query finds its index by these very words."""
HAS_TEXT: Final = text("length(content) > 0")
"""Which notices still have what they say; a query finds its index by these very words."""
_where("ix_notices_undelivered", notices, "app_id", "created_at", only=IS_UNDELIVERED)
_where("ix_notices_undelivered_of_all", notices, "created_at", "notice_id", only=IS_UNDELIVERED)
_where("ix_notices_texts", notices, "created_at", only=HAS_TEXT)
_where("ix_notices_texts_to", notices, "app_id", "account_id", "is_bound", only=HAS_TEXT)

attempts: Final = Table(
    "attempts",
    metadata,
    Column("notice_id", Text, ForeignKey(notices.c.notice_id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("bot", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("outcome", Text),
    Column("why", Text, nullable=False),
    Index(None, "began_at", "bot", "outcome"),
)

breakers: Final = Table(
    "breakers",
    metadata,
    Column("bot", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("until", BigInteger),
    Column("since", BigInteger),
    Column("why", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
)

# What an app asked under a key of its own, so that asking again does nothing again.
requests: Final = Table(
    "requests",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("accepted", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
)

templates: Final = Table(
    "templates",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("format", Text, nullable=False),
)

# A code that is over has no digest. A subscriber of tests has no subscription.
one_time_codes: Final = Table(
    "one_time_codes",
    metadata,
    Column("code_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("subscription_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("digest", LargeBinary),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("notice_id", Text),
    Index(None, "subscription_id", "created_at"),
)
Index(
    "ix_one_time_codes_active",
    *(one_time_codes.c[name] for name in ("app_id", "subscription_id", "purpose", "is_test")),
    unique=True,
    sqlite_where=one_time_codes.c.digest.is_not(None),
    postgresql_where=one_time_codes.c.digest.is_not(None),
)

code_requests: Final = Table(
    "code_requests",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("ttl", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("subscription_id", Text),
    Column("code_id", Text),
    Index(None, "app_id", "expires_at"),
)
_present("ix_code_requests_subscription_id", code_requests, "subscription_id", only="subscription_id")

# What a project wants to be sent later to one subscriber. What waits has ``next_at``; what is settled ``settled_at``.
scheduled: Final = Table(
    "scheduled",
    metadata,
    Column("scheduled_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("subscription_id", Text, nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
    Column("scheduled_at", BigInteger, nullable=False),
    Column("timezone", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_at", BigInteger),
    Column("notice_id", Text),
    Column("reason", Text),
    Column("settled_at", BigInteger),
    Index(None, "app_id", "scheduled_at", "scheduled_id"),
    Index("ix_scheduled_state", "app_id", "state", "scheduled_at", "scheduled_id"),
)
_present("ix_scheduled_due", scheduled, "next_at", only="next_at")
_present("ix_scheduled_settled", scheduled, "settled_at", only="settled_at")

# The columns from ``run_at`` on are of the run under way.
recurring: Final = Table(
    "recurring",
    metadata,
    Column("recurring_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("draft", LargeBinary, nullable=False),
    Column("rhythm", Text, nullable=False),
    Column("channel", Text),
    Column("segment", Text),
    Column("permission", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False, index=True),
    Column("last_run", Text),
    Column("run_at", BigInteger),
    Column("run_after", Text),
    Column("run_accepted", Integer),
    Column("run_skipped", Integer),
)
_present("ix_recurring_running", recurring, "run_at", only="run_at")

drip_chains: Final = Table(
    "drip_chains",
    metadata,
    Column("chain_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("name", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("catch_up", Text, nullable=False),
    Column("steps", LargeBinary, nullable=False),
    Column("delays", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "app_id", "trigger", "value"),
)

# Who is in a chain now. A chain that is removed leaves its rows, which are removed some at a time.
enrolments: Final = Table(
    "enrolments",
    metadata,
    Column("chain_id", Text, primary_key=True),
    Column("subscription_id", Text, primary_key=True),
    Column("is_test", Boolean, primary_key=True),
    Column("app_id", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("step", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False, index=True),
    Index(None, "subscription_id"),
)
# A broadcast that something is left to be done about has ``next_at``.
broadcasts: Final = Table(
    "broadcasts",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("draft", LargeBinary, nullable=False),
    Column("audience", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("next_at", BigInteger),
    Column("per_minute", Integer),
    Column("is_test", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("posted", Integer, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("over_at", BigInteger),
    Column("last_at", BigInteger),
    Column("last_id", Text),
    Column("invited_at", BigInteger),
    Column("invited_id", Text),
    Column("invited", Integer),
    Column("moved_at", BigInteger),
    Index(None, "app_id", "created_at"),
)
_present("ix_broadcasts_open", broadcasts, "job_id", only="next_at")
HAS_DRAFT: Final = text("length(draft) > 0")
"""Which broadcasts still have what they say; a query finds its index by these very words."""
_where("ix_broadcasts_drafts", broadcasts, "created_at", only=HAS_DRAFT)

# One whose turn has not come has no ``changed_at``: an audience of many thousands touches one index only.
recipients: Final = Table(
    "recipients",
    metadata,
    Column("job_id", Text, ForeignKey(broadcasts.c.job_id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("subscription_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("notice_id", Text),
    Column("due_at", BigInteger),
    Column("changed_at", BigInteger),
    Column("bot", Text),
    sqlite_with_rowid=False,
)
IS_WAITING: Final = text("changed_at IS NULL AND due_at IS NULL")
"""Whose turn has not come, and was not put off; a query finds its index by these very words."""
Index(
    "ix_recipients_next",
    recipients.c.job_id,
    recipients.c.bot,
    recipients.c.position,
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)
_present("ix_recipients_state", recipients, "job_id", "state", "position", only="changed_at")
_present("ix_recipients_subscription", recipients, "subscription_id", "changed_at", only="changed_at")
_present("ix_recipients_notice", recipients, "notice_id", only="notice_id")
_present("ix_recipients_due", recipients, "job_id", "due_at", only="due_at")
