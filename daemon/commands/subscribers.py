"""``gatepost subscriber``: the people that a site may write to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from core.model.people.person import MessengerName
from core.model.subscribers.subscriber import SubscriberFilter
from daemon.commands.settings import AppReference, AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, print_rows, say

if TYPE_CHECKING:
    from core.model.subscribers.subscriber import Subscriber
    from daemon.wiring import Admin

commands = typer.Typer(no_args_is_help=True, help="List, show and forget the people that a site may write to.")

SubscriberId = Annotated[str, typer.Argument(metavar="ID", help="The subscriber's id, as the list shows it.")]


@commands.command("list")
def list_page(  # noqa: PLR0913 - one parameter per option
    reference: AppReference,
    *,
    channel: Annotated[MessengerName | None, typer.Option("--channel", help="Only those of one messenger.")] = None,
    external_id: Annotated[
        str | None, typer.Option("--external-id", help="Only who has this id of the site's.")
    ] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only those with this tag.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 50,
    offset: Annotated[int, typer.Option("--offset", min=0, help="How many to pass over.")] = 0,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the app's subscribers, newest first."""

    async def find(admin: "Admin") -> "tuple[Sequence[Subscriber], int]":
        app = await admin.apps.find(reference)
        wanted = SubscriberFilter(channel, external_id, tag)
        return await admin.subscribers.page(app.app_id, wanted, limit, offset)

    found, total = with_admin(config, find)
    if as_json:
        print_json({"subscribers": [_shape(subscriber) for subscriber in found], "total": total})
        return
    if found:
        print_rows(
            ("id", "channel", "name", "lang", "tags", "since (UTC)"),
            [
                (each.subscription_id, each.channel, each.first_name, each.lang, ", ".join(each.tags), _since(each))
                for each in found
            ],
        )
    say(f"{len(found)} of {total}.")


@commands.command()
def show(
    reference: AppReference, subscriber_id: SubscriberId, *, as_json: AsJson = False, config: ConfigFile = None
) -> None:
    """Show what the app knows of a subscriber."""

    async def find(admin: "Admin") -> "Subscriber":
        return await admin.subscribers.find((await admin.apps.find(reference)).app_id, subscriber_id)

    found = with_admin(config, find)
    if as_json:
        print_json(_shape(found))
        return
    print_pairs(
        {
            "id": found.subscription_id,
            "channel": found.channel,
            "name": found.first_name or "none",
            "username": found.username or "none",
            "lang": found.lang,
            "tags": ", ".join(found.tags) or "none",
            "permissions": ", ".join(found.permissions) or "none",
            "external_id": found.external_id or "none",
            "since": f"{_since(found)} UTC",
        }
    )


@commands.command()
def forget(reference: AppReference, subscriber_id: SubscriberId, *, config: ConfigFile = None) -> None:
    """Erase what the app knows of a subscriber. Its site is told that they are gone; it cannot be undone."""

    async def erase(admin: "Admin") -> None:
        await admin.erasure.forget((await admin.apps.find(reference)).app_id, subscriber_id)

    with_admin(config, erase)
    say("Forgotten.")


def _since(subscriber: "Subscriber") -> str:
    return f"{subscriber.created_at:%Y-%m-%d %H:%M}"


def _shape(subscriber: "Subscriber") -> dict[str, object]:
    return {
        "id": subscriber.subscription_id,
        "channel": subscriber.channel.value,
        "first_name": subscriber.first_name,
        "username": subscriber.username,
        "lang": subscriber.lang,
        "tags": subscriber.tags,
        "permissions": subscriber.permissions,
        "external_id": subscriber.external_id,
        "created_at": subscriber.created_at.isoformat(),
    }
