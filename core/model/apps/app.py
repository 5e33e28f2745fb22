"""Apps: the sites that use this Gatepost, what they may ask for, where their visitors may be sent, and their keys.

A key is a text: a prefix that tells what it is, 26 random characters, and a checksum of six (CRC-32 of what stands
before it, in base 62), which tells a mistyped key without a look into the store and lets those who scan for leaked
secrets recognise one.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit
from zlib import crc32

from core.complaints import Wrong
from core.entropy import BASE62, Entropy, base62, below
from core.errors import Invalid
from core.model.apps.errors import ReturnUrlNotAllowed
from core.model.calendar.quiet_hours import QuietHours
from core.model.calendar.time_zones import read_zone
from core.model.ids import AppId, BotName

URL_LIMIT: Final = 2048
NAME_LIMIT: Final = 64
_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HOST: Final = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\<>\"]|[^\x00-\x7e]")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")
CALLBACKS_LIMIT: Final = 10
LOGIN_MINUTES: Final = (1, 10)
"""How long a login of the site dialect may be let take."""
CODE_LOGIN_MINUTES: Final = (5, 60)
"""The same in the project dialect."""
LOGO_LIMIT: Final = 64 * 1024
_LOGO_KINDS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("image/png", lambda body: body.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", lambda body: body.startswith(b"\xff\xd8\xff")),
    ("image/webp", lambda body: body[:4] == b"RIFF" and body[8:12] == b"WEBP"),
    ("image/svg+xml", lambda body: b"<svg" in body[:1024] and b"\x00" not in body),
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A small picture, as its file: PNG, JPEG, WebP or SVG, recognised by how it begins."""

    media_type: str
    body: bytes


def read_logo(body: bytes) -> Logo:
    """Return the logo in a file's bytes, at most 64 KiB; raise ``Invalid``."""
    if len(body) > LOGO_LIMIT:
        raise Invalid("logo", Wrong.LOGO_TOO_LARGE, most=LOGO_LIMIT // 1024)
    for media_type, is_one in _LOGO_KINDS:
        if is_one(body):
            return Logo(media_type, body)
    raise Invalid("logo", Wrong.NOT_A_LOGO)


class MatchPolicy(StrEnum):
    """Which logins of an app need the number on the page, so that a forwarded link is of no use (``security``, T1)."""

    OFF = "off"
    """Those whose page asks for it; what anybody starts without a page of the site can be confirmed by a victim."""
    SITE = "site"
    """All that ``/api/v1`` starts, which anybody may; not those started with a key, nor by a permanent link."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A site: ``origins`` are what its pages may be served from, ``bots`` are in order of preference.

    ``callbacks`` are where the project dialect may send people, the first one unless it says otherwise;
    ``sessions_per_hour`` bounds the logins that it may start (0 = no bound).
    ``last_successful_first`` = who got a message of it before gets the next one by the same account, and only then does
    the order of ``bots`` count.
    ``match_policy`` says which logins need the number on the page; ``login_minutes`` (1 to 10) is how long a login of
    the site dialect may take, ``code_login_minutes`` (5 to 60) the same in the project dialect.
    ``color`` (``#rrggbb``) and logo are how its login pages look; ``logo_digest`` is 16 hex that change with it.
    ``quiet_hours`` are when its broadcasts leave people alone, ``timezone`` (IANA) is where they are whose phone does
    not tell; ``broadcasts_per_day`` and ``broadcasts_per_week`` bound what one subscriber gets (0 = no bound).
    """

    app_id: AppId
    slug: str
    name: str
    origins: tuple[str, ...] = ()
    redirect_url: str | None = None
    callbacks: tuple[str, ...] = ()
    bots: tuple[BotName, ...] = ()
    wants_phone: bool = True
    enabled: bool = True
    match_policy: MatchPolicy = MatchPolicy.SITE
    login_minutes: int = 5
    code_login_minutes: int = 30
    last_successful_first: bool = False
    sessions_per_hour: int = 0
    color: str | None = None
    logo_digest: str | None = None
    quiet_hours: QuietHours | None = None
    timezone: str | None = None
    broadcasts_per_day: int = 0
    broadcasts_per_week: int = 0
    created_at: datetime = field(compare=False)

    def requires_match(self, *, by_anybody: bool) -> bool:
        """Tell whether a login needs the number; ``by_anybody`` = it was started without a key (``/api/v1``)."""
        return self.match_policy is MatchPolicy.ALL or (by_anybody and self.match_policy is MatchPolicy.SITE)

    def allows_origin(self, origin: str) -> bool:
        """Tell whether a page of this origin (scheme, host and port, as browsers send it) may use the app."""
        return any(_covers(allowed, origin) for allowed in self.origins) and is_origin(origin)

    @property
    def shown_origin(self) -> str | None:
        """Return where the app is at home, for people: its redirect URL's origin, else the first one allowed."""
        if self.redirect_url is not None:
            return origin_of(self.redirect_url)
        return self.origins[0].replace("://*.", "://", 1) if self.origins else None

    def checked_return_url(self, url: str | None) -> str | None:
        """Return where to send the visitor: ``url`` if it is allowed, the app's default if there is none."""
        if url is None:
            return self.redirect_url
        if not self.allows_origin(origin_of(url)):
            raise ReturnUrlNotAllowed
        return url


def checked_app(app: App) -> App:
    """Return ``app`` if an operator may save it so, or raise ``Invalid`` naming what is wrong."""
    if not _SLUG.fullmatch(app.slug):
        raise Invalid("slug", Wrong.BAD_SLUG, slug=app.slug)
    if not app.name or app.name != plain_text(app.name, NAME_LIMIT):
        raise Invalid("name", Wrong.BAD_NAME, most=NAME_LIMIT)
    if app.color is not None and not _COLOR.fullmatch(app.color):
        raise Invalid("color", Wrong.BAD_COLOR)
    if app.timezone is not None:
        read_zone(app.timezone)
    _check_minutes(app)
    if len(app.callbacks) > CALLBACKS_LIMIT:
        raise Invalid("callback", Wrong.TOO_MANY_VALUES, most=CALLBACKS_LIMIT)
    for origin in app.origins:
        _check_origin(origin)
    for key, url in (("redirect", app.redirect_url), *(("callback", url) for url in app.callbacks)):
        if url is not None and not app.allows_origin(_origin_or_invalid(key, url)):
            raise Invalid(key, Wrong.ORIGIN_NOT_ALLOWED, url=url)
    return app


def _check_minutes(app: App) -> None:
    for key, minutes, (least, most) in (
        ("login_minutes", app.login_minutes, LOGIN_MINUTES),
        ("code_login_minutes", app.code_login_minutes, CODE_LOGIN_MINUTES),
    ):
        if not least <= minutes <= most:
            raise Invalid(key, Wrong.NOT_BETWEEN, least=least, most=most)


def plain_text(text: str, limit: int) -> str:
    """Return ``text`` on one line, without control, bidirectional and zero-width characters, cut to ``limit``."""
    visible = "".join(mark for mark in text if not _is_hidden(mark))
    return " ".join(visible.split())[:limit]


def hides_nothing(text: str) -> bool:
    """Tell whether ``text`` is free of the characters that ``plain_text`` leaves out, line breaks among them."""
    return not any(_is_hidden(mark) for mark in text)


def origin_of(url: str) -> str:
    """Return the origin of an absolute http(s) URL in the form browsers send, or raise ``ReturnUrlNotAllowed``.

    Refuses whatever two parsers might read differently: user info, backslashes, control characters, fragments,
    other schemes, dot segments and path parameters (``security``, T14).
    """
    if len(url) > URL_LIMIT or _UNSAFE.search(url):
        raise ReturnUrlNotAllowed
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ReturnUrlNotAllowed from None
    if not _is_plain(url, parts):
        raise ReturnUrlNotAllowed
    host = parts.netloc.rsplit(":", 1)[0] if port is not None else parts.netloc
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ReturnUrlNotAllowed
    shown_port = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{shown_port}"


def is_origin(text: str) -> bool:
    """Tell whether ``text`` is an origin, written as browsers write it, and nothing else: people are shown it."""
    try:
        return origin_of(text) == text
    except ReturnUrlNotAllowed:
        return False


def _is_hidden(mark: str) -> bool:
    return unicodedata.category(mark) in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}


def _is_plain(url: str, parts: SplitResult) -> bool:
    """Tell whether the URL is scheme, host, path and query, each written the one plain way."""
    host = parts.netloc.rsplit(":", 1)[0] if parts.port is not None else parts.netloc
    segments = parts.path.lower().replace("%2e", ".").replace("%2f", "/").split("/")
    return (
        url.startswith(("https://", "http://"))
        and _HOST.fullmatch(host) is not None
        and "#" not in url
        and not any(segment in {".", ".."} or ";" in segment for segment in segments)
    )


def _covers(allowed: str, origin: str) -> bool:
    """Tell whether the allow-list entry covers the origin: the same, or ``*.`` for any one or more labels."""
    if allowed == origin:
        return True
    scheme, _, host = allowed.partition("://")
    return host.startswith("*.") and origin.startswith(f"{scheme}://") and origin.endswith(host[1:])


def _check_origin(origin: str) -> None:
    bare = origin.replace("://*.", "://", 1)
    if _origin_or_invalid("origin", bare) != bare:
        raise Invalid("origin", Wrong.NOT_AN_ORIGIN, origin=origin)


def _origin_or_invalid(key: str, url: str) -> str:
    try:
        return origin_of(url)
    except ReturnUrlNotAllowed:
        raise Invalid(key, Wrong.NOT_HTTPS, url=url) from None


class KeyKind(StrEnum):
    """The secrets an app holds."""

    MESSAGE = "message"
    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class AppKey:
    """One secret of an app, as we keep it; ``valid_until`` is set once it was rotated out.

    ``last_used_at`` is right to the hour.
    """

    app_id: AppId
    kind: KeyKind
    digest: bytes
    created_at: datetime
    valid_until: datetime | None = None
    last_used_at: datetime | None = None


_PREFIXES: Final = {KeyKind.MESSAGE: "gp_msg_", KeyKind.LIVE: "gp_live_", KeyKind.TEST: "gp_test_"}
_RANDOM_LENGTH: Final = 26
_CHECKSUM_LENGTH: Final = 6


def draw_key(kind: KeyKind, entropy: Entropy) -> str:
    """Draw a key: its prefix and 32 characters of base 62, of which 26 are random (154 bits)."""
    body = _PREFIXES[kind] + "".join(BASE62[below(entropy, 62)] for _ in range(_RANDOM_LENGTH))
    return body + _checksum(body)


def is_key(text: str) -> bool:
    """Tell whether ``text`` is built as a key is, checksum included."""
    for prefix in _PREFIXES.values():
        if text.startswith(prefix):
            body, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
            has_length = len(text) == len(prefix) + _RANDOM_LENGTH + _CHECKSUM_LENGTH
            return has_length and text.isascii() and checksum == _checksum(body)
    return False


def _checksum(body: str) -> str:
    return base62(crc32(body.encode()), _CHECKSUM_LENGTH)
