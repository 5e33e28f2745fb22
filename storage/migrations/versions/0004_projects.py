"""What the project dialect needs: one-time codes, tags, permissions, and webhooks with what is to be told to them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add columns and tables."""
    op.add_column("app_keys", sa.Column("last_used_at", sa.BigInteger))
    op.add_column("apps", sa.Column("sessions_per_hour", sa.Integer))
    op.add_column("subscriptions", sa.Column("tags", sa.Text))
    op.add_column("subscriptions", sa.Column("permissions", sa.Text))
    op.add_column("subscriptions", sa.Column("external_id", sa.Text))
    op.add_column("subscriptions", sa.Column("names", sa.LargeBinary))
    _create_index_where_present(
        "ix_subscriptions_external_id", "subscriptions", ["app_id", "external_id"], "external_id"
    )
    op.create_index("ix_subscriptions_app_id_consented_at", "subscriptions", ["app_id", "consented_at"])
    op.add_column("logins", sa.Column("code_digest", sa.LargeBinary))
    op.add_column("logins", sa.Column("code_told_at", sa.BigInteger))
    op.add_column("logins", sa.Column("site_state", sa.Text))
    op.add_column("logins", sa.Column("is_static", sa.Boolean))
    op.create_index("ix_logins_code_digest", "logins", ["code_digest"], unique=True)
    op.create_table(
        "projects",
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("permissions", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("app_id", name="pk_projects"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_projects_app_id"),
    )
    _create_webhooks()


def _create_webhooks() -> None:
    op.create_table(
        "endpoints",
        sa.Column("endpoint_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("formers", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("why_disabled", sa.Text),
        sa.PrimaryKeyConstraint("endpoint_id", name="pk_endpoints"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_endpoints_app_id"),
    )
    op.create_index("ix_endpoints_app_id", "endpoints", ["app_id"])
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("endpoint_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("leased_until", sa.BigInteger),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("subscription_id", sa.Text),
        sa.Column("is_test", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.endpoint_id"], name="fk_deliveries_endpoint_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_deliveries_endpoint_id_created_at", "deliveries", ["endpoint_id", "created_at"])
    op.create_index("ix_deliveries_app_id_created_at", "deliveries", ["app_id", "created_at"])
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
    _create_index_where_present("ix_deliveries_next_at", "deliveries", ["endpoint_id", "next_at"], "next_at")
    _create_index_where_present("ix_deliveries_subscription_id", "deliveries", ["subscription_id"], "subscription_id")
    _create_index_where_present("ix_deliveries_body", "deliveries", ["event", "state", "settled_at"], "body")


def _create_index_where_present(name: str, table: str, columns: list[str], present: str) -> None:
    condition = sa.text(f"{present} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
