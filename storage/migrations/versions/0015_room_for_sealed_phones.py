"""Room for phones that are sealed, beside those in clear; and for the keys that outlive a master key.

What is in clear is sealed afterwards, some rows at a time (``storage.sealing``), before the next revision drops it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add columns and a table."""
    op.add_column("persons", sa.Column("line_digest", sa.LargeBinary))
    op.add_column("persons", sa.Column("line", sa.LargeBinary))
    op.add_column("accounts", sa.Column("user_digest", sa.LargeBinary))
    op.add_column("accounts", sa.Column("whereabouts", sa.LargeBinary))
    op.create_table(
        "digest_keys",
        sa.Column("name", sa.Text),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_digest_keys"),
    )
