"""JSON of messengers, whatever is in it."""

import asyncio
import hmac
import json
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bots.max.adapter import Max, MaxSettings
from bots.max.webhook import Webhook as MaxHook
from bots.reading import is_id, kept, read_json
from bots.telegram.adapter import Telegram, TelegramSettings
from bots.telegram.adapter import Webhook as TelegramHook
from bots.whatsapp.adapter import WhatsApp, WhatsAppSettings
from core.errors import Invalid
from core.model.ids import BotName
from core.model.messages.message import Update
from core.ports.messengers import Messenger
from tests.ports import free_port
from tests.waiting import patience

TOKEN = "123:abcdefghijklmnopqrstuvwxyz0123456789"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
BAD = {
    "deep": b'{"update_id": 7, "update_type": "x", "entry": %s}' % (b"[" * 100_000 + b"]" * 100_000),
    "deeper objects": b'{"update_id": 8, "x": %s}' % (b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "open for ever": b"[" * 100_000,
    "a lone surrogate": b'{"update_id": "\\ud800", "update_type": "\\udfff", "object": "\\ud800"}',
    "a surrogate for a key": b'{"\\ud800": 1, "update_id": 9, "update_type": "message_created", "message": "\\ud800"}',
    "a huge number": b'{"update_id": %s, "timestamp": %s}' % (b"9" * 5000, b"9" * 5000),
    "a large number": b'{"update_id": 1e400, "update_type": "bot_started", "user": {"user_id": 1%s}}' % (b"9" * 30),
    "a longer number": b'{"update_id": %s}' % (b"9" * 30),
    "a fraction": b'{"update_id": 1.5}',
    "NaN": b'{"update_id": NaN, "update_type": "bot_started", "timestamp": Infinity, "user": {"user_id": NaN}}',
    "twice": b'{"update_id": 10, "update_id": [], "message": {}, "message": 5}',
    "a list": b"[]",
    "nothing": b"null",
    "yes": b'{"update_id": true, "message": true}',
    "bytes": b"\xff\xfe\x00",
}


@given(JSON)
def test_whatever_is_json_is_read_as_it_is(value: object) -> None:
    """What is well-formed comes through unchanged, save half characters (faults 7.8)."""
    text = json.dumps(value)
    read = read_json(text.encode())
    if "\\ud" not in text:
        assert read == value
    json.dumps(read, ensure_ascii=False).encode()


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_whatever_is_sent_is_read_or_refused(raw: bytes) -> None:
    """Nothing but ``ValueError`` comes out, and what is read can be kept (faults 7.8)."""
    try:
        read = read_json(raw)
    except ValueError:
        return
    update = kept(BotName("tg"), read, None)
    update.key.encode()
    json.loads(update.body)


def test_what_is_beside_a_deep_part_is_read() -> None:
    """The deep part alone is passed over, brackets in texts are none (faults 7.8)."""
    deep = "[" * 5000 + '"]"' + "]" * 5000
    read = read_json(f'{{"a": "[[\\"{{", "deep": {deep}, "update_id": 7}}'.encode())
    assert (read["a"], read["update_id"]) == ('[["{', 7)


@pytest.mark.parametrize("value", [True, "7", 7.0, -1, 2**63, None, [7]])
def test_what_is_no_id(value: object) -> None:
    """Only a whole number in 63 bits is (faults 7.8)."""
    assert not is_id(value)
    assert is_id(7)


def bots_of(session: aiohttp.ClientSession) -> dict[str, tuple[Messenger, dict[str, str]]]:
    """Return an adapter of each messenger, and the headers of a call that it believes, but for a signature."""
    bot = BotName("bot")
    telegram = TelegramSettings(bot=bot, token=TOKEN, api_base="http://x", webhook=TelegramHook("http://x", "secret"))
    max_settings = MaxSettings(bot=bot, token="t", api_base="http://x", webhook=MaxHook("http://x", "secret"))
    whatsapp = WhatsAppSettings(
        bot=bot,
        token="t",
        phone_number_id="1",
        app_secrets=("secret",),
        verify_token="v",
        api_base="http://x",
        api_version="v1",
        replies_per_person_per_day=1,
        replies_per_day=1,
    )
    return {
        "telegram": (Telegram(telegram, session), {"X-Telegram-Bot-Api-Secret-Token": "secret"}),
        "max": (Max(max_settings, session, Forgetful()), {"X-Max-Bot-Api-Secret": "secret"}),
        "whatsapp": (WhatsApp(whatsapp, session), {}),
    }


class Forgetful:
    """A note that is never kept."""

    async def recall(self) -> str | None:
        """Know nothing."""
        return None

    async def remember(self, note: str) -> None:
        """Forget it."""


def wrapped(raw: bytes) -> bytes:
    """Return it as a message and a status of WhatsApp's."""
    return (
        b'{"object": "whatsapp_business_account", "entry": [1, {"changes": [{"field": "messages", "value": {"metadata":'
        b' {"phone_number_id": "1"}, "errors": [%s], "contacts": [%s], "messages": [%s], "statuses": [%s]}}]}]}'
    ) % (raw, raw, raw, raw)


@pytest.mark.parametrize("messenger", ["telegram", "max", "whatsapp"])
@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
async def test_a_hook_takes_or_refuses_whatever_comes(messenger: str, raw: bytes) -> None:
    """What is taken can be kept, all else is ``Invalid``, nothing is a bug (faults 7.8)."""
    taken: list[Update] = []

    async def take(updates: Sequence[Update]) -> None:
        taken.extend(updates)

    async with aiohttp.ClientSession() as session:
        adapter, headers = bots_of(session)[messenger]
        for body in (raw, wrapped(raw)):
            signature = hmac.new(b"secret", body, sha256).hexdigest()
            with suppress(Invalid):
                await adapter.accept({**headers, "X-Hub-Signature-256": f"sha256={signature}"}, body, take)
        for update in taken:
            assert update.key.isascii()
            assert len(update.key) < 200
            with suppress(Exception):  # the listener skips and counts these
                adapter.translate(update)


async def test_polling_moves_past_what_makes_no_sense() -> None:
    """Telegram is asked for the next updates, whatever was among the last ones (faults 7.8)."""
    raws = [raw for raw in BAD.values() if raw.endswith((b"}", b"]")) and b"\xff" not in raw]
    offsets: list[str] = []
    taken: list[Update] = []

    async def updates(request: web.Request) -> web.Response:
        offsets.append(str((await request.post()).get("offset", "none")))
        number = len(offsets) - 1
        raw = raws[number] if number < len(raws) else b'{"update_id": 77}'
        return web.Response(body=b'{"ok": true, "result": [%s]}' % raw, content_type="application/json")

    async def take(some: Sequence[Update]) -> None:
        taken.extend(some)
        if any(update.key.endswith(":77") for update in some):
            arrived.set()

    arrived = asyncio.Event()
    app = web.Application()
    app.router.add_post(f"/bot{TOKEN}/getUpdates", updates)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with aiohttp.ClientSession() as session:
        settings = TelegramSettings(bot=BotName("bot"), token=TOKEN, api_base=f"http://127.0.0.1:{port}")
        task = asyncio.create_task(Telegram(settings, session).run(take, lambda: None))
        async with patience():
            await arrived.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await runner.cleanup()
    assert len(taken) >= len(raws)
    assert offsets[0] == "none"
    assert "none" not in offsets[1:]
