"""What is kept, and how: SQLAlchemy Core over SQLite, behind the two doors of ``core.ports.Store``."""
