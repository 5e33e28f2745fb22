"""A messenger in one value: what the rest of Gatepost needs to know of it, but for its adapter.

Each messenger's room exports its own as ``KIND``, and ``daemon/messengers.py`` lists them in one table. A kind is
light: the adapter, and the library behind it, are imported when one is built.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from bots.settings import BotSettings, is_here
from core.model.people.person import MessengerName
from core.ports.messengers import Messenger

if TYPE_CHECKING:
    import aiohttp

    from bots.wire import UpdateMarker

S = TypeVar("S", bound=BotSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a bot's adapter is built on.

    ``hook_url`` is where its messenger may post, ``header_secret`` what it must then send along, ``verify_token`` what
    it must know to ask whether the address is ours. ``memory`` outlives a restart. ``proxy_for`` returns the proxy for
    an address, ``None`` for a direct connection.
    """

    session: "aiohttp.ClientSession"
    hook_url: str
    header_secret: str
    verify_token: str
    memory: "UpdateMarker"
    proxy_for: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign that is drawn in 24 by 24 units, as SVG path data: a filled ``shape``, and the ``letter`` drawn on it.

    ``letter`` is empty where the shape says it all.
    """

    shape: str
    letter: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """When a messenger calls us, and what it needs for that: an https ``public_url``, for some on port 443.

    It calls a bot whose setting ``key`` is one of ``values`` (``None`` = the key is left out); ``text`` is what to say
    if it cannot.
    """

    key: str
    values: tuple[str | None, ...]
    text: str
    needs_443: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Where the operator enters a bot's webhook and verify token by hand, and what else there is to do there."""

    name: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind(Generic[S]):
    """A messenger. What is a function is asked of each bot's settings.

    ``label`` is its name for people; ``colour`` (``#rrggbb``) is that of its buttons, on which white can be read.
    ``settings`` is a bot's table, ``hints`` say what to give where one of its keys is missing; no two bots share what
    is ``unique``. ``link`` is the template of the links that open a bot: ``{bot}`` is its username, ``{code}`` the
    login's. If it ``prepares_text``, a person has to send the text (``{text}``) that the link prepares. ``app_links``
    has, for templates that show a web page first, those of the app's own scheme which do not. ``carries_codes`` tells
    whether one-time codes may be sent: the operator has settled what the messenger asks for. ``summary`` is a bot's
    line in ``check-config``. ``build`` imports the adapter and makes one.
    """

    name: MessengerName
    label: str
    colour: str
    mark: Mark
    settings: type[S]
    hints: Mapping[str, str]
    unique: tuple[str, ...] = ("token",)
    webhook: Webhook | None = None
    dashboard: Dashboard | None = None
    link: Callable[[S], str]
    prepares_text: bool = False
    app_links: Mapping[str, str] = field(default_factory=dict)
    carries_codes: Callable[[S], bool]
    summary: Callable[[S], str]
    build: Callable[[S, Ground], Messenger]

    def hindrance(self, bot: Mapping[str, object], *, is_https: bool, is_on_443: bool) -> tuple[str, str] | None:
        """Return the key and the sentence of what keeps the messenger from calling us, for a bot's table as written.

        An emulator on this machine calls whatever there is. ``None`` = nothing does.
        """
        rule = self.webhook
        if rule is None or is_here(bot.get("api_base")) or bot.get(rule.key) not in rule.values:
            return None
        if is_https and (is_on_443 or not rule.needs_443):
            return None
        return rule.key, rule.text
