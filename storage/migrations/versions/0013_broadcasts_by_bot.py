"""Recipients wait by bot, audiences are invited bit by bit, and broadcasts know when they last moved."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_WAITING = sa.text("changed_at IS NULL AND due_at IS NULL")


def upgrade() -> None:
    """Add columns, fill them for what is under way, and exchange an index for a longer one."""
    op.add_column("broadcasts", sa.Column("last_at", sa.BigInteger))
    op.add_column("broadcasts", sa.Column("last_id", sa.Text))
    op.add_column("broadcasts", sa.Column("invited_at", sa.BigInteger))
    op.add_column("broadcasts", sa.Column("invited_id", sa.Text))
    op.add_column("broadcasts", sa.Column("invited", sa.Integer))
    op.add_column("broadcasts", sa.Column("moved_at", sa.BigInteger))
    op.drop_column("broadcasts", "looked")
    op.add_column("recipients", sa.Column("bot", sa.Text))
    op.execute(
        "UPDATE broadcasts SET moved_at ="
        " (SELECT max(changed_at) FROM recipients WHERE recipients.job_id = broadcasts.job_id)"
        " WHERE next_at IS NOT NULL"
    )
    # Whoever was erased is nobody's any more, and has their turn all the same: they are skipped.
    op.execute(
        "UPDATE recipients SET bot = coalesce((SELECT accounts.bot FROM subscriptions"
        " JOIN accounts ON accounts.account_id = subscriptions.account_id"
        " WHERE subscriptions.subscription_id = recipients.subscription_id), 'nobody')"
        " WHERE changed_at IS NULL"
    )
    op.create_index(
        "ix_recipients_next",
        "recipients",
        ["job_id", "bot", "position"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.drop_index("ix_subscriptions_app_id_consented_at", "subscriptions")
    op.create_index(
        "ix_subscriptions_app_id_consented_at_subscription_id",
        "subscriptions",
        ["app_id", "consented_at", "subscription_id"],
    )
