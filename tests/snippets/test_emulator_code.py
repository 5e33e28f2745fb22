"""``docs/emulator.md``, run: its Python, and its lines of ``curl`` against an emulator whose bots are up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import pytest

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
    """Answer updates until the emulator knows the bot no more; a call that a fault strikes is left at that."""

    async def call(method: str, **body: Any) -> Any:  # noqa: ANN401 - the Bot API's JSON
        async with session.post(f"{api}/{method}", json=body) as answer:
            return (await answer.json()).get("result")

    offset = 0
    keyboard = {"inline_keyboard": [[{"text": "42", "callback_data": "yes"}]]}
    while (updates := await call("getUpdates", offset=offset, timeout=30)) is not None:
        for update in updates:
            offset = update["update_id"] + 1
            if tap := update.get("callback_query"):
                await call("answerCallbackQuery", callback_query_id=tap["id"], text="Welcome")
            elif "start" in update.get("message", {}).get("text", ""):
                await call("sendMessage", chat_id=update["message"]["chat"]["id"], text="42?", reply_markup=keyboard)


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


FURTHER: Final = frozenset({"no_contact_button", "not_started", "not_verified", "no_such_button", "no_draft"})
"""What is said where a line of the page wants a chat that went further, or a daemon that is there."""


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


@pytest.mark.parametrize("block", tried("control"), ids=str)
async def test_every_line_of_curl_is_understood(block: Block) -> None:
    """What only a chat that went further would allow is refused as the page says, with 409's codes; nothing else is."""
    emulator = Emulator()
    emulator.add_bot("gate_bot", TOKEN)
    async with serve(emulator) as url:
        control = f"{url}/control"
        known = commands(block)
        if not any("/people" in command for command in known):
            emulator.add_person(id=5000000001, first_name="Anna", phone="+79991234567")
            emulator.add_person(id=5000000002, first_name="Lev", phone="+79991234568")
        async with bot_at(url):
            for command in known:
                if command.startswith("E="):
                    continue
                said = await said_by(command, control)
                refusal = said.get("error") if isinstance(said, dict) else None
                assert refusal is None or refusal in FURTHER, (command, said)
