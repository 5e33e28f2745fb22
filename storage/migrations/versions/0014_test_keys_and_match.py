"""Apps say which logins need the number and how long one may take; tests and ends are known."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apps that are there keep their ways: always the number, or where the page asks for it; new ones are stricter."""
    op.add_column("apps", sa.Column("match_policy", sa.Text))
    op.add_column("apps", sa.Column("login_minutes", sa.Integer))
    op.add_column("apps", sa.Column("code_login_minutes", sa.Integer))
    op.execute("UPDATE apps SET match_policy = CASE WHEN requires_match THEN 'all' ELSE 'off' END")
    op.drop_column("apps", "requires_match")
    op.add_column("logins", sa.Column("is_test", sa.Boolean))
    is_test = sa.text("is_test")
    op.create_index(
        "ix_notices_tests", "notices", ["app_id", "created_at"], sqlite_where=is_test, postgresql_where=is_test
    )
    op.add_column("one_time_codes", sa.Column("length", sa.Integer))
    op.add_column("one_time_codes", sa.Column("ending", sa.Text))
