"""``gatepost webhooks``: where sites are told what happens, and what they were told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from daemon.commands.settings import AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, print_rows, say
from daemon.commands.webhook_shapes import delivery_row, delivery_shape, endpoint_row, endpoint_shape

if TYPE_CHECKING:
    from core.model.ids import AppId, EndpointId
    from core.model.webhooks.webhook import Delivery, Endpoint
    from core.webhooks.endpoints import DeliveryPage, EndpointRequest, EndpointSecret
    from daemon.wiring import Admin

commands = typer.Typer(no_args_is_help=True, help="Show and change where sites are told what happens.")

App = Annotated[str, typer.Argument(metavar="APP", help="The app's id or slug.")]
Id = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id, or enough of its beginning.")]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="NAME", help="What it is told, such as auth.completed; repeatable."),
]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")]


@commands.command("list")
def list_all(app: App, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List an app's endpoints, oldest first, and why one is disabled."""

    async def find(admin: "Admin") -> "Sequence[Endpoint]":
        return await admin.webhooks.endpoints((await admin.apps.find(app)).app_id)

    endpoints = with_admin(config, find)
    if as_json:
        print_json([endpoint_shape(endpoint) for endpoint in endpoints])
    elif endpoints:
        print_rows(("id", "url", "events", "state", "description"), [endpoint_row(one) for one in endpoints])
    else:
        say("There is no endpoint yet: make one with 'gatepost webhooks add'.")


@commands.command()
def add(  # noqa: PLR0913 - one parameter per option
    app: App,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to post to, https://shop.example.com/hook.")],
    *,
    events: Events = None,
    description: Description = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Add an endpoint and print its secret, this once. Without --event it is told everything."""

    async def make(admin: "Admin") -> "EndpointSecret":
        app_id = (await admin.apps.find(app)).app_id
        return await admin.webhooks.create(app_id, _wish(url=url, events=events, description=description))

    _print_secret(with_admin(config, make), as_json=as_json)


@commands.command("set")
def change(  # noqa: PLR0913 - one parameter per option
    app: App,
    endpoint: Id,
    *,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Another address.")] = None,
    events: Events = None,
    description: Description = None,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it is told anything; what waits is then sent.")
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Change an endpoint: what is not named stays. --event replaces the whole list; --event "" means everything."""
    if url is None and events is None and description is None and enabled is None:
        raise typer.BadParameter("name at least one thing to change; --help lists them")

    async def put(admin: "Admin") -> "Endpoint":
        app_id, endpoint_id = await _find(admin, app, endpoint)
        wish = _wish(url=url, events=events, description=description, enabled=enabled)
        return await admin.webhooks.change(app_id, endpoint_id, wish)

    changed = with_admin(config, put)
    if as_json:
        print_json(endpoint_shape(changed))
    else:
        print_pairs({name: _worded(value) for name, value in endpoint_shape(changed).items()})


@commands.command()
def remove(app: App, endpoint: Id, *, config: ConfigFile = None) -> None:
    """Remove an endpoint, with its log and all that still waits for it."""

    async def drop(admin: "Admin") -> None:
        await admin.webhooks.remove(*await _find(admin, app, endpoint))

    with_admin(config, drop)
    say("Removed.")


@commands.command("rotate-secret")
def rotate_secret(app: App, endpoint: Id, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Give an endpoint a new secret and print it, this once. The old one signs too for 24 hours."""

    async def rotate(admin: "Admin") -> "EndpointSecret":
        return await admin.webhooks.rotate_secret(*await _find(admin, app, endpoint))

    _print_secret(with_admin(config, rotate), as_json=as_json)


@commands.command()
def log(  # noqa: PLR0913 - one parameter per option
    app: App,
    *,
    endpoint: Annotated[str | None, typer.Option("--endpoint", metavar="ID", help="Of this endpoint only.")] = None,
    state: Annotated[
        Literal["waiting", "delivered", "failed"] | None, typer.Option("--state", help="In this state only.")
    ] = None,
    cursor: Annotated[
        str | None, typer.Option("--cursor", metavar="ID", help="Behind this delivery: next_cursor of the page before.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many.")] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List what an app was told in the last 30 days, newest first."""

    async def find(admin: "Admin") -> "DeliveryPage":
        from core.model.ids import DeliveryId  # noqa: PLC0415 - `gatepost --help` must not wait for the core
        from core.model.webhooks.webhook import DeliveryFilter, DeliveryState  # noqa: PLC0415 - the same

        endpoint_id = (await _find(admin, app, endpoint))[1] if endpoint else None
        app_id = (await admin.apps.find(app)).app_id
        wanted = DeliveryFilter(app_id, endpoint_id, DeliveryState(state) if state else None)
        return await admin.webhooks.deliveries(wanted, DeliveryId(cursor) if cursor else None, limit)

    page = with_admin(config, find)
    if as_json:
        shapes = [delivery_shape(delivery) for delivery in page.deliveries]
        print_json({"deliveries": shapes, "next_cursor": page.next_cursor})
        return
    if not page.deliveries:
        say("There is nothing of that kind in the last 30 days.")
        return
    titles = ("created (UTC)", "delivery", "endpoint", "event", "state", "attempts", "last answer", "next (UTC)")
    print_rows(titles, [delivery_row(delivery) for delivery in page.deliveries])
    if page.next_cursor:
        say(f"There is more: --cursor {page.next_cursor}")


@commands.command()
def resend(
    app: App,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id, as the log shows it.")],
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Send something again, delivered or not, under the same id."""

    async def again(admin: "Admin") -> "Delivery":
        from core.model.ids import DeliveryId  # noqa: PLC0415 - `gatepost --help` must not wait for the core

        return await admin.webhooks.resend((await admin.apps.find(app)).app_id, DeliveryId(delivery))

    requeued = with_admin(config, again)
    if as_json:
        print_json(delivery_shape(requeued))
    else:
        say(f"Delivery {requeued.delivery_id} is sent again now, if the daemon runs.")


async def _find(admin: "Admin", app: str, beginning: str) -> "tuple[AppId, EndpointId]":
    """Return the app's id and that of its one endpoint whose id begins so; raise ``EndpointNotFound``."""
    from core.model.webhooks.errors import EndpointNotFound  # noqa: PLC0415 - `gatepost --help` must not wait for the core

    app_id = (await admin.apps.find(app)).app_id
    ids = [endpoint.endpoint_id for endpoint in await admin.webhooks.endpoints(app_id)]
    found = [endpoint_id for endpoint_id in ids if beginning and endpoint_id.startswith(beginning)]
    if len(found) != 1:
        raise EndpointNotFound
    return app_id, found[0]


def _wish(
    *,
    url: str | None = None,
    events: list[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> "EndpointRequest":
    from core.webhooks.endpoints import EndpointRequest  # noqa: PLC0415 - `gatepost --help` must not wait for the core

    wanted = None if events is None else tuple(event for event in events if event)
    return EndpointRequest(url=url, events=wanted, description=description, enabled=enabled)


def _print_secret(made: "EndpointSecret", *, as_json: bool) -> None:
    shape = endpoint_shape(made.endpoint) | {"secret": made.secret}
    if as_json:
        print_json(shape)
        return
    print_pairs({name: _worded(value) for name, value in shape.items()})
    say("\nThe secret is what the site checks our signatures with: keep it there, it is not shown again.")


def _worded(value: object) -> str:
    """Return a value of a shape for people."""
    if isinstance(value, list | tuple):
        return ", ".join(value) or "all"
    return "none" if value in {None, ""} else str(value)
