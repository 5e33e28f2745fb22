"""The tables of webhook endpoints and deliveries."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from storage.tables.apps import apps
from storage.tables.metadata import index_where_present, metadata

endpoints: Final = Table(
    "endpoints",
    metadata,
    Column("endpoint_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("formers", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("failing_since", BigInteger),
    Column("why_disabled", Text),
)


# A delivery that is to be tried (again) has ``next_at``; one that is settled has none, and one that was erased no body.
deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("endpoint_id", Text, ForeignKey(endpoints.c.endpoint_id, ondelete="CASCADE"), nullable=False),
    Column("app_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", LargeBinary),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("leased_until", BigInteger),
    Column("status", Integer),
    Column("error", Text),
    Column("settled_at", BigInteger),
    Column("subscription_id", Text),
    Column("is_test", Boolean, nullable=False),
    Index(None, "endpoint_id", "created_at"),
    Index(None, "app_id", "created_at"),
)
index_where_present("ix_deliveries_next_at", deliveries, "endpoint_id", "next_at", only="next_at")
index_where_present("ix_deliveries_subscription_id", deliveries, "subscription_id", only="subscription_id")
index_where_present("ix_deliveries_body", deliveries, "event", "state", "settled_at", only="body")
