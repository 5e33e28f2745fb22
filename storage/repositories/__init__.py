"""The repositories on SQLAlchemy Core."""
