"""Broadcasts with their recipients, and when and how often an app may broadcast."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add tables and columns."""
    op.add_column("apps", sa.Column("quiet_hours", sa.Text))
    op.add_column("apps", sa.Column("timezone", sa.Text))
    op.add_column("apps", sa.Column("broadcasts_per_day", sa.Integer))
    op.add_column("apps", sa.Column("broadcasts_per_week", sa.Integer))
    op.create_table(
        "broadcasts",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("draft", sa.LargeBinary, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("per_minute", sa.Integer),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("looked", sa.Integer, nullable=False),
        sa.Column("posted", sa.Integer, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer, nullable=False),
        sa.Column("over_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("job_id", name="pk_broadcasts"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_broadcasts_app_id"),
    )
    op.create_index("ix_broadcasts_app_id_created_at", "broadcasts", ["app_id", "created_at"])
    op.create_index("ix_broadcasts_created_at", "broadcasts", ["created_at"])
    _create_index_where_present("ix_broadcasts_open", "broadcasts", ["job_id"], "next_at")
    op.create_table(
        "recipients",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("notice_id", sa.Text),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("changed_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("job_id", "position", name="pk_recipients"),
        sa.ForeignKeyConstraint(["job_id"], ["broadcasts.job_id"], name="fk_recipients_job_id"),
        sqlite_with_rowid=False,
    )
    _create_index_where_present("ix_recipients_state", "recipients", ["job_id", "state", "position"], "changed_at")
    _create_index_where_present(
        "ix_recipients_subscription", "recipients", ["subscription_id", "changed_at"], "changed_at"
    )
    _create_index_where_present("ix_recipients_notice", "recipients", ["notice_id"], "notice_id")
    _create_index_where_present("ix_recipients_due", "recipients", ["job_id", "due_at"], "due_at")


def _create_index_where_present(name: str, table: str, columns: list[str], present: str) -> None:
    condition = sa.text(f"{present} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
