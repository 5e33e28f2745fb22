"""Subscribers are found by tag among those that have tags."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add an index."""
    has_tags = sa.text("tags != '[]'")
    op.create_index(
        "ix_subscriptions_tags",
        "subscriptions",
        ["app_id", "tags"],
        sqlite_where=has_tags,
        postgresql_where=has_tags,
    )
