"""A program that writes as fast as it can, and prints each key once its write was acknowledged, until it is killed."""

import asyncio
import sys
from functools import partial
from itertools import count

from storage.sqlite.store import SqlStore, open_store
from tests.storage.builders import take
from tests.storage.key import SEAL


async def _client(store: SqlStore, name: int) -> None:
    for number in count():
        key = f"{name}-{number}"
        await store.write(partial(take, key=key))
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()


async def _main() -> None:
    async with open_store(f"sqlite:///{sys.argv[1]}", SEAL) as store:
        await asyncio.gather(*(_client(store, name) for name in range(8)))


if __name__ == "__main__":
    asyncio.run(_main())
