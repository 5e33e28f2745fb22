"""``python -m bench.bare PORT``: an aiohttp server that does nothing, to compare with."""

import asyncio
import sys

from bench.limits import serve_bare

if __name__ == "__main__":
    asyncio.run(serve_bare(int(sys.argv[1])))
