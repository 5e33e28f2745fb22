"""The tables of broadcasts and their recipients."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from storage.tables.apps import apps
from storage.tables.metadata import index_where, index_where_present, metadata

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
index_where_present("ix_broadcasts_open", broadcasts, "job_id", only="next_at")

HAS_DRAFT: Final = text("length(draft) > 0")
"""The broadcasts whose draft is not erased; a query finds its index by these very words."""
index_where("ix_broadcasts_drafts", broadcasts, "created_at", only=HAS_DRAFT)


# A recipient whose turn has not come has no ``changed_at``: an audience of many thousands touches one index only.
recipients: Final = Table(
    "recipients",
    metadata,
    Column("job_id", Text, ForeignKey(broadcasts.c.job_id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("subscription_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("notice_id", Text, key="message_id"),
    Column("due_at", BigInteger),
    Column("changed_at", BigInteger),
    Column("bot", Text),
    sqlite_with_rowid=False,
)

IS_WAITING: Final = text("changed_at IS NULL AND due_at IS NULL")
"""The recipients whose turn has not come, and was not put off; a query finds its index by these very words."""
index_where("ix_recipients_next", recipients, "job_id", "bot", "position", only=IS_WAITING)
index_where_present("ix_recipients_state", recipients, "job_id", "state", "position", only="changed_at")
index_where_present("ix_recipients_subscription", recipients, "subscription_id", "changed_at", only="changed_at")
index_where_present("ix_recipients_notice", recipients, "message_id", only="message_id")
index_where_present("ix_recipients_due", recipients, "job_id", "due_at", only="due_at")
