"""The adapters of the settings' bots, and what they are built on: each is imported when it is built, not before."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp

from bots.kind import Ground
from bots.settings import BotSettings
from core.model.ids import BotName
from core.model.messages.bot import Bot
from core.ports.messengers import Messenger
from core.ports.store import Store
from daemon.messengers import Settings, kind_of
from daemon.supervise import BotKeeper, Keepers
from daemon.webhooks import header_secret, hook_address, verify_token
from daemon.wiring import Services


@dataclass(frozen=True, slots=True)
class StoreMemory:
    """An adapter's note, kept in the store."""

    store: Store
    bot: BotName

    async def recall(self) -> str | None:
        """Return the note."""
        return await self.store.read(lambda unit: unit.bots.marker(self.bot))

    async def remember(self, note: str) -> None:
        """Keep the note."""
        await self.store.write(lambda unit: unit.bots.put_marker(self.bot, note))


def keepers(settings: Settings, services: Services, session: aiohttp.ClientSession) -> Keepers:
    """Return a keeper for each bot of the settings."""
    public_url = settings.http.public_url

    def maker(bot: BotSettings) -> Callable[[], Messenger]:
        return _maker(bot, public_url, services, session)

    return Keepers([_keeper(bot, maker(bot), services) for bot in settings.bots], services, maker)


def _keeper(settings: BotSettings, make: Callable[[], Messenger], services: Services) -> BotKeeper:
    kind = kind_of(settings)
    bot = Bot(BotName(settings.name), kind.name, None)
    return BotKeeper(bot, make, services, is_called=kind.dashboard is not None)


def _maker(
    settings: BotSettings, public_url: str, services: Services, session: aiohttp.ClientSession
) -> Callable[[], Messenger]:
    kind, name, seal = kind_of(settings), BotName(settings.name), services.seal
    ground = Ground(
        session=session,
        hook_url=hook_address(public_url, seal, name),
        header_secret=header_secret(seal, name),
        verify_token=verify_token(seal, name),
        memory=StoreMemory(services.store, name),
        proxy_for=_proxy_for,
    )

    def make() -> Messenger:
        return kind.build(settings, ground)

    return make


def _proxy_for(url: str) -> str | None:
    """Return the proxy that the environment (``HTTPS_PROXY``, ``NO_PROXY``) names for a URL.

    Asked once. aiohttp's ``trust_env`` asks for each call, on a thread, which costs as much as the call.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies_environment().get(parts.scheme)
