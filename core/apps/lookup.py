"""Finding an app inside a unit of work, or refusing."""

from core.model.apps.app import App
from core.model.apps.errors import AppDisabled, AppNotFound


def existing_app(app: App | None) -> App:
    """Return the app, or raise ``AppNotFound``."""
    if app is None:
        raise AppNotFound
    return app


def enabled_app(app: App | None) -> App:
    """Return the app, or raise ``AppNotFound`` or ``AppDisabled``."""
    app = existing_app(app)
    if not app.enabled:
        raise AppDisabled
    return app
