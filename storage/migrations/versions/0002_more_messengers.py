"""What MAX and WhatsApp need: typed codes, questions for contacts, receipts, events; phones by their line."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TWO_FORMS = re.compile(r"\+(?:(52)1([0-9]{10})|(54)9([0-9]{10})|(55)([1-9][0-9])([6-9][0-9]{7}))")


def upgrade() -> None:
    """Add columns and tables, and bring the phones of three countries to the one form that is compared."""
    op.add_column("accounts", sa.Column("contact_asked_at", sa.BigInteger))
    op.add_column("accounts", sa.Column("spoke_at", sa.BigInteger))
    op.add_column("bots", sa.Column("marker", sa.Text))
    op.add_column("logins", sa.Column("typed_digest", sa.LargeBinary))
    op.create_index("ix_logins_typed_digest", "logins", ["typed_digest"], unique=True)
    op.create_table(
        "events",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("messenger", sa.Text, nullable=False),
        sa.Column("person_id", sa.Text, nullable=False),
        sa.Column("former_person_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_events"),
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_table(
        "receipts",
        sa.Column("bot", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("is_ours_to_mend", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("bot", "message_id", name="pk_receipts"),
    )
    op.create_index("ix_receipts_at", "receipts", ["at"])
    _compare_phones_by_line()


def _compare_phones_by_line() -> None:
    """Rewrite the phones that have two forms; whoever's line is somebody else's already keeps theirs as it is."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT person_id, phone FROM persons WHERE phone IS NOT NULL")).all()
    taken = {phone for _, phone in rows}
    for person_id, phone in rows:
        line = _line(phone)
        if line not in taken:
            taken.add(line)
            connection.execute(
                sa.text("UPDATE persons SET phone = :line WHERE person_id = :person_id"),
                {"line": line, "person_id": person_id},
            )


def _line(phone: str) -> str:
    found = _TWO_FORMS.fullmatch(phone)
    if found is None:
        return phone
    if found[1]:
        return f"+52{found[2]}"
    return f"+54{found[4]}" if found[3] else f"+55{found[6]}9{found[7]}"
