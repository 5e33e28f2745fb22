"""What the login pages need: an app's colour and logo, when a person was asked, and from which region."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns and a table."""
    op.add_column("accounts", sa.Column("told_language", sa.Text))
    op.add_column("apps", sa.Column("color", sa.Text))
    op.add_column("apps", sa.Column("logo_digest", sa.Text))
    op.add_column("apps", sa.Column("requires_match", sa.Boolean))
    op.add_column("logins", sa.Column("prompt_nonce", sa.Text))
    op.add_column("logins", sa.Column("prompted_at", sa.BigInteger))
    op.add_column("logins", sa.Column("place_region", sa.Text))
    op.create_table(
        "logos",
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("app_id", name="pk_logos"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_logos_app_id"),
    )
