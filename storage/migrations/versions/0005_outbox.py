"""The outbox: what apps write to people, each attempt, templates, and idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add tables."""
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried_before", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("leased_until", sa.BigInteger),
        sa.Column("message_id", sa.Text),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("is_maybe_twice", sa.Boolean, nullable=False),
        sa.Column("is_bound", sa.Boolean, nullable=False),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_notices_app_id"),
    )
    op.create_index("ix_notices_app_id_created_at", "notices", ["app_id", "created_at"])
    op.create_index("ix_notices_created_at", "notices", ["created_at"])
    _create_index_where_present("ix_notices_due", "notices", ["bot", "priority", "next_at"], "next_at")
    _create_index_where_present("ix_notices_message", "notices", ["bot", "message_id"], "message_id")
    op.create_table(
        "attempts",
        sa.Column("notice_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "number", name="pk_attempts"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_attempts_notice_id", ondelete="CASCADE"),
    )
    op.create_table(
        "requests",
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("accepted", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("app_id", "key", name="pk_requests"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_requests_app_id"),
    )
    op.create_index("ix_requests_created_at", "requests", ["created_at"])
    op.create_table(
        "templates",
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("app_id", "key", name="pk_templates"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_templates_app_id"),
    )


def _create_index_where_present(name: str, table: str, columns: list[str], present: str) -> None:
    condition = sa.text(f"{present} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
