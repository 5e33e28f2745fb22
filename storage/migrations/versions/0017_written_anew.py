"""Nothing is changed: a database of this revision was written anew since its phones were sealed.

So no page of the file that was given up holds one any more (``storage.revisions``).
"""

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Change nothing."""
