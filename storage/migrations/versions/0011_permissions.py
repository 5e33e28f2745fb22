"""The permission that a message needs is kept with it, and whether its site was told of it already."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add two columns and an index."""
    op.add_column("notices", sa.Column("permission", sa.Text))
    op.add_column("notices", sa.Column("is_told", sa.Boolean))
    op.create_index(
        "ix_recurring_running",
        "recurring",
        ["run_at"],
        sqlite_where=sa.text("run_at IS NOT NULL"),
        postgresql_where=sa.text("run_at IS NOT NULL"),
    )
