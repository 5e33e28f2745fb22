"""The tables of one-time passwords and of the links that ask for one."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from storage.tables.apps import apps
from storage.tables.metadata import index_where_present, metadata

# A code that is over has no digest. A subscriber of tests has no subscription.
one_time_codes: Final = Table(
    "one_time_codes",
    metadata,
    Column("code_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("subscription_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("digest", LargeBinary),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("notice_id", Text, key="message_id"),
    Column("length", Integer),
    Column("ending", Text),
    Index(None, "subscription_id", "created_at"),
)
index_where_present(
    "ix_one_time_codes_active",
    one_time_codes,
    *("app_id", "subscription_id", "purpose", "is_test"),
    only="digest",
    unique=True,
)


code_requests: Final = Table(
    "code_requests",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("ttl", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("subscription_id", Text),
    Column("code_id", Text),
    Index(None, "app_id", "expires_at"),
)
index_where_present("ix_code_requests_subscription_id", code_requests, "subscription_id", only="subscription_id")
