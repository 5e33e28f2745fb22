"""The permanent links by which people subscribe to an app, and what following one brings."""

from dataclasses import dataclass
from itertools import product
from typing import Final

from core.complaints import Wrong
from core.entropy import base62
from core.errors import Invalid
from core.messengers.start_links import lasting_start_links
from core.model.apps.app import App
from core.model.apps.project import Project, is_linkable
from core.model.messages.bot import StartLink
from core.model.messages.payloads import SubscribeLink, write_subscribe
from core.model.people.person import MessengerName
from core.people.names import Names
from core.ports.messengers import Links
from core.ports.store import Store
from core.seal import Seal
from core.subscribers.subscriptions import Gain

_TOKEN_LENGTH: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeLinks:
    """The story of a link that a site prints."""

    store: Store
    seal: Seal
    links: Links

    async def of(
        self, app: App, permission: str | None, tag: str | None, locale: str | None = None
    ) -> dict[MessengerName, str]:
        """Return the links in a language, by messenger.

        Raises ``Invalid`` for what the app does not have, or ``NoBotsConfigured``.
        """
        project = await self.store.read(lambda unit: unit.apps.project(app.app_id))
        if permission is not None and (not is_linkable(permission) or project.permission(permission) is None):
            raise Invalid("permission", Wrong.PERMISSION_NOT_LINKABLE)
        if tag is not None and (not is_linkable(tag) or tag not in project.tags):
            raise Invalid("tag", Wrong.TAG_NOT_LINKABLE)
        payload = write_subscribe(app.slug, permission, tag, token_of(permission, tag, self.seal))
        return lasting_start_links(self.links, app, StartLink(payload, payload, locale, "draft_subscribe"))


def gain_of(link: SubscribeLink, project: Project, names: Names, seal: Seal) -> Gain:
    """Return what following a link brings: of its permission and tag those that the app still has."""
    permission, tag = link.permission, link.tag
    if link.token is not None:
        pairs = product((None, *(each.key for each in project.permissions)), (None, *project.tags))
        permission, tag = next((pair for pair in pairs if token_of(*pair, seal) == link.token), (None, None))
    return Gain(
        permissions=(permission,) if permission and project.permission(permission) else (),
        tags=(tag,) if tag in project.tags else (),
        names=names,
    )


def token_of(permission: str | None, tag: str | None, seal: Seal) -> str:
    """Return what stands for a permission and a tag in a link too short for their names: 16 characters of base 62."""
    return base62(int.from_bytes(seal.digest(f"{permission or ''}\0{tag or ''}", "subscribe link")), _TOKEN_LENGTH)
