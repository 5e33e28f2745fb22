"""What made a message that no site sent one by one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column."""
    op.add_column("notices", sa.Column("cause", sa.Text))
