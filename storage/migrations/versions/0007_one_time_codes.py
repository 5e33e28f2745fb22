"""One-time codes, and the links that ask for them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add tables."""
    op.create_table(
        "one_time_codes",
        sa.Column("code_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("notice_id", sa.Text),
        sa.PrimaryKeyConstraint("code_id", name="pk_one_time_codes"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_one_time_codes_app_id"),
    )
    op.create_index("ix_one_time_codes_created_at", "one_time_codes", ["created_at"])
    op.create_index("ix_one_time_codes_subscription_id_created_at", "one_time_codes", ["subscription_id", "created_at"])
    active = sa.text("digest IS NOT NULL")
    op.create_index(
        "ix_one_time_codes_active",
        "one_time_codes",
        ["app_id", "subscription_id", "purpose", "is_test"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )
    op.create_table(
        "code_requests",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("ttl", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("length", sa.Integer, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("subscription_id", sa.Text),
        sa.Column("code_id", sa.Text),
        sa.PrimaryKeyConstraint("digest", name="pk_code_requests"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_code_requests_app_id"),
    )
    op.create_index("ix_code_requests_expires_at", "code_requests", ["expires_at"])
    op.create_index("ix_code_requests_app_id_expires_at", "code_requests", ["app_id", "expires_at"])
    answered = sa.text("subscription_id IS NOT NULL")
    op.create_index(
        "ix_code_requests_subscription_id",
        "code_requests",
        ["subscription_id"],
        sqlite_where=answered,
        postgresql_where=answered,
    )
