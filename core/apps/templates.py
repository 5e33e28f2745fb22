"""A project's templates, as its site keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.complaints import Wrong
from core.errors import Invalid
from core.model.apps.errors import TemplateExists, TemplateNotFound
from core.model.ids import AppId
from core.model.messages.template import TEMPLATES_LIMIT, Template, checked_template
from core.ports.store import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The story of the site's side; what is wrong in itself is ``Invalid``."""

    store: Store

    async def list_all(self, app_id: AppId) -> Sequence[Template]:
        """List the templates by key."""
        return await self.store.read(lambda unit: unit.apps.templates(app_id))

    async def find(self, app_id: AppId, key: str) -> Template:
        """Return a template; raise ``TemplateNotFound``."""
        return await self.store.read(lambda unit: _template(unit, app_id, key))

    async def add(self, app_id: AppId, template: Template) -> None:
        """Add a template; raise ``TemplateExists``, or ``Invalid`` where there are too many."""
        checked = checked_template(template)

        def add(unit: Unit) -> None:
            unit.guard(f"templates of {app_id}")
            keys = [kept.key for kept in unit.apps.templates(app_id)]
            if checked.key in keys:
                raise TemplateExists
            if len(keys) >= TEMPLATES_LIMIT:
                raise Invalid("templates", Wrong.TOO_MANY, most=TEMPLATES_LIMIT)
            unit.apps.put_template(app_id, checked)

        await self.store.write(add)

    async def change(self, app_id: AppId, template: Template) -> None:
        """Replace the template with the same key; raise ``TemplateNotFound``."""
        checked = checked_template(template)

        def change(unit: Unit) -> None:
            _template(unit, app_id, checked.key)
            unit.apps.put_template(app_id, checked)

        await self.store.write(change)

    async def remove(self, app_id: AppId, key: str) -> None:
        """Remove a template; raise ``TemplateNotFound``."""

        def remove(unit: Unit) -> None:
            _template(unit, app_id, key)
            unit.apps.remove_template(app_id, key)

        await self.store.write(remove)


def _template(unit: Unit, app_id: AppId, key: str) -> Template:
    template = next((kept for kept in unit.apps.templates(app_id) if kept.key == key), None)
    if template is None:
        raise TemplateNotFound
    return template
