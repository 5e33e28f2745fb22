"""The table of subscriptions."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint, text

from storage.tables.apps import apps
from storage.tables.metadata import index_where, index_where_present, metadata
from storage.tables.people import accounts

HAS_TAGS: Final = text("tags != '[]'")
"""Of a subscription: a site gave it a tag. A query says it in these words, or the index of tags does not help it."""
subscriptions: Final = Table(
    "subscriptions",
    metadata,
    Column("subscription_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("account_id", Text, ForeignKey(accounts.c.account_id), nullable=False, index=True),
    Column("consented_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("tags", Text),
    Column("permissions", Text),
    Column("external_id", Text),
    Column("names", LargeBinary),
    UniqueConstraint("app_id", "account_id"),
    Index(None, "app_id", "consented_at", "subscription_id"),
)
index_where_present("ix_subscriptions_external_id", subscriptions, "app_id", "external_id", only="external_id")
index_where("ix_subscriptions_tags", subscriptions, "app_id", "tags", only=HAS_TAGS)
