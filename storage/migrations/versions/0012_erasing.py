"""Finding the texts to erase, what is stale, and what may be sent once more, without reading all the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add indexes."""
    has_text = "length(content) > 0"
    _create_index_where("ix_notices_texts", "notices", ["created_at"], has_text)
    _create_index_where("ix_notices_texts_to", "notices", ["app_id", "account_id", "is_bound"], has_text)
    _create_index_where("ix_notices_stale", "notices", ["expires_at"], "next_at IS NOT NULL")
    undelivered = "state IN ('failed', 'expired', 'unknown')"
    _create_index_where("ix_notices_undelivered_of_all", "notices", ["created_at", "notice_id"], undelivered)
    _create_index_where("ix_broadcasts_drafts", "broadcasts", ["created_at"], "length(draft) > 0")


def _create_index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
