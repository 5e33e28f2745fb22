"""A fourth messenger, ``room/``, and the story of who logs in by it."""
