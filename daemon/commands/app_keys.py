"""``gatepost app keys`` and ``rotate-keys``: what an app's servers call with."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.settings import AppReference, AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, print_rows, say

if TYPE_CHECKING:
    from core.apps.administration import AppSecrets
    from core.model.apps.app import App, AppKey
    from daemon.wiring import Admin


def keys(reference: AppReference, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List an app's keys: what kind, since when, last used (to the hour), and until when. Not the keys themselves."""

    async def find(admin: "Admin") -> "Sequence[AppKey]":
        return await admin.apps.keys_of((await admin.apps.find(reference)).app_id)

    shapes = [_shape(key) for key in with_admin(config, find)]
    if as_json:
        print_json(shapes)
    else:
        print_rows(("kind", "created", "last used", "until"), [tuple(shape.values()) for shape in shapes])


def rotate_keys(
    reference: AppReference,
    *,
    is_now: Annotated[
        bool,
        typer.Option("--now", help="End the old ones at once: one has leaked. The site stops until it has new ones."),
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Give an app new keys and print them, this once. The last ones work for seven more days, older ones no more."""

    async def rotate(admin: "Admin") -> "tuple[App, AppSecrets]":
        app = await admin.apps.find(reference)
        if is_now:
            return app, await admin.apps.rotate_keys(app.app_id, timedelta())
        return app, await admin.apps.rotate_keys(app.app_id)

    app, secrets = with_admin(config, rotate)
    print_secrets(app, secrets, as_json=as_json)


def print_secrets(app: "App", secrets: "AppSecrets", *, as_json: bool) -> None:
    """Print an app's secrets, which cannot be shown again."""
    pairs = {
        "app_id": str(app.app_id),
        "slug": app.slug,
        "message_api_token": secrets.message_api_token,
        "api_key": secrets.api_key,
        "test_api_key": secrets.test_api_key,
    }
    if as_json:
        print_json(pairs)
        return
    print_pairs(pairs)
    say(
        "\nThe site's pages need the app_id. Its server calls the project API (/v1) with api_key, and tries it with\n"
        "test_api_key, and writes to people by phone (/api/v1/message/send) with message_api_token. Keep these\n"
        "three where the site keeps its secrets: they are not shown again."
    )


def _shape(key: "AppKey") -> dict[str, str]:
    return {
        "kind": key.kind.value,
        "created": key.created_at.isoformat(timespec="seconds"),
        "last_used": key.last_used_at.isoformat(timespec="minutes") if key.last_used_at else "never",
        "until": key.valid_until.isoformat(timespec="seconds") if key.valid_until else "",
    }
