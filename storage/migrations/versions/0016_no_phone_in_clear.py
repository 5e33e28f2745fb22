"""People and accounts without phones, user ids and chats in clear: all were sealed beside them by now."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_PERSONS = "person_id, line_digest, line"
_ACCOUNTS = (
    "account_id, person_id, bot, messenger, user_digest, whereabouts, language, phone_verified_at, contact_asked_at,"
    " spoke_at, told_language, reachable, reachable_since"
)


def upgrade() -> None:
    """Make both tables anew; a row that is not sealed yet is refused by what may not be NULL."""
    op.create_table(
        "persons_",
        sa.Column("person_id", sa.Text),
        sa.Column("line_digest", sa.LargeBinary),
        sa.Column("line", sa.LargeBinary),
        sa.PrimaryKeyConstraint("person_id", name="pk_persons"),
        sa.UniqueConstraint("line_digest", name="uq_persons_line_digest"),
    )
    op.create_table(
        "accounts_",
        sa.Column("account_id", sa.Text),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("messenger", sa.Text, nullable=False),
        sa.Column("user_digest", sa.LargeBinary, nullable=False),
        sa.Column("whereabouts", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("phone_verified_at", sa.BigInteger),
        sa.Column("contact_asked_at", sa.BigInteger),
        sa.Column("spoke_at", sa.BigInteger),
        sa.Column("told_language", sa.Text),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Column("reachable_since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.person_id"], name="fk_accounts_person_id"),
        sa.UniqueConstraint("bot", "user_digest", name="uq_accounts_bot_user_digest"),
    )
    for table, columns in (("persons", _PERSONS), ("accounts", _ACCOUNTS)):
        op.execute(f"INSERT INTO {table}_ ({columns}) SELECT {columns} FROM {table}")  # noqa: S608 - our own names
        op.drop_table(table)
        op.rename_table(f"{table}_", table)
    op.create_index("ix_accounts_person_id", "accounts", ["person_id"])
    op.create_index("ix_accounts_messenger_user_digest", "accounts", ["messenger", "user_digest"])
