"""The tables of what is to be sent later: scheduled and recurring messages, drip chains and their enrolments."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from storage.tables.apps import apps
from storage.tables.metadata import index_where_present, metadata

# What a project wants to be sent later to one subscriber. What waits has ``next_at``; what is settled ``settled_at``.
scheduled: Final = Table(
    "scheduled",
    metadata,
    Column("scheduled_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("subscription_id", Text, nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
    Column("scheduled_at", BigInteger, nullable=False),
    Column("timezone", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_at", BigInteger),
    Column("notice_id", Text, key="message_id"),
    Column("reason", Text),
    Column("settled_at", BigInteger),
    Index(None, "app_id", "scheduled_at", "scheduled_id"),
    Index("ix_scheduled_state", "app_id", "state", "scheduled_at", "scheduled_id"),
)
index_where_present("ix_scheduled_due", scheduled, "next_at", only="next_at")
index_where_present("ix_scheduled_settled", scheduled, "settled_at", only="settled_at")


# The columns from ``run_at`` on are of the run under way.
recurring: Final = Table(
    "recurring",
    metadata,
    Column("recurring_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("draft", LargeBinary, nullable=False),
    Column("rhythm", Text, nullable=False),
    Column("channel", Text),
    Column("segment", Text),
    Column("permission", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False, index=True),
    Column("last_run", Text),
    Column("run_at", BigInteger),
    Column("run_after", Text),
    Column("run_accepted", Integer),
    Column("run_skipped", Integer),
)
index_where_present("ix_recurring_running", recurring, "run_at", only="run_at")


drip_chains: Final = Table(
    "drip_chains",
    metadata,
    Column("chain_id", Text, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False),
    Column("name", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("catch_up", Text, nullable=False),
    Column("steps", LargeBinary, nullable=False),
    Column("delays", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "app_id", "trigger", "value"),
)


# The subscribers that are in a chain now. A chain that is removed leaves its rows, which are removed some at a time.
enrolments: Final = Table(
    "enrolments",
    metadata,
    Column("chain_id", Text, primary_key=True),
    Column("subscription_id", Text, primary_key=True),
    Column("is_test", Boolean, primary_key=True),
    Column("app_id", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("step", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False, index=True),
    Index(None, "subscription_id"),
)
