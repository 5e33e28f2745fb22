"""``docs/emulator.md``, run: its Python, and its lines of ``curl`` against an emulator whose bots are up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web

from emulator import Emulator, serve
from tests.snippets.pages import Block, block, commands, tried
from tests.waiting import patience

TOKEN: Final = "123456:any-token-of-letters_digits"


@asynccontextmanager
async def bot_at(url: str) -> AsyncIterator[None]:
    """Run a small bot for the length of the block: it answers START with a button *42*, and a tap with a word."""
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        bot = group.create_task(_answer_all(session, f"{url}/bot{TOKEN}"))
        yield
        bot.cancel()


async def _answer_all(session: aiohttp.ClientSession, api: str) -> None:
    """Answer updates until cancelled; a call that a fault strikes is left at that."""

    async def call(method: str, **body: Any) -> Any:  # noqa: ANN401 - the Bot API's JSON
        async with session.post(f"{api}/{method}", json=body) as answer:
            return (await answer.json()).get("result", [])

    offset = 0
    keyboard = {"inline_keyboard": [[{"text": "42", "callback_data": "yes"}]]}
    contact = {"keyboard": [[{"text": "Share", "request_contact": True}]]}
    while True:
        for update in await call("getUpdates", offset=offset, timeout=30):
            offset = update["update_id"] + 1
            if tap := update.get("callback_query"):
                await call("answerCallbackQuery", callback_query_id=tap["id"], text="Welcome")
            elif "start" in update.get("message", {}).get("text", ""):
                await call("sendMessage", chat_id=update["message"]["chat"]["id"], text="42?", reply_markup=keyboard)
                await call("sendMessage", chat_id=update["message"]["chat"]["id"], text="Who?", reply_markup=contact)


async def test_the_python_runs() -> None:
    """With a bot where it says to start one."""
    code = block("docs/emulator.md", "from emulator import")
    place = "...  # start your bot with `url`"
    assert place in code
    names: dict[str, Any] = {}
    started = code.replace(place, "await stack.enter_async_context(bot_at(url))")
    names["bot_at"] = bot_at
    async with patience():
        exec(started.replace("async with serve(emulator) as url:", WITH_STACK), names)  # noqa: S102 - our own page
        await names["test_login"]()


WITH_STACK: Final = "async with serve(emulator) as url, __import__('contextlib').AsyncExitStack() as stack:"


async def said_by(command: str, control: str) -> Any:  # noqa: ANN401 - JSON
    """Run a line of the page, and return what the emulator answers."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euc", command),
        env={"PATH": "/usr/bin:/bin", "E": control, "NO_PROXY": "*"},
        stdout=asyncio.subprocess.PIPE,
    )
    async with patience():
        said, _ = await process.communicate()
    assert process.returncode == 0, command
    return json.loads(said)


@asynccontextmanager
async def callback() -> AsyncIterator[str]:
    """Run what WhatsApp calls, for the length of the block: it answers the challenge, and takes everything."""

    async def take(request: web.Request) -> web.Response:
        return web.Response(text=request.query.get("hub.challenge", ""))

    app = web.Application()
    app.router.add_route("*", "/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize("block", tried("control"), ids=str)
async def test_every_line_of_curl_is_understood(block: Block) -> None:
    """And does what it says, in the order of the page."""
    emulator = Emulator()
    bot = emulator.add_bot("gate_bot", TOKEN)
    async with serve(emulator) as url, bot_at(url), callback() as hook:
        if "/people" not in block.text:
            anna = emulator.add_person(id=5000000001, first_name="Anna", phone="+79991234567")
            emulator.add_person(id=5000000002, first_name="Lev", phone="+79991234568")
            emulator.open_link(anna, "https://t.me/gate_bot?start=CODE")
        for command in commands(block):
            if "/telegram/" in command:
                await emulator.wait_for_poll(bot)
            if not command.startswith("E="):
                said = await said_by(command.replace("http://127.0.0.1:8080", hook), f"{url}/control")
                assert "error" not in said, command
