"""Messages for later, messages that recur, and chains of messages."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add tables."""
    _add_scheduled()
    _add_recurring()
    _add_drips()


def _add_scheduled() -> None:
    op.create_table(
        "scheduled",
        sa.Column("scheduled_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("scheduled_at", sa.BigInteger, nullable=False),
        sa.Column("timezone", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("notice_id", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("settled_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("scheduled_id", name="pk_scheduled"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_scheduled_app_id"),
    )
    op.create_index("ix_scheduled_subscription_id", "scheduled", ["subscription_id"])
    op.create_index(
        "ix_scheduled_app_id_scheduled_at_scheduled_id", "scheduled", ["app_id", "scheduled_at", "scheduled_id"]
    )
    op.create_index("ix_scheduled_state", "scheduled", ["app_id", "state", "scheduled_at", "scheduled_id"])
    _create_index_where_present("ix_scheduled_due", "scheduled", ["next_at"], "next_at")
    _create_index_where_present("ix_scheduled_settled", "scheduled", ["settled_at"], "settled_at")


def _add_recurring() -> None:
    op.create_table(
        "recurring",
        sa.Column("recurring_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("draft", sa.LargeBinary, nullable=False),
        sa.Column("rhythm", sa.Text, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("segment", sa.Text),
        sa.Column("permission", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("last_run", sa.Text),
        sa.Column("run_at", sa.BigInteger),
        sa.Column("run_after", sa.Text),
        sa.Column("run_accepted", sa.Integer),
        sa.Column("run_skipped", sa.Integer),
        sa.PrimaryKeyConstraint("recurring_id", name="pk_recurring"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_recurring_app_id"),
    )
    op.create_index("ix_recurring_app_id", "recurring", ["app_id"])
    op.create_index("ix_recurring_next_at", "recurring", ["next_at"])


def _add_drips() -> None:
    op.create_table(
        "drip_chains",
        sa.Column("chain_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("catch_up", sa.Text, nullable=False),
        sa.Column("steps", sa.LargeBinary, nullable=False),
        sa.Column("delays", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name="pk_drip_chains"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_drip_chains_app_id"),
    )
    op.create_index("ix_drip_chains_app_id_trigger_value", "drip_chains", ["app_id", "trigger", "value"])
    op.create_table(
        "enrolments",
        sa.Column("chain_id", sa.Text, nullable=False),
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "subscription_id", "is_test", name="pk_enrolments"),
    )
    op.create_index("ix_enrolments_next_at", "enrolments", ["next_at"])
    op.create_index("ix_enrolments_subscription_id", "enrolments", ["subscription_id"])


def _create_index_where_present(name: str, table: str, columns: list[str], present: str) -> None:
    condition = sa.text(f"{present} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
