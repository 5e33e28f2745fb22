"""The tables of apps, their projects, logos, keys and templates."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text

from storage.tables.metadata import metadata

apps: Final = Table(
    "apps",
    metadata,
    Column("app_id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("redirect_url", Text),
    Column("callbacks", Text, nullable=False),
    Column("bots", Text, nullable=False),
    Column("wants_phone", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("color", Text),
    Column("logo_digest", Text),
    Column("match_policy", Text),
    Column("login_minutes", Integer),
    Column("code_login_minutes", Integer),
    Column("sessions_per_hour", Integer),
    Column("last_successful_first", Boolean),
    Column("quiet_hours", Text),
    Column("timezone", Text),
    Column("broadcasts_per_day", Integer),
    Column("broadcasts_per_week", Integer),
)


projects: Final = Table(
    "projects",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("sender", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("permissions", Text, nullable=False),
)


logos: Final = Table(
    "logos",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)


app_keys: Final = Table(
    "app_keys",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("app_id", Text, ForeignKey(apps.c.app_id), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("valid_until", BigInteger),
    Column("last_used_at", BigInteger),
)


templates: Final = Table(
    "templates",
    metadata,
    Column("app_id", Text, ForeignKey(apps.c.app_id), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("format", Text, nullable=False),
)
