"""``python -m bench.bare_client URL SECONDS``: an aiohttp client that only sends; prints messages a second."""

import asyncio
import sys
import time
from itertools import count

import aiohttp

AT_ONCE = 64


async def send(url: str, seconds: float) -> float:
    """Send to one chat after the other, ``AT_ONCE`` at a time; return messages a second of this process's CPU time."""
    numbers = count()
    first, chats = (int(part) for part in sys.argv[3:5])
    deadline = time.perf_counter() + seconds

    async def sender(session: aiohttp.ClientSession) -> None:
        while time.perf_counter() < deadline:
            chat = first + next(numbers) % chats
            async with session.post(url, data={"chat_id": str(chat), "text": "Your order 17 is ready"}) as answer:
                if not (await answer.json())["ok"]:
                    raise RuntimeError("refused")

    began, used = time.perf_counter(), time.process_time()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(sender(session) for _ in range(AT_ONCE)))
    sent = next(numbers)
    print(sent / (time.perf_counter() - began), sent / (time.process_time() - used))
    return sent / (time.perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], float(sys.argv[2])))
