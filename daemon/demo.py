"""The demo: daemon, emulated phone and example shop on one machine, with no account anywhere.

Everything is kept in a folder that is gone afterwards. The three meet over HTTP only, as they would in real life.
"""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from aiohttp import web

from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.model.ids import AppId, BotName
from daemon.messengers import Settings, parse
from daemon.run import running
from daemon.webhooks import hook_address, verify_token
from emulator import Emulator, serve
from shop.app import create_shop

BOT_USERNAME: Final = "gatepost_demo_bot"
MAX_USERNAME: Final = "id7700000000_bot"
WHATSAPP_PHONE: Final = "+15550001234"
_COLOR: Final = "#0f766e"
_GREETING: Final = """
  Teapot & Co. is open, an example shop that lets people in through Gatepost. Visit

      {shop}

  and log in: Telegram, MAX and WhatsApp are on a pretend phone that opens in a tab of its own. Then order a teapot, and
  the shop writes to that phone.

  The hosted login page: {gatepost}/login/{app_id}
  The programs in examples/ find this Gatepost with

      GATEPOST_URL={gatepost} APP_ID={app_id} PORT={examples_port}

  The project API, described at {gatepost}/docs, takes

      Authorization: Bearer {api_key}

  and messages to phones ({gatepost}/api/v1/message/send)

      X-Authorization: token {message_token}

  Nothing leaves this machine, and nothing is kept. Press Ctrl-C to stop.
"""
_BOT_TOKEN: Final = "1000000001:demo-only-worth-nothing-anywhere"  # noqa: S105 - the emulator's, not Telegram's
_MAX_TOKEN: Final = "demo-only-worth-nothing-at-max"  # noqa: S105 - the emulator's
_WHATSAPP_TOKEN: Final = "demo-only-worth-nothing-at-whatsapp"  # noqa: S105 - the emulator's
_APP_SECRET: Final = "demo-only-worth-nothing"  # noqa: S105 - the emulator's
_PHONE_NUMBER_ID: Final = "100000000000001"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: the addresses of its parts (no slash at the end), and the app that the shop is.

    ``api_key`` is its key to the project API. ``examples_port`` is the port where the app allows one site more; nobody
    listens there yet.
    """

    gatepost_url: str
    shop_url: str
    app_id: AppId
    api_key: str
    message_token: str
    examples_port: int

    @property
    def greeting(self) -> str:
        """Tell the person at the terminal where to go."""
        return _GREETING.format(
            shop=f"{self.shop_url}/",
            gatepost=self.gatepost_url,
            app_id=self.app_id,
            api_key=self.api_key,
            message_token=self.message_token,
            examples_port=self.examples_port,
        )


async def main(port: int) -> None:
    """Run the demo on ``port`` and the two above it until Ctrl-C; raise ``OSError`` if one of them is taken."""
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    with tempfile.TemporaryDirectory(prefix="gatepost-demo-") as folder:
        async with demo(Path(folder), port) as opened:
            print(opened.greeting, flush=True)  # noqa: T201 - what the terminal is for
            await stop.wait()


@asynccontextmanager
async def demo(folder: Path, port: int) -> AsyncIterator[Demo]:
    """Start the daemon on ``port``, the shop one above, the phone two above; three above is for the examples."""
    gatepost_url, shop_url, phone_url, examples_url = (f"http://127.0.0.1:{port + above}" for above in range(4))
    async with AsyncExitStack() as parts:
        emulator = Emulator()
        _move_in(emulator)
        await parts.enter_async_context(serve(emulator, port=port + 2))
        daemon = await parts.enter_async_context(
            running(_settings(folder, gatepost_url, phone_url, port), SystemClock(), SystemEntropy())
        )
        apps = daemon.services.apps
        draft = apps.draft("teapot", "Teapot & Co.")
        shop = replace(draft, origins=(shop_url, examples_url), redirect_url=f"{shop_url}/", color=_COLOR)
        secrets = await apps.create(shop)
        await daemon.keepers.reached()
        seal, whatsapp = daemon.services.seal, BotName("wa")
        address = hook_address(gatepost_url, seal, whatsapp)
        await emulator.whatsapp.subscribe(WHATSAPP_PHONE, address, verify_token(seal, whatsapp))
        runner = web.AppRunner(
            create_shop(gatepost_url, shop.app_id, secrets.message_api_token), access_log=None, shutdown_timeout=1
        )
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", port + 1).start()
        yield Demo(gatepost_url, shop_url, shop.app_id, secrets.api_key, secrets.message_api_token, port + 3)


def _move_in(emulator: Emulator) -> None:
    """Register the demo's bots with the emulated messengers."""
    emulator.add_bot(BOT_USERNAME, _BOT_TOKEN, first_name="Gatepost")
    emulator.max.add_bot(MAX_USERNAME, _MAX_TOKEN, first_name="Gatepost")
    emulator.whatsapp.add_number(
        WHATSAPP_PHONE,
        phone_number_id=_PHONE_NUMBER_ID,
        token=_WHATSAPP_TOKEN,
        app_secret=_APP_SECRET,
        verified_name="Gatepost",
    )


def _settings(folder: Path, gatepost_url: str, phone_url: str, port: int) -> Settings:
    return parse(
        {
            "http": {"public_url": gatepost_url, "listen": f"127.0.0.1:{port}"},
            "storage": {"url": f"sqlite:///{folder}/gatepost.db"},
            "bots": [
                {
                    "name": "tg",
                    "messenger": "telegram",
                    "token": _BOT_TOKEN,
                    "api_base": phone_url,
                    "link_base": f"{phone_url}/t.me",
                },
                {
                    "name": "max",
                    "messenger": "max",
                    "token": _MAX_TOKEN,
                    "api_base": phone_url,
                    "link_template": f"{phone_url}/max.ru/{{bot}}?start={{code}}",
                    "terms_acknowledged": True,
                },
                {
                    "name": "wa",
                    "messenger": "whatsapp",
                    "token": _WHATSAPP_TOKEN,
                    "app_secret": _APP_SECRET,
                    "phone_number_id": _PHONE_NUMBER_ID,
                    "api_base": phone_url,
                    "link_base": f"{phone_url}/wa.me",
                },
            ],
        }
    )
