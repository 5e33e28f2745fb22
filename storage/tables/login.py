"""The table of logins."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from storage.tables.apps import apps
from storage.tables.metadata import index_where_present, metadata

logins: Final = Table(
    "logins",
    metadata,
    Column("login_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("session_digest", LargeBinary, nullable=False, unique=True),
    Column("link_digest", LargeBinary, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("origin", Text, nullable=False),
    Column("place_address_prefix", Text, nullable=False),
    Column("place_browser", Text, nullable=False),
    Column("place_system", Text, nullable=False),
    Column("locale", Text),
    Column("return_url", Text),
    Column("code_challenge", Text),
    Column("match_number", Integer),
    Column("match_choices", Text),
    Column("state", Text, nullable=False),
    Column("claimed_by", Text),
    Column("opened_at", BigInteger),
    Column("confirmed_at", BigInteger),
    Column("person_id", Text),
    Column("profile", LargeBinary),
    Column("redeemed_at", BigInteger),
    Column("cancelled_at", BigInteger),
    Column("cancel_reason", Text),
    Column("prompt_message_id", Text),
    Column("typed_digest", LargeBinary, key="user_code_digest"),
    Column("prompted_at", BigInteger),
    Column("place_region", Text),
    Column("prompt_nonce", Text),
    Column("code_digest", LargeBinary),
    Column("code_told_at", BigInteger),
    Column("site_state", Text),
    Column("is_static", Boolean),
    Column("is_test", Boolean),
)
Index("ix_logins_typed_digest", logins.c.user_code_digest, unique=True)
Index("ix_logins_code_digest", logins.c.code_digest, unique=True)
index_where_present("ix_logins_claimed_by", logins, "claimed_by", only="claimed_by")
index_where_present("ix_logins_prompt", logins, "expires_at", only="prompt_message_id")
index_where_present("ix_logins_profile", logins, "expires_at", only="profile")
