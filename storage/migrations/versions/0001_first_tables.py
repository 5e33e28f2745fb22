"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    _create_apps()
    _create_people()
    _create_logins()
    _create_the_rest()


def _create_apps() -> None:
    op.create_table(
        "apps",
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("origins", sa.Text, nullable=False),
        sa.Column("redirect_url", sa.Text),
        sa.Column("callbacks", sa.Text, nullable=False),
        sa.Column("bots", sa.Text, nullable=False),
        sa.Column("wants_phone", sa.Boolean, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("app_id", name="pk_apps"),
        sa.UniqueConstraint("slug", name="uq_apps_slug"),
    )
    op.create_table(
        "app_keys",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("valid_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("digest", name="pk_app_keys"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_app_keys_app_id"),
    )
    op.create_index("ix_app_keys_app_id", "app_keys", ["app_id"])


def _create_people() -> None:
    op.create_table(
        "persons",
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("phone", sa.Text),
        sa.PrimaryKeyConstraint("person_id", name="pk_persons"),
        sa.UniqueConstraint("phone", name="uq_persons_phone"),
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("messenger", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("chat", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("phone_verified_at", sa.BigInteger),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Column("reachable_since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        sa.UniqueConstraint("bot", "user_id", name="uq_accounts_bot_user_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.person_id"], name="fk_accounts_person_id"),
    )
    op.create_index("ix_accounts_person_id", "accounts", ["person_id"])
    op.create_index("ix_accounts_messenger_user_id", "accounts", ["messenger", "user_id"])
    op.create_table(
        "subscriptions",
        sa.Column("subscription_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("consented_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("subscription_id", name="pk_subscriptions"),
        sa.UniqueConstraint("app_id", "account_id", name="uq_subscriptions_app_id_account_id"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_subscriptions_app_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="fk_subscriptions_account_id"),
    )
    op.create_index("ix_subscriptions_account_id", "subscriptions", ["account_id"])


def _create_logins() -> None:
    op.create_table(
        "logins",
        sa.Column("login_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("session_digest", sa.LargeBinary, nullable=False),
        sa.Column("link_digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("place_address_prefix", sa.Text, nullable=False),
        sa.Column("place_browser", sa.Text, nullable=False),
        sa.Column("place_system", sa.Text, nullable=False),
        sa.Column("locale", sa.Text),
        sa.Column("return_url", sa.Text),
        sa.Column("code_challenge", sa.Text),
        sa.Column("match_number", sa.Integer),
        sa.Column("match_choices", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("claimed_by", sa.Text),
        sa.Column("opened_at", sa.BigInteger),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("person_id", sa.Text),
        sa.Column("profile", sa.LargeBinary),
        sa.Column("redeemed_at", sa.BigInteger),
        sa.Column("cancelled_at", sa.BigInteger),
        sa.Column("cancel_reason", sa.Text),
        sa.Column("prompt_message_id", sa.Text),
        sa.PrimaryKeyConstraint("login_id", name="pk_logins"),
        sa.UniqueConstraint("session_digest", name="uq_logins_session_digest"),
        sa.UniqueConstraint("link_digest", name="uq_logins_link_digest"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.app_id"], name="fk_logins_app_id"),
    )
    op.create_index("ix_logins_expires_at", "logins", ["expires_at"])
    _create_index_where_present("ix_logins_claimed_by", "logins", ["claimed_by"], "claimed_by")
    _create_index_where_present("ix_logins_prompt", "logins", ["expires_at"], "prompt_message_id")
    _create_index_where_present("ix_logins_profile", "logins", ["expires_at"], "profile")


def _create_the_rest() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_keys"),
    )
    op.create_table(
        "inbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_inbox"),
        sa.UniqueConstraint("bot", "key", name="uq_inbox_bot_key"),
    )
    op.create_index("ix_inbox_taken_at", "inbox", ["taken_at"])
    _create_index_where_present("ix_inbox_waiting", "inbox", ["bot", "number"], "body")
    op.create_table(
        "bots",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_bots"),
    )


def _create_index_where_present(name: str, table: str, columns: list[str], present: str) -> None:
    condition = sa.text(f"{present} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
