"""How the lanes are doing, whose turn it is in them, and which account an app reached last."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add a table, a column and indexes."""
    op.create_table(
        "breakers",
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("since", sa.BigInteger),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("noted_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bot", name="pk_breakers"),
    )
    op.add_column("apps", sa.Column("last_successful_first", sa.Boolean))
    op.create_index("ix_attempts_began_at_bot_outcome", "attempts", ["began_at", "bot", "outcome"])
    _create_index_where("ix_notices_turns", ["bot", "priority", "app_id", "next_at"], "next_at IS NOT NULL")
    _create_index_where("ix_notices_taken", ["app_id", "person_id", "settled_at"], "message_id IS NOT NULL")
    _create_index_where("ix_notices_undelivered", ["app_id", "created_at"], "state IN ('failed', 'expired', 'unknown')")


def _create_index_where(name: str, columns: list[str], condition: str) -> None:
    op.create_index(name, "notices", columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
