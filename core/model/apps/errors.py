"""What can be wrong with an app, its keys, tags, permissions and templates."""

from core.errors import GatepostError, Kind


class ReturnUrlNotAllowed(GatepostError):
    """``return_url`` is not on the app's allow-list."""

    code = "RETURN_URL_NOT_ALLOWED"
    kind = Kind.INVALID
    text = "return_url must be an https address whose host is among the app's allowed origins."


class OriginNotAllowed(GatepostError):
    """The calling page's origin is not on the app's allow-list."""

    code = "ORIGIN_NOT_ALLOWED"
    kind = Kind.FORBIDDEN
    text = "This origin is not among the app's allowed origins."


class Unauthorized(GatepostError):
    """The call does not say who is calling."""

    code = "UNAUTHORIZED"
    kind = Kind.UNAUTHORIZED
    text = "Send your key: Authorization: Bearer gp_live_…"


class InvalidApiKey(GatepostError):
    """The key is mistyped, unknown, of another kind, or rotated out."""

    code = "INVALID_API_KEY"
    kind = Kind.UNAUTHORIZED
    text = "This API key is not valid."


class TestKeyForbidden(GatepostError):
    """A test key may not change settings."""

    __test__ = False  # or pytest takes it for a test, by its name

    code = "TEST_KEY_FORBIDDEN"
    kind = Kind.FORBIDDEN
    text = "A test key cannot do this. Use the live key."


class TestKeyRequired(GatepostError):
    """A live key asked for what is for trying things out."""

    __test__ = False  # or pytest takes it for a test, by its name

    code = "TEST_KEY_REQUIRED"
    kind = Kind.FORBIDDEN
    text = "This works with a test key only."


class AppDisabled(GatepostError):
    """The operator has switched the app off."""

    code = "APP_DISABLED"
    kind = Kind.FORBIDDEN
    text = "This app is disabled."


class AppNotFound(GatepostError):
    """There is no app with this id."""

    code = "APP_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no app with this app_id."


class AppExists(GatepostError):
    """The slug is taken."""

    code = "APP_EXISTS"
    kind = Kind.CONFLICT
    text = "An app with this slug exists already."


class TagNotFound(GatepostError):
    """The app has no such tag."""

    code = "TAG_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such tag."


class TagExists(GatepostError):
    """The tag's name is taken."""

    code = "TAG_EXISTS"
    kind = Kind.CONFLICT
    text = "A tag with this name exists already."


class PermissionNotFound(GatepostError):
    """The app has no such permission."""

    code = "PERMISSION_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no such permission."


class PermissionExists(GatepostError):
    """The permission's key is taken."""

    code = "PERMISSION_EXISTS"
    kind = Kind.CONFLICT
    text = "A permission with this key exists already."


class TemplateExists(GatepostError):
    """The project has a template with this key."""

    code = "TEMPLATE_EXISTS"
    kind = Kind.CONFLICT
    text = "There is a template with this key already."


class TemplateNotFound(GatepostError):
    """The project has no template with this key."""

    code = "TEMPLATE_NOT_FOUND"
    kind = Kind.NOT_FOUND
    text = "There is no template with this key."
